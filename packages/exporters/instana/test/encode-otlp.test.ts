import { describe, expect, test } from '@jest/globals';
import { batchFromOtlp } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  type AttributeMap,
  type DataPointRecord,
  DataPointType,
  decode,
  type ExponentialHistogramValue,
  encode,
  type HistogramValue,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { deepFreeze, hrTime, logs, metrics, otlpItemIds, spans, throughEncoder } from '@telemetryflow/testkit';
import instana from '../src/index.ts';
import { BLOCK, encoded, log, NOW, SHOP, span, TIME } from './setup.ts';

const bytesOf = (payloads: readonly { readonly body: unknown }[]): Uint8Array => payloads[0]?.body as Uint8Array;

describe('resources', () => {
  const OTLP = { protocol: 'otlp', zone: 'us-west-2' };

  async function resourceOf(attributes: AttributeMap, block: Readonly<Record<string, unknown>> = OTLP) {
    const { payloads } = await encoded('traces', [span({ resource: { attributes } })], block);
    return decode('traces', bytesOf(payloads))[0]?.resource.attributes;
  }

  test.each<[AttributeMap, AttributeMap]>([
    [SHOP, { ...SHOP, 'host.id': 'web-1', 'instana.zone': 'us-west-2' }],
    [{ 'host.id': 'h' }, { 'host.id': 'h', 'instana.zone': 'us-west-2' }],
    [{ 'host.id': '' }, { 'host.id': 'web-1', 'instana.zone': 'us-west-2' }],
    [{ 'faas.id': 'f' }, { 'faas.id': 'f', 'instana.zone': 'us-west-2' }],
    [
      { 'device.id': 'd', 'instana.zone': 'own' },
      { 'device.id': 'd', 'instana.zone': 'own' },
    ],
  ])('%j become %j', async (before, after) => {
    expect({ ...(await resourceOf(before)) }).toEqual(after);
  });

  test('get no zone where there is none', async () => {
    expect({ ...(await resourceOf({}, { protocol: 'otlp' })) }).toEqual({ 'host.id': 'web-1' });
  });

  test('keep what else they have, and their spans every byte', async () => {
    const records = spans(30, {
      resource: { attributes: { a: 1 }, schemaUrl: 'https://schema', droppedAttributesCount: 3 },
    });
    const batch = batchFromOtlp('traces', encode('traces', records));
    const { payloads, drops } = await throughEncoder(instana, { ...BLOCK, protocol: 'otlp' }, batch as never);
    expect(drops).toEqual([]);
    const resource = {
      attributes: { a: 1, 'host.id': 'web-1' },
      schemaUrl: 'https://schema',
      droppedAttributesCount: 3,
    };
    const expected = encode('traces', spans(30, { resource }));
    expect(Buffer.from(bytesOf(payloads)).equals(Buffer.from(expected))).toBe(true);
  });

  test('of an SDK, which are class instances, are not lost', async () => {
    class Resource {
      get attributes(): AttributeMap {
        return SHOP;
      }
    }
    const record: SpanRecord = span({ resource: new Resource() });
    const { payloads } = await encoded('traces', [record], { protocol: 'otlp' });
    expect(decode('traces', bytesOf(payloads))[0]?.resource.attributes).toMatchObject(SHOP);
  });
});

describe('log records', () => {
  async function throughLogs(records: readonly LogRecord[]): Promise<readonly LogRecord[]> {
    const { payloads, drops } = await encoded('logs', records, { zone: 'us-west-2' });
    expect(drops).toEqual([]);
    return decode('logs', bytesOf(payloads));
  }

  test('get their level as text, and keep their time as an attribute', async () => {
    const [read] = await throughLogs([log()]);
    expect(read).toMatchObject({ severityNumber: 17, severityText: 'ERROR', hrTime: TIME, body: 'disk full' });
    expect({ ...read?.attributes }).toEqual({ 'log.time_unix_nano': '1767225600123456789' });
    expect({ ...read?.resource.attributes }).toEqual({ ...SHOP, 'host.id': 'web-1', 'instana.zone': 'us-west-2' });
  });

  test.each([
    [1, 'TRACE'],
    [8, 'DEBUG'],
    [9, 'INFO'],
    [16, 'WARN'],
    [24, 'FATAL'],
    [0, ''],
    [99, ''],
  ])('of severity %i have the level %j', async (severityNumber, severityText) => {
    expect((await throughLogs([log({ severityNumber })]))[0]?.severityText ?? '').toBe(severityText);
  });

  test('keep a level and a time attribute of their own; without time the observed one counts', async () => {
    const read = await throughLogs([
      log({ severityText: 'notice', attributes: { 'log.time_unix_nano': 'own' } }),
      log({ hrTime: [0, 0], hrTimeObserved: [1, 2] }),
      log({ hrTime: [0, 0] }),
    ]);
    expect(read.map(({ severityText }) => severityText)).toEqual(['notice', 'ERROR', 'ERROR']);
    expect(read.map(({ attributes }) => attributes['log.time_unix_nano'])).toEqual(['own', '1000000002', undefined]);
  });

  test('lose nothing else', async () => {
    const records = logs(600).map((record) => deepFreeze(record));
    const read = await throughLogs(records);
    const placed = records.map((record) => ({
      ...record,
      severityText: record.severityText,
      resource: {
        attributes: { ...record.resource.attributes, 'host.id': 'web-1', 'instana.zone': 'us-west-2' },
      },
    }));
    const without = read.map(({ attributes, ...rest }) => {
      const { 'log.time_unix_nano': _time, ...others } = attributes;
      return { ...rest, attributes: others };
    });
    expect(Buffer.from(encode('logs', without as LogRecord[])).equals(Buffer.from(encode('logs', placed)))).toBe(true);
  });
});

describe('points', () => {
  function metric(type: number, value: unknown, point: Partial<DataPointRecord<unknown>> = {}): MetricRecord {
    return {
      descriptor: { name: 'm', unit: '', description: '', valueType: ValueType.DOUBLE },
      dataPointType: type,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      isMonotonic: true,
      dataPoints: [{ startTime: [0, 0], endTime: hrTime(NOW), attributes: {}, value, ...point }],
    } as unknown as MetricRecord;
  }
  const records = (...all: readonly MetricRecord[]): ResourceMetricsRecord[] => [
    { resource: { attributes: SHOP }, scopeMetrics: [{ scope: { name: '' }, metrics: all }] },
  ];
  const histogram = (sum: number): HistogramValue => ({ buckets: { boundaries: [1], counts: [1, 1] }, count: 2, sum });
  const exponential = (sum: number): ExponentialHistogramValue => ({
    count: 400,
    sum,
    scale: 10,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: Array.from({ length: 400 }, () => 1) },
    negative: { offset: 0, bucketCounts: [] },
  });
  const { GAUGE, SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM, SUMMARY } = DataPointType;

  test('that are no numbers, and summaries, are dropped; points without value go on', async () => {
    const { payloads, drops } = await encoded(
      'metrics',
      records(
        metric(GAUGE, 1),
        metric(GAUGE, Number.NaN),
        metric(SUM, Number.POSITIVE_INFINITY),
        metric(HISTOGRAM, histogram(Number.NaN)),
        metric(SUMMARY, { count: 1, sum: 1, quantiles: [] }),
        metric(GAUGE, undefined, { flags: 1 }),
        metric(EXPONENTIAL_HISTOGRAM, exponential(Number.NEGATIVE_INFINITY)),
        metric(HISTOGRAM, histogram(3)),
      ),
    );
    expect(drops).toMatchObject([
      { dropped: [1, 2, 3, 6], reason: 'unsupported', detail: 'NaN and infinities are no values for Instana' },
      { dropped: [4], reason: 'unsupported', detail: 'Instana takes no summaries' },
    ]);
    expect(payloads).toMatchObject([{ items: [0, 5, 7] }]);
  });

  test('of exponential histograms become explicit ones, with 160 boundaries at most', async () => {
    const { payloads } = await encoded('metrics', records(metric(EXPONENTIAL_HISTOGRAM, exponential(9))));
    const [read] = decode('metrics', bytesOf(payloads))[0]?.scopeMetrics[0]?.metrics ?? [];
    expect(read?.dataPointType).toBe(HISTOGRAM);
    const [point] = (read?.dataPoints ?? []) as readonly DataPointRecord<HistogramValue>[];
    const { buckets, count, sum } = point?.value ?? histogram(0);
    expect(buckets.boundaries.length).toBeLessThanOrEqual(160);
    expect(buckets.boundaries.length).toBeGreaterThan(80);
    expect(buckets.counts.reduce((a, b) => Number(a) + Number(b), 0)).toBe(400);
    expect([count, sum]).toEqual([400, 9]);
  });

  test('of exponential histograms go on when asked to', async () => {
    const sent = records(metric(EXPONENTIAL_HISTOGRAM, exponential(9)));
    const { payloads } = await encoded('metrics', sent, { convert_exponential: false });
    const read = decode('metrics', bytesOf(payloads));
    expect(read[0]?.scopeMetrics[0]?.metrics[0]?.dataPointType).toBe(EXPONENTIAL_HISTOGRAM);
  });

  test('older than five minutes are dropped, and the others dated for later attempts', async () => {
    const at = (ms: number) => ({ endTime: hrTime(NOW - ms) });
    const { payloads, drops } = await encoded(
      'metrics',
      records(
        metric(GAUGE, 1, at(0)),
        metric(GAUGE, 2, at(300_001)),
        metric(GAUGE, Number.NaN, at(0)),
        metric(GAUGE, 3, at(299_000)),
      ),
    );
    expect(drops).toMatchObject([
      { dropped: [1], reason: 'too_old', detail: 'older than max_metric_age (300 s)' },
      { dropped: [2], reason: 'unsupported' },
    ]);
    expect(payloads).toMatchObject([{ items: [0, 3], oldestMs: NOW - 299_000 }]);
  });

  test('of any age go on when the limit is off', async () => {
    const old = records(metric(GAUGE, 1, { endTime: [1, 0] }));
    expect((await encoded('metrics', old, { max_metric_age: '0s' })).drops).toEqual([]);
  });

  test('of every kind that Instana knows go on, in requests of 4 MB at most', async () => {
    const kinds = ['gauge', 'counter', 'updown', 'histogram'] as const;
    const many = metrics(20_000, { variety: 'plain', kinds, startMs: NOW - 30_000 });
    const { payloads, drops } = await encoded('metrics', many);
    expect(drops).toEqual([]);
    const bodies = payloads.map(({ body }) => body as Uint8Array);
    for (const body of bodies) expect(body.length).toBeLessThanOrEqual(4_000_000);
    expect(new Set(bodies.flatMap((body) => otlpItemIds('metrics', body))).size).toBe(20_000);
  });
});

test('a signal that has no place to go to is dropped, and the reason says what to set', async () => {
  const { payloads, drops } = await encoded('logs', [log(), log()], { endpoint_url: 'https://x.example' });
  expect(payloads).toEqual([]);
  expect(drops).toMatchObject([
    { dropped: { from: 0, to: 2 }, reason: 'unsupported', detail: expect.stringContaining('instana.otlp_endpoint') },
  ]);
});
