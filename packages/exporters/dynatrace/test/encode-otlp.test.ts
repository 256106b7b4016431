import { describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords } from '@telemetryflow/kernel';
import { DataPointType, encode, type SpanRecord } from '@telemetryflow/otlp';
import { hrTime, itemIds, otlpItemIds, spans, throughEncoder } from '@telemetryflow/testkit';
import dynatrace from '../src/index.ts';
import { BLOCK, gauge, HOUR, histogram, log, metric, NOW, resourceMetrics } from './setup.ts';

const OTLP = { ...BLOCK, metrics_protocol: 'otlp', logs_protocol: 'otlp' };

function endedAt(spansOf: readonly SpanRecord[], ages: readonly number[]): SpanRecord[] {
  return spansOf.map((span, i) => ({ ...span, endTime: hrTime(NOW - (ages[i] ?? 0)) }));
}

describe('spans', () => {
  test('go out byte for byte as they came', async () => {
    const records = spans(20, { variety: 'all', startMs: NOW - 60_000 });
    const bytes = encode('traces', records);
    const { payloads, drops } = await throughEncoder(dynatrace, BLOCK, batchFromOtlp('traces', bytes), { now: NOW });
    expect(drops).toEqual([]);
    expect(payloads).toHaveLength(1);
    expect(Buffer.from(payloads[0]?.body as Uint8Array).equals(Buffer.from(bytes))).toBe(true);
  });

  test('that ended more than an hour ago, or will end later, are dropped; those half as old go apart', async () => {
    const records = endedAt(spans(5, { variety: 'plain' }), [0, HOUR + 1, HOUR / 2 + 1, -590_000, -610_000]);
    const batch = batchFromRecords('traces', records);
    const { payloads, drops } = await throughEncoder(dynatrace, BLOCK, batch, { now: NOW });
    expect(drops).toMatchObject([
      { dropped: { from: 1, to: 2 }, reason: 'too_old' },
      { dropped: { from: 4, to: 5 }, reason: 'invalid' },
    ]);
    expect(
      payloads.map(({ items, oldestMs, body }) => [items, oldestMs, otlpItemIds('traces', body as Uint8Array)]),
    ).toEqual([
      [[0, 3], NOW, ['item-0', 'item-3']],
      [[2], NOW - HOUR / 2 - 1, ['item-2']],
    ]);
    expect(itemIds(records)).toHaveLength(5);
  });
});

describe('log records', () => {
  test('count as old as their time, else their observation; without either they are new', async () => {
    const day = 24 * HOUR;
    const batch = batchFromRecords('logs', [
      log({ hrTime: hrTime(NOW - day - 1) }),
      log({ hrTime: [0, 0], hrTimeObserved: hrTime(NOW - day - 1) }),
      log({ hrTime: hrTime(NOW), hrTimeObserved: hrTime(NOW - day - 1) }),
      log({ hrTime: [0, 0] }),
    ]);
    const { payloads, drops } = await throughEncoder(dynatrace, OTLP, batch, { now: NOW });
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 2 }, reason: 'too_old' }]);
    expect(payloads).toMatchObject([{ items: [2, 3], oldestMs: NOW }]);
  });
});

describe('points', () => {
  const bounds = (boundaries: readonly number[], sum: number | undefined) => ({
    buckets: { boundaries, counts: boundaries.map(() => 1).concat(1) },
    count: boundaries.length + 1,
    sum,
  });

  test('that Dynatrace refuses over OTLP are dropped, the others are sent', async () => {
    const records = [
      resourceMetrics([
        gauge('abc', 1),
        gauge('abc', Number.NaN),
        histogram('abc', bounds([1, 2], undefined)),
        histogram('abc', bounds([2, 1], 3)),
        histogram('abc', bounds([1, Number.POSITIVE_INFINITY], 3)),
        histogram('abc', bounds([1, 2], 3)),
        metric('abc', { dataPointType: DataPointType.SUMMARY, value: { count: 1, sum: 1, quantiles: [] } }),
        gauge('abc', 1, { endTime: hrTime(NOW - HOUR - 1) }),
      ]),
    ];
    const { payloads, drops } = await throughEncoder(dynatrace, OTLP, batchFromRecords('metrics', records), {
      now: NOW,
    });
    expect(drops.map(({ dropped, reason }) => [dropped, reason])).toEqual([
      [{ from: 1, to: 2 }, 'unsupported'],
      [{ from: 2, to: 3 }, 'unsupported'],
      [{ from: 3, to: 5 }, 'unsupported'],
      [{ from: 6, to: 7 }, 'unsupported'],
      [{ from: 7, to: 8 }, 'too_old'],
    ]);
    expect(payloads).toMatchObject([{ items: [0, 5] }]);
  });
});
