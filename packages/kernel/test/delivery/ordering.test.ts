import { describe, expect, it } from '@jest/globals';
import { delivered, partial, retry, split } from '@telemetryflow/kernel';
import { expectSettled, startedChain } from './fixture.ts';

const ORDERED = { ordered: true } as const;

describe('an ordered exporter', () => {
  it('sends payloads of one key one at a time, retries included', async () => {
    let running = 0;
    const t = await startedChain({
      definition: ORDERED,
      perPayload: 2,
      send: async (ids, { attempt }) => {
        running++;
        expect(running).toBe(1);
        await Promise.resolve();
        running--;
        return ids[0] === 2 && attempt < 3 ? retry('unavailable') : delivered();
      },
    });
    await t.put(0, 8);
    await t.clock.advance(5000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 2, 2]);
    await t.clock.advance(30_000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 2, 2, 2, 4, 6]);
    expect(expectSettled(t.chain).delivered).toBe(8);
  });

  it('sends different keys side by side', async () => {
    const t = await startedChain({
      definition: ORDERED,
      perPayload: 1,
      key: ([id = 0]) => `key ${id % 2}`,
      send: ([id], { attempt }) => (id === 0 && attempt === 1 ? retry('unavailable') : delivered()),
    });
    await t.put(0, 6);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 1, 3, 5]);
    await t.clock.advance(5000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 1, 3, 5, 0, 2, 4]);
    expect(expectSettled(t.chain).delivered).toBe(6);
  });

  it('keeps the slot of a payload in back-off', async () => {
    const t = await startedChain({
      definition: { ...ORDERED, concurrency: 1 },
      perPayload: 1,
      key: ([id = 0]) => `key ${id}`,
      send: ([id], { attempt }) => (id === 0 && attempt === 1 ? retry('unavailable') : delivered()),
    });
    await t.put(0, 3);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0]);
    await t.clock.advance(5000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 0, 1, 2]);
    expectSettled(t.chain);
  });

  it('sends the halves and the retried items of a payload before what waits behind it', async () => {
    const t = await startedChain({
      definition: ORDERED,
      perPayload: 4,
      send: (ids, { attempt }) => {
        if (ids.length === 4 && ids[0] === 0) return split('too_large');
        if (ids[0] === 2 && ids.length === 2 && attempt === 1) {
          return partial({ retry: { items: [1], reason: 'throttled' } });
        }
        return delivered();
      },
    });
    await t.put(0, 8);
    await t.clock.advance(10_000);
    expect(t.sent.map(({ ids }) => ids)).toEqual([[0, 1, 2, 3], [0, 1], [2, 3], [3], [4, 5, 6, 7]]);
    expect(expectSettled(t.chain).delivered).toBe(8);
  });

  it('goes on with the next payload of a key after one is dropped', async () => {
    const t = await startedChain({
      definition: ORDERED,
      perPayload: 1,
      config: { retry: { max_attempts: 2 } },
      send: ([id]) => (id === 0 ? retry('unavailable') : delivered()),
    });
    await t.put(0, 3);
    await t.clock.advance(10_000);
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 0, 1, 2]);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 2, dropped: { unavailable: 1 } });
  });
});
