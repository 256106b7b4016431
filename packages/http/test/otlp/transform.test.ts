import { describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, type Encoded } from '@telemetryflow/kernel';
import {
  DataPointType,
  decode,
  encode,
  type LogRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { deepFreeze, itemIds, logs, metrics, spans } from '@telemetryflow/testkit';
import { encodeOtlpProto } from '../../src/otlp/encode.ts';
import type { OtlpEncode } from '../../src/otlp/exporter.ts';
import {
  eventNameAsAttribute,
  logTimeFromObserved,
  spanEndNotBeforeStart,
  transformItems,
  transformMetrics,
  withLogFields,
  withSpanFields,
} from '../../src/otlp/index.ts';

const plain: OtlpEncode = (batch) => encodeOtlpProto(batch, 1_000_000);
const context = { now: 1_700_000_000_123.5, id: 'b', mode: undefined };
const bodies = (encoded: Iterable<Encoded<unknown>>): Uint8Array[] =>
  [...encoded].flatMap((each) => (each !== undefined && 'body' in each ? [each.body as Uint8Array] : []));

/** Records as an SDK makes them: everything is a getter of a class. */
function sdkLike<T extends object>(record: T): T {
  const like = {};
  for (const key of Object.keys(record)) {
    Object.defineProperty(like, key, { get: () => Reflect.get(record, key) as unknown });
  }
  return like as T;
}

describe('log records', () => {
  const transform = transformItems(plain, [logTimeFromObserved, eventNameAsAttribute]);
  const through = (records: readonly LogRecord[]): readonly LogRecord[] =>
    decode('logs', bodies(transform(batchFromRecords('logs', records), context))[0] as Uint8Array);

  test('that need nothing go on as the bytes they came in', () => {
    const records = logs(4);
    const bytes = encode('logs', records);
    expect(bodies(transform(batchFromOtlp('logs', bytes), context))[0]).toBe(bytes);
  });

  test('without time take the observed one, else that of encoding to the nanosecond', () => {
    const [a, b] = logs(2) as [LogRecord, LogRecord];
    const read = through([
      { ...a, hrTime: [0, 0] },
      { ...b, hrTime: [0, 0], hrTimeObserved: [0, 0] },
    ]);
    expect(read.map(({ hrTime }) => hrTime)).toEqual([a.hrTimeObserved, [1_700_000_000, 123_500_000]]);
  });

  test('with an event name repeat it, unless they have the attribute', () => {
    const [a, b, c] = logs(3) as [LogRecord, LogRecord, LogRecord];
    const read = through([
      { ...a, eventName: 'login' },
      { ...b, eventName: 'login', attributes: { 'event.name': 'mine' } },
      { ...c, eventName: '' },
    ]);
    expect(read.map(({ attributes }) => attributes['event.name'])).toEqual(['login', 'mine', undefined]);
  });

  test('keep every other field, also those of an SDK', () => {
    const records = logs(40).map((record) => sdkLike({ ...record, flags: 0x101 }));
    const want = decode('logs', encode('logs', records));
    const same = records.map((record) => withLogFields(record, {}));
    expect(decode('logs', encode('logs', same))).toEqual(want);
  });

  test('keep a body that is an integral double, and lose its mark with another body', () => {
    const [record] = logs(1) as [LogRecord];
    const double = { ...record, body: 1, bodyIsDouble: true };
    expect(withLogFields(double, {}).bodyIsDouble).toBe(true);
    expect(withLogFields(double, { body: 'text' }).bodyIsDouble).toBeUndefined();
  });

  test('are never changed in place, and the loop is given back in between', () => {
    const records = deepFreeze(logs(1000).map((record) => ({ ...record, hrTime: [0, 0] as const })));
    const encoded = [...transform(batchFromRecords('logs', records), context)];
    expect(encoded.filter((each) => each === undefined)).toHaveLength(3);
    expect(itemIds(decode('logs', bodies(encoded)[0] as Uint8Array))).toEqual(itemIds(records));
  });
});

describe('spans', () => {
  const transform = transformItems(plain, [spanEndNotBeforeStart]);

  test('that end before they start, or never, end when they start', () => {
    const [a, b, c] = spans(3) as [SpanRecord, SpanRecord, SpanRecord];
    const early = { ...a, endTime: [a.startTime[0] - 1, 0] as const };
    const read = decode(
      'traces',
      bodies(transform(batchFromRecords('traces', [early, { ...b, endTime: [0, 0] }, c]), context))[0] as Uint8Array,
    );
    expect(read.map(({ endTime }) => endTime)).toEqual([a.startTime, b.startTime, c.endTime]);
    expect(read[0]?.duration).toEqual([0, 0]);
  });

  test('that need nothing go on as the bytes they came in', () => {
    const bytes = encode('traces', spans(4));
    expect(bodies(transform(batchFromOtlp('traces', bytes), context))[0]).toBe(bytes);
  });

  test('keep every other field, also those of an SDK', () => {
    const records = spans(40).map((span) => sdkLike({ ...span, flags: 0x301 }));
    const want = encode('traces', records);
    const same = records.map((span) => withSpanFields(span, {}));
    expect(Buffer.from(encode('traces', same))).toEqual(Buffer.from(want));
  });
});

describe('metrics', () => {
  const refused = (reasons: Readonly<Record<string, string>>) =>
    transformMetrics(plain, {
      concerns: () => true,
      refuse: (_metric, { attributes }) => reasons[String(attributes['item.id'])],
    });

  test('that are refused are dropped by reason, and the others keep their numbers', () => {
    const batch = batchFromRecords('metrics', metrics(4, { variety: 'plain' })); // integers first: 0, 2, 1, 3
    const transform = refused({ 'item-0': 'one', 'item-3': 'two', 'item-2': 'one' });
    expect([...transform(batch, context)]).toMatchObject([
      { dropped: [0, 1], reason: 'unsupported', detail: 'one' },
      { dropped: [3], reason: 'unsupported', detail: 'two' },
      { items: [2] },
    ]);
  });

  test('that are all refused make no request', () => {
    const batch = batchFromRecords('metrics', metrics(1, { variety: 'plain' }));
    expect(bodies(refused({ 'item-0': 'x' })(batch, context))).toEqual([]);
  });

  test('of one metric too large for a request keep their numbers in what is dropped', () => {
    const transform = transformMetrics((batch) => encodeOtlpProto(batch, 10), {
      concerns: () => true,
      refuse: (_metric, { attributes }) => (attributes['item.id'] === 'item-0' ? 'x' : undefined),
    });
    const drops = [...transform(batchFromRecords('metrics', metrics(3, { variety: 'plain' })), context)];
    expect(drops).toMatchObject([{ dropped: [0] }, { dropped: [1] }, { dropped: [2] }]);
  });

  test('with exponential histograms take the explicit form, everything else kept', () => {
    const source = metrics(6, { kinds: ['exponential_histogram', 'gauge'] });
    const transform = transformMetrics(plain, {
      concerns: () => true,
      refuse: () => undefined,
      explicit: ({ count, sum }) => ({ count, sum, buckets: { boundaries: [1], counts: [count, 0] } }),
    });
    const [read] = decode('metrics', bodies(transform(batchFromRecords('metrics', source), context))[0] as Uint8Array);
    const kinds = (read as ResourceMetricsRecord).scopeMetrics[0]?.metrics.map((metric) => metric.dataPointType);
    expect(kinds).not.toContain(DataPointType.EXPONENTIAL_HISTOGRAM);
    expect(kinds).toContain(DataPointType.HISTOGRAM);
    expect(itemIds([read as ResourceMetricsRecord])).toEqual(itemIds(source));
  });
});
