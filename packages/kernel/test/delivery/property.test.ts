import { describe, expect, it } from '@jest/globals';
import { delivered, type Outcome, type Reason, retry } from '@telemetryflow/kernel';
import fc from 'fast-check';
import type { Items } from '../../src/component/outcome.ts';
import { countItems } from '../../src/data/items.ts';
import { Claims } from '../../src/delivery/claims.ts';
import { DelayHeap } from '../../src/delivery/delay-heap.ts';
import { halves, settle } from '../../src/delivery/settle.ts';
import { expectLedger, expectSettled, startedChain, sumDropped } from './fixture.ts';

const reason = fc.constantFrom<Reason>('throttled', 'unavailable', 'network', 'rejected', 'invalid', 'auth');

/** What a backend may answer to a payload, by position within it, honest or not. */
interface Answer {
  readonly kind: 'delivered' | 'retry' | 'partial' | 'split' | 'throw' | 'timeout';
  readonly positions: readonly number[];
  readonly count: number;
  readonly reason: Reason;
  readonly afterMs: number | undefined;
}

const answer: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constantFrom('delivered', 'delivered', 'retry', 'partial', 'split', 'throw', 'timeout'),
  positions: fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 6 }),
  count: fc.integer({ min: 0, max: 4 }),
  reason,
  afterMs: fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined }),
});

const batches = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });

describe('whatever a backend answers', () => {
  it.each([false, true])('the ledger adds up and nothing that arrived is sent again (ordered: %s)', async (ordered) => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.array(answer, { maxLength: 25 }),
        fc.integer({ min: 1, max: 5 }),
        async (sizes, answers, perPayload) => {
          const arrived = new Set<number>();
          let next = 0;
          const t = await startedChain({
            perPayload,
            definition: { ordered, concurrency: 2 },
            config: { batch_size: 4, max_batch_items: 8, timeout: 1000 },
            key: ([id = 0]) => `key ${id % 2}`,
            send: (ids, { signal }, payload) => {
              for (const id of ids) if (arrived.has(id)) throw new Error(`item ${id} was sent again`);
              const all = expandItems(payload.items);
              const now = answers[next++];
              if (now === undefined || now.kind === 'delivered') {
                for (const id of ids) arrived.add(id);
                return delivered();
              }
              if (now.kind === 'throw') throw Object.assign(new Error('x'), { code: 'ECONNRESET' });
              if (now.kind === 'timeout') {
                return new Promise<Outcome>((_resolve, reject) =>
                  signal.addEventListener('abort', () => reject(signal.reason)),
                );
              }
              if (now.kind === 'retry') return retry(now.reason, { afterMs: now.afterMs });
              if (now.kind === 'split') return { split: { reason: 'too_large', at: now.count } };
              const named = now.positions.map((position) => all[position] ?? 1_000_000);
              const half = Math.floor(named.length / 2);
              const outcome: Outcome = {
                dropped: [
                  { items: named.slice(0, half), reason: now.reason },
                  { items: now.count, reason: 'rejected' },
                ],
                retry: { items: named.slice(half), reason: now.reason, afterMs: now.afterMs },
              };
              const settled = settle(payload.items, outcome);
              const again =
                settled.retry === 'all' ? all : settled.retry === undefined ? [] : expandItems(settled.retry);
              for (const [i, id] of ids.entries()) if (!again.includes(all[i] ?? -1)) arrived.add(id);
              return outcome;
            },
          });
          let from = 0;
          for (const size of sizes) {
            await t.put(from, from + size);
            from += size;
            await t.settle();
            expectLedger(t.chain);
          }
          for (let i = 0; i < 10; i++) {
            await t.clock.advance(90_000);
            expectLedger(t.chain);
          }
          await t.chain.shutdown(new AbortController().signal);
          const ledger = expectSettled(t.chain);
          expect(ledger.entered).toBe(from);
          expect(t.logs.filter(({ fields }) => String(fields['error']).includes('sent again'))).toEqual([]);
          expect(t.clock.pending).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('every item of a payload is settled exactly once', () => {
    const item = fc.integer({ min: -2, max: 14 });
    const named = fc.oneof(fc.array(item, { maxLength: 8 }), fc.record({ from: item, to: item }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 10 }),
          fc.integer({ min: 0, max: 10 }).map((to) => ({ from: 0, to })),
        ),
        fc.array(fc.record({ items: fc.oneof(named, fc.integer({ min: -1, max: 20 })), reason }), { maxLength: 4 }),
        fc.option(
          fc.record({ items: fc.oneof(fc.constant('all' as const), fc.array(item, { maxLength: 8 })), reason }),
          {
            nil: undefined,
          },
        ),
        fc.boolean(),
        (items, dropped, retried, splits) => {
          const outcome: Outcome = {
            dropped,
            ...(retried === undefined ? undefined : { retry: retried }),
            ...(splits ? { split: { reason: 'too_large' as const } } : undefined),
          };
          const total = countItems(items);
          const result = settle(items, outcome);
          const again = [result.retry, result.split].map((part) =>
            part === undefined ? 0 : part === 'all' ? total : countItems(part),
          );
          const droppedCount = result.dropped.reduce((sum, drop) => sum + drop.items, 0);
          expect(result.delivered + droppedCount + (again[0] ?? 0) + (again[1] ?? 0)).toBe(total);
          expect(result.delivered).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('whatever an encoder yields', () => {
  it('every item is delivered or dropped once', async () => {
    const item = fc.oneof(fc.integer({ min: -1, max: 12 }), fc.double());
    const items: fc.Arbitrary<Items> = fc.oneof(
      fc.array(item, { maxLength: 6 }),
      fc.record({ from: fc.integer({ min: -1, max: 12 }), to: fc.integer({ min: -1, max: 14 }) }),
    );
    const yields = fc.array(fc.record({ drop: fc.boolean(), items }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(yields, async (encoded) => {
        const t = await startedChain({
          encode: () =>
            encoded.map((one) =>
              one.drop ? { dropped: one.items, reason: 'unsupported' as const } : { body: [], items: one.items },
            ),
        });
        await t.put(0, 10);
        await t.settle();
        const ledger = expectSettled(t.chain);
        expect(ledger.delivered + sumDropped(ledger)).toBe(10);
      }),
      { numRuns: 60 },
    );
  });

  it('a claim never gives an item out twice', () => {
    const item = fc.integer({ min: -2, max: 25 });
    const items = fc.oneof(fc.array(item, { maxLength: 8 }), fc.record({ from: item, to: item }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.array(items, { maxLength: 8 }), (count, sequence) => {
        const claims = new Claims(count);
        const model = new Set<number>();
        for (const claimed of sequence) {
          let fresh = 0;
          for (const one of expandItems(claimed)) {
            if (one < 0 || one >= count || model.has(one)) continue;
            model.add(one);
            fresh++;
          }
          expect(claims.claim(claimed)).toBe(fresh);
          expect(claims.left).toBe(count - model.size);
        }
      }),
    );
  });
});

describe('the parts of delivery', () => {
  it('take what is due from the heap in order of time, then of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 20 }), (times, now) => {
        const heap = new DelayHeap<number>();
        for (const [order, time] of times.entries()) heap.push(order, time);
        const expected = [...times.entries()].sort(([a, x], [b, y]) => x - y || a - b);
        const due: number[] = [];
        for (let one = heap.pop(now); one !== undefined; one = heap.pop(now)) due.push(one);
        expect(due).toEqual(expected.filter(([, time]) => time <= now).map(([order]) => order));
        expect(heap.nextDue).toBe(expected[due.length]?.[1] ?? Infinity);
        expect(heap.clear()).toEqual(expected.slice(due.length).map(([order]) => order));
      }),
    );
  });

  it('cut a payload into two parts that are both smaller', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.nat(), { minLength: 2 }),
          fc.tuple(fc.nat(100), fc.integer({ min: 2, max: 100 })).map(([from, n]) => ({ from, to: from + n })),
        ),
        fc.option(fc.oneof(fc.integer(), fc.double()), { nil: undefined }),
        (items, at) => {
          const [first, second] = halves(items, at);
          expect([...expandItems(first), ...expandItems(second)]).toEqual(expandItems(items));
          expect(Math.min(countItems(first), countItems(second))).toBeGreaterThan(0);
        },
      ),
    );
  });
});

function expandItems(items: Items): number[] {
  if (Array.isArray(items)) return [...items];
  const { from, to } = items as { from: number; to: number };
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
