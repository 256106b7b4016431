import { describe, expect, it } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, delivered } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  DataPointType,
  dataPoints,
  encode,
  type LogRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import type { Batch } from '../../src/data/batch.ts';
import { batchToKeep } from '../../src/data/segmented.ts';
import { Turns } from '../../src/delivery/turns.ts';
import { chainFixture, expectSettled, type Fixture, idsOf, numbered, startedChain, ticketOf } from './fixture.ts';

function counter(
  value: number,
  seconds: number,
  { isMonotonic = true, delta = false }: { readonly isMonotonic?: boolean; readonly delta?: boolean } = {},
): ResourceMetricsRecord {
  return {
    resource: { attributes: { 'service.name': 'shop' } },
    scopeMetrics: [
      {
        scope: { name: 'test' },
        metrics: [
          {
            descriptor: { name: 'requests', description: '', unit: '1', valueType: ValueType.INT },
            aggregationTemporality: delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.SUM,
            isMonotonic,
            dataPoints: [
              { startTime: [1_700_000_000, 0], endTime: [1_795_000_000 + seconds, 0], attributes: {}, value },
            ],
          },
        ],
      },
    ],
  };
}

function run<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

interface Conversion {
  readonly values: readonly unknown[];
  readonly ledger: ReturnType<Fixture['chain']['ledger']>;
}

/** What an exporter of deltas gets of these records, each a batch of its own. */
async function converted(
  records: readonly ResourceMetricsRecord[],
  definition: NonNullable<Parameters<typeof chainFixture>[0]>['definition'] = {},
): Promise<Conversion> {
  const values: unknown[] = [];
  const t: Fixture = chainFixture({
    definition: { temporality: 'delta', concurrency: 4, ...definition },
    encode: function* (batch: Batch) {
      for (const { point } of dataPoints(batch.records() as readonly ResourceMetricsRecord[])) values.push(point.value);
      yield { body: [], items: { from: 0, to: batch.count } };
    },
    send: () => delivered(),
    chain: {
      context: {
        id: 'delta',
        dataSignal: 'metrics',
        logger: { error() {}, warn() {}, info() {}, debug() {} },
        clock: chainFixture().clock,
        meter: undefined as never,
        status: { ok() {}, recoverable() {}, permanent() {} },
        signal: new AbortController().signal,
        extension: () => undefined,
      },
    },
  });
  await t.chain.start();
  for (const record of records) {
    const batch = batchFromRecords('metrics', [record]) as Batch;
    await ticketOf(t.chain, batch).accept(batch);
    await t.settle();
  }
  return { values, ledger: t.chain.ledger() };
}

describe('temporality', () => {
  it('is converted once per batch, in order, and points that cannot be converted are counted', async () => {
    const { values, ledger } = await converted([100, 130, 131, 171].map((value, i) => counter(value, i * 10)));
    expect(values).toEqual([30, 1, 40]);
    expect(ledger).toMatchObject({ entered: 4, delivered: 3, dropped: { unconverted: 1 } });
  });

  it.each([
    [{}, [5, -2, 1]],
    [{ nonMonotonic: 'as_is' } as const, [5, -7, 3]],
  ])('of differences that may fall is what the exporter asks for: %j', async (definition, expected) => {
    const records = [5, -7, 3].map((value, i) => counter(value, i * 10, { isMonotonic: false, delta: true }));
    expect((await converted(records, definition)).values).toEqual(expected);
  });
});

describe('what a queue keeps', () => {
  const records = logs(4);

  it('is the face its exporter reads, where that is there or lighter', () => {
    const made = run(batchToKeep(batchFromRecords('logs', records), 'otlp'));
    expect([made.hasOtlp, made.hasRecords]).toEqual([true, false]);
    const both = batchFromOtlp('logs', encode('logs', records));
    both.records();
    const kept = run(batchToKeep(both, 'records'));
    expect([kept.hasOtlp, kept.hasRecords]).toEqual([false, true]);
    const bytes = batchFromOtlp('logs', encode('logs', records));
    const asItIs = run(batchToKeep(bytes, 'records'));
    expect([asItIs.hasOtlp, asItIs.hasRecords]).toEqual([true, false]);
  });

  it('is made once for several queues', () => {
    const batch = batchFromRecords('logs', records);
    expect(run(batchToKeep(batch, 'otlp')).otlp()).toBe(run(batchToKeep(batch, 'otlp')).otlp());
  });

  it('does not refuse what cannot be encoded: that is counted as a bug later', async () => {
    const t = await startedChain({ definition: { reads: 'otlp' } });
    const poison = Object.defineProperty({ ...(numbered(0, 1)[0] as LogRecord) }, 'attributes', {
      get() {
        throw new Error('poison');
      },
    });
    const batch = batchFromRecords('logs', [poison]) as Batch;
    await t.chain.flush(new AbortController().signal);
    const ticket = t.chain.admit(1, 1);
    if (typeof ticket === 'object') await ticket.accept(batch);
    await t.settle();
    expect(expectSettled(t.chain)).toMatchObject({ entered: 1, dropped: { bug: 1 } });
  });
});

describe('a large request', () => {
  it('is decoded and encoded without holding up the event loop', async () => {
    const turns: number[] = [];
    let last = performance.now();
    let running = true;
    const watch = (): void => {
      const now = performance.now();
      turns.push(now - last);
      last = now;
      if (running) setImmediate(watch);
    };
    const t = await startedChain({
      encode: function* (batch) {
        const ids = idsOf(batch);
        for (let i = 0; i < ids.length; i++) if (i % 256 === 255) yield;
        yield { body: ids, items: { from: 0, to: ids.length } };
      },
      chain: { turns: new Turns() },
    });
    const batch = batchFromOtlp('logs', encode('logs', numbered(0, 8000))) as Batch;
    await ticketOf(t.chain, batch).accept(batch);
    setImmediate(watch);
    while (t.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    running = false;
    expect(t.sent[0]?.ids).toHaveLength(8000);
    expect(turns.length).toBeGreaterThan(4);
    await t.settle();
    expectSettled(t.chain);
  });
});
