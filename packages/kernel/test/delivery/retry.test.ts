import { describe, expect, it } from '@jest/globals';
import { delivered, retry } from '@telemetryflow/kernel';
import { expectSettled, startedChain } from './fixture.ts';

describe('delivery of a payload', () => {
  it('sends what is put in, once', async () => {
    const t = await startedChain();
    await t.put(0, 10);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(expectSettled(t.chain)).toMatchObject({ entered: 10, delivered: 10, dropped: {} });
    expect(t.statuses).toEqual(['ok']);
    expect(t.clock.pending).toBe(0);
  });

  it('sends again what failed for now, after 5 s and then half as long again', async () => {
    const t = await startedChain({ send: (_ids, { attempt }) => (attempt < 3 ? retry('unavailable') : delivered()) });
    await t.put(0, 3);
    await t.clock.advance(12_499);
    expect(t.sent.map(({ at }) => at)).toEqual([0, 5000]);
    expect(t.ledger()).toMatchObject({ inFlight: 3, delivered: 0 });
    await t.clock.advance(1);
    expect(t.sent.map(({ at, attempt }) => [at, attempt])).toEqual([
      [0, 1],
      [5000, 2],
      [12_500, 3],
    ]);
    expect(t.encodes).toHaveLength(1);
    expect(expectSettled(t.chain).delivered).toBe(3);
    expect(t.statuses.map((status) => status.split(':')[0])).toEqual(['recoverable', 'ok']);
  });
});
