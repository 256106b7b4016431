import { describe, expect, it } from '@jest/globals';
import { delivered, partial, retry, split } from '@telemetryflow/kernel';
import { expectSettled, startedChain } from './fixture.ts';

describe('a payload that is too large', () => {
  it('is cut in halves, sent at once, until the backend takes them', async () => {
    const t = await startedChain({ send: (ids) => (ids.length > 3 ? split('too_large') : delivered()) });
    await t.put(0, 10);
    await t.settle();
    await t.settle();
    expect(t.clock.monotonic()).toBe(0);
    const taken = t.sent.filter(({ ids }) => ids.length <= 3).flatMap(({ ids }) => ids);
    expect(taken.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(t.encodes.map(({ id }) => id)).size).toBe(1);
    expect(expectSettled(t.chain).delivered).toBe(10);
  });

  it('is cut where the backend says', async () => {
    const t = await startedChain({ send: (ids) => (ids.length === 10 ? split('too_large', { at: 7 }) : delivered()) });
    await t.put(0, 10);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([10, 7, 3]);
    expectSettled(t.chain);
  });

  it('loses the single item that is too large by itself, and nothing else', async () => {
    const t = await startedChain({
      send: (ids) => (ids.includes(5) ? split('too_large', { detail: '2 MiB' }) : delivered()),
    });
    await t.put(0, 9);
    await t.clock.advance(10);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 8, dropped: { too_large: 1 } });
  });

  it('is cut without the items that were settled in the same answer', async () => {
    const t = await startedChain({
      send: (ids) =>
        ids.length === 6
          ? { ...partial({ dropped: [{ items: [0], reason: 'invalid' }] }), split: { reason: 'too_large' } }
          : delivered(),
    });
    await t.put(0, 6);
    await t.settle();
    expect(t.sent.slice(1).map(({ ids }) => ids)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 5, dropped: { invalid: 1 } });
  });
});

describe('items beyond the age limit of the backend', () => {
  it('are dropped as too_old before a retry, and the younger ones of the payload are still sent', async () => {
    const t = await startedChain({
      definition: { limits: { maxAgeMs: 60_000 } },
      // Item n is n seconds younger than item 0, which has a minute left but for 3 s.
      oldestMs: ([first = 0]) => start - 57_000 + first * 1000,
      send: (_ids, { attempt }) => (attempt === 1 && t.sent.length === 1 ? retry('unavailable') : delivered()),
    });
    const start = t.clock.now();
    await t.put(0, 8);
    await t.clock.advance(5000);
    await t.clock.advance(0);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 6, dropped: { too_old: 2 } });
    expect(
      t.sent
        .slice(1)
        .flatMap(({ ids }) => ids)
        .sort(),
    ).toEqual([2, 3, 4, 5, 6, 7]);
  });
});
