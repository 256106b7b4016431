import { describe, expect, test } from '@jest/globals';
import { itemsOf, Refusals } from '@telemetryflow/kernel';

describe('items of payloads and drops', () => {
  test('are a range where none is missing between them', () => {
    expect(itemsOf([3, 4, 5])).toEqual({ from: 3, to: 6 });
    expect(itemsOf([3, 5])).toEqual([3, 5]);
    expect(itemsOf([])).toEqual({ from: 0, to: 0 });
  });

  test('are gathered by what is wrong with them', () => {
    const refusals = new Refusals();
    refusals.add('too_old', 'older than an hour', 1);
    refusals.add('invalid', 'not finite', 2);
    refusals.add('too_old', 'older than an hour', 4);
    expect([...refusals.end()]).toEqual([
      { dropped: [1, 4], reason: 'too_old', detail: 'older than an hour' },
      { dropped: { from: 2, to: 3 }, reason: 'invalid', detail: 'not finite' },
    ]);
  });
});
