import { describe, expect, test } from '@jest/globals';
import { Bisection } from '@telemetryflow/http';

describe('a request that is refused as a whole', () => {
  test('is cut while it has several items, and dropped when it has one', () => {
    const bisection = new Bisection();
    expect(bisection.cut('invalid', { batchId: 'a', items: 2 }, 'why')).toEqual({
      split: { reason: 'invalid', detail: 'why' },
    });
    expect(bisection.cut('invalid', { batchId: 'a', items: 1 }, 'why').dropped).toMatchObject([
      { reason: 'invalid', detail: 'why' },
    ]);
  });

  test('is cut 24 times a batch at most, however many batches there were before', () => {
    const bisection = new Bisection();
    for (let batch = 0; batch < 200; batch++) bisection.cut('invalid', { batchId: `b${batch}`, items: 9 }, '');
    for (let cut = 0; cut < 24; cut++) {
      expect(bisection.cut('rejected', { batchId: 'last', items: 9 }, '').split).toBeDefined();
    }
    expect(bisection.cut('rejected', { batchId: 'last', items: 9 }, '').dropped).toBeDefined();
    expect(bisection.cut('rejected', { batchId: 'other', items: 9 }, '').split).toBeDefined();
  });
});
