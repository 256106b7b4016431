import { describe, expect, test } from '@jest/globals';
import { type Batch, batchFromOtlp, batchFromRecords } from '@telemetryflow/kernel';
import {
  encode,
  type LogRecord,
  type MetricRecord,
  type RecordOf,
  type ResourceMetricsRecord,
  type Signal,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { hrTime, logs, METRIC_KINDS, metrics, otlpItemIds, spans } from '@telemetryflow/testkit';
import { encodeOtlpProto, limitAge, type OtlpEncode } from '../../src/otlp/index.ts';

const NOW = 1_767_225_600_000;
const MAX_AGE = 300_000;
const AGES = [0, MAX_AGE + 1, 1000, MAX_AGE * 2, MAX_AGE];
const plain: OtlpEncode = (batch) => encodeOtlpProto(batch, 1_000_000);
const context = { now: NOW, id: 'b', mode: undefined };

const at = (i: number) => hrTime(NOW - (AGES[i] ?? 0));
const UNKNOWN: SpanRecord['startTime'] = [0, 0];

function pointAt(record: ResourceMetricsRecord, endTime: SpanRecord['startTime']): ResourceMetricsRecord {
  const scopeMetrics = record.scopeMetrics.map(({ scope, metrics: all }) => ({
    scope,
    metrics: all.map((metric) => ({
      ...metric,
      dataPoints: metric.dataPoints.map((point) => ({ ...point, endTime })),
    })) as unknown as MetricRecord[],
  }));
  return { ...record, scopeMetrics };
}

const records: { readonly [S in Signal]: readonly RecordOf[S][] } = {
  traces: spans(6, { variety: 'plain' }).map((span, i) => ({ ...span, startTime: i === 5 ? UNKNOWN : at(i) })),
  logs: logs(6, { variety: 'plain' }).map((log, i): LogRecord => {
    const time = i === 5 ? UNKNOWN : at(i);
    return i % 2 === 0 ? { ...log, hrTime: time } : { ...log, hrTime: UNKNOWN, hrTimeObserved: time };
  }),
  metrics: [0, 1, 2, 3, 4, 5].flatMap((from) =>
    metrics(1, { variety: 'plain', kinds: [METRIC_KINDS[from] ?? 'gauge'], from }).map((record) =>
      pointAt(record, from === 5 ? UNKNOWN : at(from)),
    ),
  ),
};

const faces: readonly (readonly [string, (signal: Signal) => Batch])[] = [
  ['records', (signal) => batchFromRecords(signal, records[signal] as never) as Batch],
  ['bytes', (signal) => batchFromOtlp(signal, encode(signal, records[signal] as never)) as Batch],
];

describe.each(faces)('an age limit, of %s', (_face, batchOf) => {
  test.each(['traces', 'metrics', 'logs'] as const)('drops the %s that are too old and dates the others', (signal) => {
    const [dropped, sent] = [...limitAge(plain, MAX_AGE)(batchOf(signal), context)];
    expect(dropped).toEqual({ dropped: [1, 3], reason: 'too_old', detail: 'older than max_age (300 s)' });
    if (sent === undefined || !('body' in sent)) throw new Error('nothing was sent');
    expect(sent.items).toEqual([0, 2, 4, 5]);
    expect(sent.oldestMs).toBeCloseTo(NOW - MAX_AGE, 0);
    expect(otlpItemIds(signal, sent.body as Uint8Array)).toEqual(['item-0', 'item-2', 'item-4', 'item-5']);
  });

  test('of 0 lets everything pass', () => {
    expect([...limitAge(plain, 0)(batchOf('metrics'), context)]).toMatchObject([{ items: { from: 0, to: 6 } }]);
  });
});

test('the option is named as the exporter names it', () => {
  const batch = batchFromRecords('metrics', records.metrics) as Batch;
  const [dropped] = [...limitAge(plain, MAX_AGE, 'max_metric_age')(batch, context)];
  expect(dropped).toMatchObject({ detail: 'older than max_metric_age (300 s)' });
});
