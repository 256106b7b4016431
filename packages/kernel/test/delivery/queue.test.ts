import { describe, expect, it } from '@jest/globals';
import { ConsumeError, delivered, drop, type Outcome, retry } from '@telemetryflow/kernel';
import { admit } from '../../src/delivery/admission.ts';
import { MemoryBudget } from '../../src/delivery/budget.ts';
import {
  chainFixture,
  expectLedger,
  expectSettled,
  gateway,
  numberedBatch,
  startedChain,
  ticketOf,
} from './fixture.ts';

/** What a record counts in these tests, whatever the estimate is. */
const bytesOf = (items: number): number => numberedBatch(0, items).bytes;

describe('batching', () => {
  it('sends when batch_size items wait, or flush_interval after the first', async () => {
    const t = await startedChain({ config: { batch_size: 10, flush_interval: 1000 } });
    await t.put(0, 4);
    await t.clock.advance(900);
    await t.put(4, 8);
    await t.clock.advance(99);
    expect(t.sent).toHaveLength(0);
    expect(t.ledger().queued).toBe(8);
    await t.clock.advance(1);
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([8]);
    await t.put(8, 14);
    await t.put(14, 20);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([8, 12]);
    expectSettled(t.chain);
    expect(t.clock.pending).toBe(0);
  });

  it('takes more at once under backlog, up to max_batch_items', async () => {
    const first = gateway<Outcome>();
    const t = await startedChain({
      config: { batch_size: 2, max_batch_items: 12 },
      definition: { concurrency: 1 },
      send: (ids) => (ids[0] === 0 ? first.promise : delivered()),
    });
    for (let i = 0; i < 20; i++) {
      await t.put(i * 2, i * 2 + 2);
      await t.settle();
    }
    expect(t.chain.occupancy().requests).toBe(1 + 4);
    first.open(delivered());
    await t.settle();
    await t.settle();
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([2, 12, 12, 12, 2]);
    expect(t.sent.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expectSettled(t.chain);
  });

  it('never puts more items into a request than the backend takes', async () => {
    const t = await startedChain({ definition: { limits: { maxItems: 100 }, concurrency: 1 } });
    await t.put(0, 250);
    await t.put(250, 330);
    await t.settle();
    await t.settle();
    expect(t.sent.map(({ ids }) => ids.length)).toEqual([100, 100, 100, 30]);
    expect(expectSettled(t.chain).delivered).toBe(330);
  });
});

describe('a queue that is full', () => {
  const stuck = { definition: { concurrency: 1 }, config: { batch_size: 1, max_batch_items: 1 } } as const;

  it('refuses while the backend is alive, by requests', async () => {
    const answer = gateway<Outcome>();
    const t = await startedChain({
      ...stuck,
      config: { ...stuck.config, queue: { max_requests: 3 } },
      send: () => answer.promise,
    });
    for (let i = 0; i < 3; i++) await t.put(i, i + 1);
    await t.settle();
    expect(t.chain.admit(1, 1)).toBe('busy');
    answer.open(delivered());
    await t.settle();
    expect(expectSettled(t.chain)).toMatchObject({ entered: 3, delivered: 3 });
    await t.put(3, 4);
    await t.settle();
    expect(expectSettled(t.chain).delivered).toBe(4);
  });

  it('refuses by bytes, and counts what is in flight and in back-off', async () => {
    let up = false;
    const t = await startedChain({
      config: { queue: { max_bytes: bytesOf(6) + bytesOf(4) } },
      send: () => (up ? delivered() : retry('unavailable')),
    });
    await t.put(0, 6);
    await t.settle();
    expect(t.chain.occupancy().bytes).toBe(bytesOf(6));
    expect(t.chain.admit(6, bytesOf(6))).toBe('busy');
    await t.put(6, 10);
    await t.settle();
    expect(t.chain.admit(1, 1)).toBe('busy');
    up = true;
    await t.clock.advance(5000);
    expect(expectSettled(t.chain).delivered).toBe(10);
  });

  it('counts a reservation until it is accepted or released', async () => {
    const t = chainFixture({ config: { queue: { max_bytes: bytesOf(8) + bytesOf(2) } } });
    const ticket = ticketOf(t.chain, numberedBatch(0, 8));
    expect(t.chain.admit(8, bytesOf(8))).toBe('busy');
    ticket.release();
    const again = ticketOf(t.chain, numberedBatch(0, 8));
    await again.accept(numberedBatch(0, 2));
    expect(t.chain.occupancy().bytes).toBe(bytesOf(2));
    expect(t.chain.admit(8, bytesOf(8))).not.toBe('busy');
    expect(() => again.accept(numberedBatch(0, 2))).toThrow('once');
    expect(expectLedger(t.chain).queued).toBe(2);
  });

  it('lets a batch in that exceeds the bounds by itself when nothing else is held', async () => {
    const t = await startedChain({ config: { queue: { max_bytes: bytesOf(5) } } });
    await t.put(0, 50);
    expect(t.chain.admit(1, 1)).toBe('busy');
    await t.settle();
    expect(expectSettled(t.chain).delivered).toBe(50);
  });

  it('drops the oldest with drop_oldest, and says how many', async () => {
    const answer = gateway<Outcome>();
    const t = await startedChain({
      ...stuck,
      config: { ...stuck.config, queue: { max_requests: 3, on_full: 'drop_oldest' } },
      send: () => answer.promise,
    });
    await t.put(0, 1);
    await t.settle();
    for (let i = 1; i < 6; i++) await t.put(i, i + 1);
    expect(expectLedger(t.chain)).toMatchObject({ entered: 6, queued: 2, inFlight: 1, dropped: { queue_full: 3 } });
    answer.open(delivered());
    await t.settle();
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 4, 5]);
    expectSettled(t.chain);
  });

  it('drops the batch itself with drop_oldest when everything older is on its way', async () => {
    const answer = gateway<Outcome>();
    const t = await startedChain({
      config: { queue: { max_bytes: bytesOf(4), on_full: 'drop_oldest' } },
      send: () => answer.promise,
    });
    await t.put(0, 4);
    await t.settle();
    await t.put(4, 6);
    expect(expectLedger(t.chain)).toMatchObject({ entered: 6, inFlight: 4, dropped: { queue_full: 2 } });
    answer.open(delivered());
    await t.settle();
    expectSettled(t.chain);
  });

  it('holds the sender back with block, and takes its batches in order when there is room', async () => {
    const answers = [gateway<Outcome>(), gateway<Outcome>()];
    const t = await startedChain({
      ...stuck,
      config: { ...stuck.config, queue: { max_requests: 1, on_full: 'block' } },
      send: ([id]) => answers[id ?? 0]?.promise ?? delivered(),
    });
    await t.put(0, 1);
    await t.settle();
    const taken: number[] = [];
    const waiting = [1, 2].map(async (id) => {
      await t.put(id, id + 1);
      taken.push(id);
    });
    await t.settle();
    expect(taken).toEqual([]);
    expect(expectLedger(t.chain).entered).toBe(1);
    answers[0]?.open(delivered());
    await t.settle();
    expect(taken).toEqual([1]);
    answers[1]?.open(delivered());
    await Promise.all(waiting);
    await t.settle();
    expect(t.sent.map(({ ids }) => ids[0])).toEqual([0, 1, 2]);
    expectSettled(t.chain);
  });
});

describe('wait_for_result', () => {
  const config = { queue: { wait_for_result: true }, retry: { max_attempts: 1 } };

  it('acknowledges with delivery, and with refusal for good: sending again would change nothing', async () => {
    const t = await startedChain({ config, send: ([id]) => (id === 0 ? delivered() : drop('invalid')) });
    await t.put(0, 1);
    await t.put(1, 2);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 1, dropped: { invalid: 1 } });
  });

  it('rejects, retryably, when items were given up', async () => {
    const t = await startedChain({ config, send: () => retry('unavailable') });
    const error: unknown = await t.put(0, 3).catch((reason: unknown) => reason);
    expect(ConsumeError.is(error) && error.code).toBe('undelivered');
    expectSettled(t.chain);
  });

  it('gives batches that share a request its outcome: whoever may have lost an item is told', async () => {
    const t = await startedChain({
      config: { ...config, batch_size: 4, flush_interval: 60_000 },
      perPayload: 2,
      send: ([id]) => (id === 0 ? delivered() : retry('unavailable')),
    });
    const outcomes = Promise.allSettled([t.put(0, 2), t.put(2, 4)]);
    await t.settle();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 2, dropped: { unavailable: 2 } });
  });

  it('settles a batch that went out in several requests with the last of them', async () => {
    const last = gateway<Outcome>();
    let settled = false;
    const t = await startedChain({
      config: { ...config, max_batch_items: 2 },
      send: ([id]) => (id === 4 ? last.promise : delivered()),
    });
    const put = t.put(0, 5).then(() => {
      settled = true;
    });
    await t.settle();
    expect(t.ledger().delivered).toBe(4);
    expect(settled).toBe(false);
    last.open(delivered());
    await put;
    expectSettled(t.chain);
  });
});

describe('the budget of a pipeline', () => {
  it('counts a batch once that several queues hold, and frees it with the last', async () => {
    const budget = new MemoryBudget(bytesOf(100));
    const slow = gateway<Outcome>();
    const a = await startedChain({ budget, id: 'a' });
    const b = await startedChain({ budget, id: 'b', send: () => slow.promise });
    const batch = numberedBatch(0, 40);
    const tickets = admit([a.chain, b.chain], batch.count, batch.bytes);
    expect(budget.used).toBe(batch.bytes);
    for (const ticket of tickets) await ticket.accept(batch);
    expect(budget.used).toBe(batch.bytes);
    await a.settle();
    expectSettled(a.chain);
    expect(budget.used).toBe(batch.bytes);
    slow.open(delivered());
    await b.settle();
    expectSettled(b.chain);
    expect(budget.used).toBe(0);
  });

  it('keeps a share for every queue, whatever a dead neighbour holds', async () => {
    const budget = new MemoryBudget(bytesOf(8) * 10);
    const dead = await startedChain({ budget, id: 'dead', config: { flush_interval: 60_000 } });
    const alive = await startedChain({ budget, id: 'alive' });
    let held = 0;
    while (dead.chain.admit(4, bytesOf(8) / 2) !== 'busy') held += 4;
    expect(held).toBe(60);
    await alive.put(0, 8);
    await alive.settle();
    expect(expectSettled(alive.chain).delivered).toBe(8);
  });
});
