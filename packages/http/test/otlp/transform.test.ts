import { describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, type Encoded } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  DataPointType,
  decode,
  encode,
  type FieldTest,
  hasScalar,
  type LogRecord,
  protobufFromJson,
  type ResourceMetricsRecord,
  type SpanRecord,
  someItem,
} from '@telemetryflow/otlp';
import { deepFreeze, itemIds, logs, metrics, spans } from '@telemetryflow/testkit';
import { encodeOtlpProto } from '../../src/otlp/encode.ts';
import type { OtlpEncode } from '../../src/otlp/exporter.ts';
import {
  eventNameAsAttribute,
  hasLogAttribute,
  hasSpanAttribute,
  logTimeFromObserved,
  mapLogAttributes,
  type PointRule,
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

describe('attributes of spans and log records', () => {
  const ofEmpty = (empty: (name: string) => AttributeMap) => {
    const [span] = spans(1) as [SpanRecord];
    const [log] = logs(1) as [LogRecord];
    const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    return {
      traces: (where: 'span' | 'event' | 'link' | 'none') =>
        encode('traces', [
          {
            ...span,
            attributes: empty(where === 'span' ? 'here' : ''),
            events: [{ time: span.startTime, name: 'e', attributes: empty(where === 'event' ? 'here' : '') }],
            links: [{ context, attributes: empty(where === 'link' ? 'here' : '') }],
          },
        ]),
      logs: (where: 'log' | 'none') => encode('logs', [{ ...log, attributes: empty(where === 'log' ? 'here' : '') }]),
    };
  };
  const isEmpty = hasScalar((kind) => kind === 0);
  const found = (request: Uint8Array, test: FieldTest) => someItem(request, (start, end) => test(request, start, end));

  test('are found wherever they are, in arrays and maps too', () => {
    const shapes: ((name: string) => AttributeMap)[] = [
      (name) => ({ a: 'x'.repeat(300), b: name === '' ? 1 : null }),
      (name) => ({ a: [[{ b: name === '' ? 1.5 : null }]] }),
      (name) => ({ a: { b: { c: name === '' ? new Uint8Array(200) : null } } }),
    ];
    for (const shape of shapes) {
      const requests = ofEmpty(shape);
      for (const where of ['span', 'event', 'link', 'none'] as const) {
        expect(found(requests.traces(where), hasSpanAttribute(isEmpty))).toBe(where !== 'none');
      }
      for (const where of ['log', 'none'] as const) {
        expect(found(requests.logs(where), hasLogAttribute(isEmpty))).toBe(where !== 'none');
      }
    }
  });

  test('of a log record that stay as they are leave the record as it is', () => {
    const [log] = logs(1) as [LogRecord];
    expect(mapLogAttributes(log, (attributes) => attributes)).toBe(log);
    expect(mapLogAttributes(log, () => ({ a: 1 }))).toMatchObject({ body: log.body, attributes: { a: 1 } });
  });
});

describe('metrics', () => {
  const GAUGES: PointRule = { when: 'any', of: ['gauge'], detail: 'one' };
  const SUMS: PointRule = { when: 'any', of: ['sum'], detail: 'two' };
  const kinds = ['gauge', 'counter', 'histogram'] as const;

  test('that are refused are dropped by reason, and the others keep their numbers', () => {
    const batch = batchFromRecords('metrics', metrics(6, { kinds: [...kinds] }));
    const items = [...transformMetrics(plain, { refuse: [GAUGES, SUMS] })(batch, context)];
    const drops = items.flatMap((each) => (each !== undefined && 'dropped' in each ? [each] : []));
    expect(drops.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['unsupported', 'one'],
      ['unsupported', 'two'],
    ]);
    const [payload] = items.flatMap((each) => (each !== undefined && 'body' in each ? [each] : []));
    const kept = payload?.items as readonly number[];
    expect([...drops.flatMap(({ dropped }) => dropped as number[]), ...kept].toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    const all = itemIds(batch.records());
    expect(itemIds(decode('metrics', payload?.body as Uint8Array))).toEqual(kept.map((item) => all[item]));
  });

  test('of which none is refused go on as the bytes they came in', () => {
    const bytes = encode('metrics', metrics(6, { kinds: [...kinds] }));
    const transform = transformMetrics(plain, { refuse: [{ when: 'nan', detail: 'x' }], explicit: () => never() });
    expect(bodies(transform(batchFromOtlp('metrics', bytes), context))[0]).toBe(bytes);
  });

  test('that are all refused make no request', () => {
    const batch = batchFromRecords('metrics', metrics(2, { kinds: ['gauge'] }));
    expect(bodies(transformMetrics(plain, { refuse: [GAUGES] })(batch, context))).toEqual([]);
  });

  test('too large for a request keep their numbers in what is dropped', () => {
    const small: OtlpEncode = (batch) => encodeOtlpProto(batch, 10);
    const drops = [
      ...transformMetrics(small, { refuse: [GAUGES] })(
        batchFromRecords('metrics', metrics(3, { kinds: ['gauge', 'counter'] })),
        context,
      ),
    ];
    const numbers = drops.flatMap((each) =>
      each !== undefined && 'dropped' in each ? ('from' in each.dropped ? [each.dropped.from] : [...each.dropped]) : [],
    );
    expect(numbers.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });

  test('with exponential histograms take the explicit form, everything else kept', () => {
    const source = metrics(6, { kinds: ['exponential_histogram', 'gauge'] });
    const transform = transformMetrics(plain, {
      refuse: [],
      explicit: ({ count, sum }) => ({ count, sum, buckets: { boundaries: [1], counts: [count, 0] } }),
    });
    const [read] = decode('metrics', bodies(transform(batchFromRecords('metrics', source), context))[0] as Uint8Array);
    const types = (read as ResourceMetricsRecord).scopeMetrics[0]?.metrics.map((metric) => metric.dataPointType);
    expect(types).not.toContain(DataPointType.EXPONENTIAL_HISTOGRAM);
    expect(types).toContain(DataPointType.HISTOGRAM);
    expect(itemIds([read as ResourceMetricsRecord])).toEqual(itemIds(source));
  });
});

describe('rules for data points', () => {
  const NAN = 'NaN';
  const INF = 'Infinity';
  const H = { count: '1', explicitBounds: [], bucketCounts: ['1'] };
  /** Kind, point, and what is true of it. */
  const TABLE: readonly (readonly [kind: string, point: object, facts: string])[] = [
    ['gauge', { asDouble: 1.5 }, ''],
    ['gauge', { asInt: '7' }, ''],
    ['gauge', {}, 'absent'],
    ['sum', { asDouble: NAN }, 'nan not_finite'],
    ['sum', { asDouble: INF }, 'not_finite'],
    ['sum', { asDouble: `-${INF}` }, 'not_finite'],
    ['sum', { asDouble: NAN, flags: 1 }, 'unrecorded'],
    ['gauge', { flags: 1 }, 'unrecorded'],
    ['gauge', { asDouble: 1, flags: 2 }, ''],
    ['histogram', { ...H, sum: 1, min: 1, max: 1 }, ''],
    ['histogram', { ...H }, ''],
    ['histogram', { ...H, sum: NAN }, 'nan not_finite'],
    ['histogram', { ...H, sum: 1, min: NAN }, 'nan not_finite'],
    ['histogram', { ...H, sum: 1, max: INF }, 'not_finite'],
    ['histogram', { ...H, sum: NAN, flags: 1 }, 'unrecorded'],
    ['exponentialHistogram', { count: '1', sum: 1, zeroCount: '1', zeroThreshold: 1e-9 }, ''],
    ['exponentialHistogram', { count: '1', sum: 1, max: NAN }, 'nan not_finite'],
    ['exponentialHistogram', { count: '1', sum: 1, min: `-${INF}` }, 'not_finite'],
    ['exponentialHistogram', { count: '1', flags: 1 }, 'unrecorded'],
    ['summary', { count: '1', sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }, ''],
    ['summary', { count: '1', sum: NAN }, 'nan not_finite'],
    [
      'summary',
      {
        count: '1',
        sum: 1,
        quantileValues: [
          { quantile: 0.5, value: 1 },
          { quantile: 1, value: NAN },
        ],
      },
      'nan not_finite',
    ],
    ['summary', { count: '1', sum: 1, quantileValues: [{ quantile: 1, value: INF }] }, 'not_finite'],
    ['summary', { count: '1', sum: 1, quantileValues: [{ quantile: NAN, value: 1 }] }, 'nan not_finite'],
    ['summary', { count: '1', flags: 1 }, 'unrecorded'],
  ];
  const refuses = (rule: PointRule, kind: string, point: object): boolean => {
    const body = {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', [kind]: { dataPoints: [point] } }] }] }],
    };
    const batch = batchFromOtlp('metrics', protobufFromJson('metrics', Buffer.from(JSON.stringify(body))));
    const [first] = [...transformMetrics(plain, { refuse: [rule] })(batch, context)];
    return first !== undefined && 'dropped' in first;
  };

  test.each(TABLE)('%s %j is %s', (kind, point, facts) => {
    const whens = ['unrecorded', 'absent', 'nan', 'not_finite', 'any'] as const;
    const held = whens.filter((when) => refuses({ when, detail: 'x' }, kind, point));
    expect(held.join(' ')).toBe(facts === '' ? 'any' : `${facts} any`);
    expect(refuses({ when: 'any', of: ['gauge'], detail: 'x' }, kind, point)).toBe(kind === 'gauge');
  });

  test('see the last of several values, which is the one that counts', () => {
    const point = Buffer.from('21000000000000f87f' + '310700000000000000', 'hex'); // asDouble NaN, then asInt 7
    const wrap = (tag: number, content: Uint8Array) => Buffer.concat([Buffer.from([tag, content.length]), content]);
    const request = wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x2a, wrap(0x0a, point)))));
    const transform = transformMetrics(plain, { refuse: [{ when: 'nan', detail: 'x' }] });
    expect(Buffer.from(bodies(transform(batchFromOtlp('metrics', request), context))[0] as Uint8Array)).toEqual(
      request,
    );
  });
});

function never(): never {
  throw new Error('nothing was to convert');
}
