import { describe, expect, it } from '@jest/globals';
import { ConsumeError, delivered, type Outcome, retry } from '@telemetryflow/kernel';
import {
  chainFixture,
  deadline,
  expectLedger,
  expectSettled,
  gateway,
  numberedBatch,
  startedChain,
  ticketOf,
} from './fixture.ts';

const LAZY = { flush_interval: 60_000, batch_size: 1000 };

describe('start', () => {
  it('keeps what comes earlier and sends it then', async () => {
    const started: string[] = [];
    const t = chainFixture({ exporter: { start: async () => void started.push('started') } });
    await t.put(0, 3);
    await t.clock.advance(10_000);
    expect(t.sent).toHaveLength(0);
    await t.chain.start();
    await t.settle();
    expect(started).toEqual(['started']);
    expect(expectSettled(t.chain).delivered).toBe(3);
  });
});

describe('flush', () => {
  it('sends what is queued without waiting for flush_interval', async () => {
    const t = await startedChain({ config: LAZY });
    await t.put(0, 3);
    await t.chain.flush(deadline().signal);
    expect(t.clock.monotonic()).toBe(0);
    expect(expectSettled(t.chain).delivered).toBe(3);
  });

  it('ends when every item had one attempt, however that ended', async () => {
    const t = await startedChain({ config: LAZY, perPayload: 2, send: () => retry('unavailable') });
    await t.put(0, 5);
    await t.chain.flush(deadline().signal);
    expect(t.sent).toHaveLength(3);
    expect(expectLedger(t.chain).inFlight).toBe(5);
  });

  it('ends at the deadline when a backend does not answer', async () => {
    const t = await startedChain({ config: LAZY, send: () => new Promise<Outcome>(() => {}) });
    await t.put(0, 5);
    const time = deadline();
    const flushed = t.chain.flush(time.signal);
    await t.settle();
    time.abort();
    await flushed;
    expect(expectLedger(t.chain).inFlight).toBe(5);
  });

  it('does not wait for what comes later', async () => {
    const t = await startedChain({ config: LAZY });
    await t.put(0, 2);
    const flushed = t.chain.flush(deadline().signal);
    await flushed;
    await t.put(2, 4);
    await t.settle();
    expect(expectLedger(t.chain)).toMatchObject({ delivered: 2, queued: 2 });
  });

  it('ends at once when nothing waits', async () => {
    const t = await startedChain();
    await t.chain.flush(deadline().signal);
    expectSettled(t.chain);
  });
});

describe('shutdown', () => {
  it('delivers what is queued, then sends what drain yields, then stops the exporter', async () => {
    const order: string[] = [];
    const t = await startedChain({
      config: LAZY,
      send: (ids) => {
        order.push(ids.length === 0 ? 'drained' : 'sent');
        return delivered();
      },
      exporter: {
        *drain() {
          yield { body: [], items: [] };
        },
        stop: async () => void order.push('stopped'),
      },
    });
    await t.put(0, 3);
    await t.chain.shutdown(deadline().signal);
    expect(order).toEqual(['sent', 'drained', 'stopped']);
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 3, dropped: {} });
    expect(t.clock.pending).toBe(0);
  });

  it('makes one attempt for everything, back-off and breaker notwithstanding', async () => {
    const t = await startedChain({
      config: { batch_size: 1, max_batch_items: 1, retry: { initial: 10, max: 10, jitter: 0 } },
      definition: { concurrency: 2 },
      send: () => retry('unavailable', { detail: 'HTTP 503' }),
    });
    for (let i = 0; i < 20; i++) await t.put(i, i + 1);
    await t.clock.advance(500);
    const before = t.sent.length;
    await t.chain.shutdown(deadline().signal);
    expect(new Set(t.sent.slice(before).flatMap(({ ids }) => ids)).size).toBe(20);
    expect(t.sent.length - before).toBe(20);
    expect(expectSettled(t.chain).dropped).toEqual({ unavailable: 20 });
  });

  it('drops what is left at the deadline as shutdown, and says how much', async () => {
    let aborted = 0;
    const t = await startedChain({
      config: { batch_size: 1, max_batch_items: 1 },
      definition: { concurrency: 2 },
      send: (_ids, { signal }) => {
        signal.addEventListener('abort', () => aborted++);
        return new Promise<Outcome>(() => {});
      },
    });
    for (let i = 0; i < 5; i++) await t.put(i, i + 1);
    await t.settle();
    const time = deadline();
    const down = t.chain.shutdown(time.signal);
    await t.settle();
    time.abort();
    await down;
    expect(aborted).toBe(2);
    expect(expectSettled(t.chain)).toMatchObject({ entered: 5, dropped: { shutdown: 5 } });
    expect(t.logs.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({
        message: 'Items were lost at shutdown',
        fields: expect.objectContaining({ items: 5 }),
      }),
    ]);
  });

  it('books what an attempt still answers when it is aborted at the deadline', async () => {
    const t = await startedChain({
      send: (_ids, { signal }) =>
        new Promise<Outcome>((resolve) => signal.addEventListener('abort', () => resolve(delivered()))),
    });
    await t.put(0, 4);
    await t.settle();
    const time = deadline();
    const down = t.chain.shutdown(time.signal);
    time.abort();
    await down;
    expect(expectSettled(t.chain)).toMatchObject({ delivered: 4, dropped: {} });
  });

  it('does not send before a delay the backend named, and does not wait for one beyond the deadline', async () => {
    for (const [afterMs, expected] of [
      [5000, { delivered: 3, dropped: {} }],
      [50_000, { delivered: 0, dropped: { shutdown: 3 } }],
    ] as const) {
      const t = await startedChain({
        send: (_ids, { attempt }) =>
          attempt === 1 && t.sent.length === 1 ? retry('throttled', { afterMs }) : delivered(),
      });
      await t.put(0, 1);
      await t.settle();
      await t.put(1, 3);
      const time = deadline();
      const down = t.chain.shutdown(time.signal, 25_000);
      await t.clock.advance(4999);
      expect(t.sent).toHaveLength(1);
      await t.clock.advance(1);
      await down;
      expect(expectSettled(t.chain)).toMatchObject(expected);
    }
  });

  it('takes in what waits for room, and refuses what comes later', async () => {
    const answer = gateway<Outcome>();
    const t = await startedChain({
      config: { batch_size: 1, max_batch_items: 1, queue: { max_requests: 1, on_full: 'block' } },
      send: () => answer.promise,
    });
    await t.put(0, 1);
    await t.settle();
    const blocked = t.put(1, 2);
    const late = ticketOf(t.chain, numberedBatch(2, 3));
    await t.settle();
    const down = t.chain.shutdown(deadline().signal);
    await blocked;
    await expect(late.accept(numberedBatch(2, 3))).rejects.toBeInstanceOf(ConsumeError);
    expect(t.chain.admit(1, 1)).toBe('busy');
    answer.open(delivered());
    await down;
    expect(expectSettled(t.chain)).toMatchObject({ entered: 2, delivered: 2 });
  });

  it('drops what a chain holds that never started', async () => {
    const t = chainFixture();
    await t.put(0, 3);
    await t.chain.shutdown(deadline().signal);
    expect(expectSettled(t.chain).dropped).toEqual({ shutdown: 3 });
  });

  it('does not hang on an exporter that does not stop', async () => {
    const t = await startedChain({ exporter: { stop: () => new Promise<void>(() => {}) } });
    const time = deadline();
    const down = t.chain.shutdown(time.signal);
    await t.settle();
    time.abort();
    await down;
    expectSettled(t.chain);
  });
});
