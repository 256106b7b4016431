/** Requests, read by protobufjs with the official definitions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { AttributeMap, MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { FAKE_EPOCH, hrTime } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { type OtlpMessage, otlpEncoder } from '../src/encode-otlp.ts';
import { TargetInfoTimes } from '../src/target-info-times.ts';
import { configOf } from './setup.ts';

const file = join(import.meta.dirname, '../../../otlp/test/proto/otlp.proto');
const REQUEST = protobuf.parse(readFileSync(file, 'utf8')).root.lookupType('ExportMetricsServiceRequest');
const NOW = FAKE_EPOCH;
const SHOP = { 'service.name': 'checkout', 'service.namespace': 'shop', 'service.instance.id': 'i-1' };

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}
interface ReadPoint {
  readonly attributes?: readonly KeyValue[];
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly explicitBounds?: readonly number[];
  readonly exemplars?: readonly unknown[];
}
interface ReadMetric {
  readonly name: string;
  readonly [kind: string]: unknown;
}
interface ReadResource {
  readonly resource: { readonly attributes?: readonly KeyValue[] };
  readonly scopeMetrics: readonly { readonly scope: object; readonly metrics: readonly ReadMetric[] }[];
}

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** Attributes as an object of texts. */
const plain = (attributes: readonly KeyValue[] = []): object =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

function read(body: Uint8Array): ReadResource[] {
  const { resourceMetrics } = REQUEST.toObject(REQUEST.decode(body), { longs: String });
  return resourceMetrics as ReadResource[];
}

const pointsOf = (resources: readonly ReadResource[]): ReadPoint[] =>
  resources.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) =>
        KINDS.flatMap((kind) => (metric[kind] as { dataPoints?: ReadPoint[] } | undefined)?.dataPoints ?? []),
      ),
    ),
  );

interface Given {
  readonly value: unknown;
  readonly attributes?: AttributeMap;
  readonly ms?: number;
  readonly time?: readonly [number, number];
  readonly flags?: number;
  readonly exemplars?: readonly object[];
}

function metric(name: string, dataPointType: number, points: readonly Given[], more: object = {}): MetricRecord {
  return {
    descriptor: { name, description: '', unit: '', valueType: 1 },
    aggregationTemporality: 1,
    dataPointType,
    ...(dataPointType === 3 && { isMonotonic: true }),
    dataPoints: points.map(({ ms = NOW, attributes = {}, time, ...rest }) => ({
      startTime: hrTime(NOW - 60_000),
      endTime: time ?? hrTime(ms),
      attributes,
      ...rest,
    })),
    ...more,
  } as unknown as MetricRecord;
}

const gauge = (name: string, points: readonly Given[]): MetricRecord => metric(name, 2, points);

function of(metrics: readonly MetricRecord[], attributes: AttributeMap = SHOP): ResourceMetricsRecord {
  return { resource: { attributes }, scopeMetrics: [{ scope: { name: 'scope' }, metrics }] };
}

async function encoderOf(block: Record<string, unknown> = {}) {
  const config = await configOf({ endpoint: 'http://prometheus:9090', protocol: 'otlp', ...block });
  const times = new TargetInfoTimes();
  const encode = otlpEncoder(config, times);
  return {
    times,
    encode(records: readonly ResourceMetricsRecord[], id = 'b') {
      const found = [...encode(batchFromRecords('metrics', records), { now: NOW, id, mode: undefined })];
      const requests: { items: unknown; resources: ReadResource[] }[] = [];
      const dropped: unknown[] = [];
      for (const each of found) {
        if (each === undefined) continue;
        if ('dropped' in each) dropped.push([each.reason, each.detail, each.dropped]);
        else requests.push({ items: each.items, resources: read((each.body as OtlpMessage).body) });
      }
      return { requests, dropped };
    },
  };
}

async function encode(records: readonly ResourceMetricsRecord[], block: Record<string, unknown> = {}) {
  return (await encoderOf(block)).encode(records);
}

describe('a request', () => {
  test('holds the counter of the golden example as it was measured', async () => {
    const counter = metric('http.server.requests', 3, [{ value: 42, attributes: { 'http.method': 'GET' } }]);
    const { requests, dropped } = await encode([of([counter], { ...SHOP, 'host.name': 'h1' })]);
    expect(dropped).toEqual([]);
    const [{ resources = [] } = {}] = requests;
    expect(plain(resources[0]?.resource.attributes)).toEqual({ ...SHOP, 'host.name': 'h1' });
    expect(resources[0]?.scopeMetrics[0]?.metrics[0]).toMatchObject({
      name: 'http.server.requests',
      sum: { aggregationTemporality: 2, isMonotonic: true },
    });
    const [point] = pointsOf(resources);
    expect(point).toMatchObject({ asDouble: 42, timeUnixNano: `${NOW}000000` });
    expect(plain(point?.attributes)).toEqual({ 'http.method': 'GET' });
  });

  test('gives a point without time that of the export', async () => {
    const { requests } = await encode([of([gauge('g', [{ value: 1, time: [0, 0] }])])]);
    expect(pointsOf(requests[0]?.resources ?? [])[0]?.timeUnixNano).toBe(`${NOW}000000`);
  });

  test('leaves out attributes that leave no name for a label, and metrics without points', async () => {
    const attributes = { '...': 'x', '': 'y', __name__: 'z', ok: 'yes' };
    const record = of([gauge('empty', []), gauge('g', [{ value: 1, attributes }])], { ...SHOP, ___: 'r', a: 'b' });
    const { requests, dropped } = await encode([record]);
    expect(dropped).toEqual([]);
    const [{ resources = [] } = {}] = requests;
    expect(resources[0]?.scopeMetrics[0]?.metrics.map(({ name }) => name)).toEqual(['g']);
    expect(plain(pointsOf(resources)[0]?.attributes)).toEqual({ ok: 'yes' });
    expect(plain(resources[0]?.resource.attributes)).toEqual({ ...SHOP, a: 'b' });
  });

  test('has arrays with numbers that are no JSON as text: the server would leave the label out', async () => {
    const attributes = { list: [Number.NaN, 1], deep: { a: [Number.POSITIVE_INFINITY] }, fine: [1, 'a'] };
    const { requests } = await encode([of([gauge('g', [{ value: 1, attributes }])])]);
    expect(plain(pointsOf(requests[0]?.resources ?? [])[0]?.attributes)).toEqual({
      list: '["NaN",1]',
      deep: '{"a":["Infinity"]}',
      fine: undefined,
    });
  });

  test('is cut by max_request_bytes, and a point that exceeds it alone is dropped', async () => {
    const points = Array.from({ length: 40 }, (_, n) => ({
      value: n,
      attributes: { n: `${n}`, pad: 'x'.repeat(500) },
    }));
    const big = { value: 1, attributes: { pad: 'x'.repeat(9000) } };
    const { requests, dropped } = await encode([of([gauge('g', [...points, big])])], { max_request_bytes: 4000 });
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.flatMap(({ items }) => items)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(dropped).toEqual([['too_large', expect.stringContaining('max_request_bytes (4000)'), [40]]]);
  });

  test('holds 2000 points, or batch_size where that is more', async () => {
    const points = Array.from({ length: 4500 }, (_, n) => ({ value: n, attributes: { n: `${n}` } }));
    const sizes = async (block: object) =>
      (await encode([of([gauge('g', points)])], { ...block })).requests.map(({ items }) => (items as number[]).length);
    expect(await sizes({})).toEqual([2000, 2000, 500]);
    expect(await sizes({ batch_size: 3000 })).toEqual([3000, 1500]);
  });
});

describe('what Prometheus would refuse with a whole request', () => {
  const exponential = (more: object) => ({
    value: {
      ...{ count: 3, sum: 5, scale: 0, zeroCount: 0 },
      ...{ positive: { offset: 0, bucketCounts: [1, 2] }, negative: { offset: 0, bucketCounts: [] } },
      ...more,
    },
  });
  const histogram = (boundaries: number[], counts: number[], count = 3) => ({
    value: { buckets: { boundaries, counts }, sum: 5, count },
  });

  test.each<[string, MetricRecord, string, string]>([
    ['a delta', metric('d', 3, [{ value: 1 }], { aggregationTemporality: 0 }), 'unconverted', 'delta'],
    [
      'no temporality',
      metric('d', 3, [{ value: 1 }], { otlpTemporality: 0 }),
      'unconverted',
      'temporality_unspecified',
    ],
    ['a name of dots', gauge('...', [{ value: 1 }]), 'invalid', 'empty_name'],
    ['no name', gauge('', [{ value: 1 }]), 'invalid', 'empty_name'],
    ['no value', gauge('g', [{ value: undefined }]), 'invalid', 'no_value'],
    ['the far future', gauge('g', [{ value: 1, ms: NOW + 600_001 }]), 'invalid', 'too_far_in_the_future'],
    ['counts that miss', metric('h', 0, [histogram([1], [3])]), 'invalid', 'malformed_histogram'],
    ['no number as boundary', metric('h', 0, [histogram([Number.NaN], [1, 2])]), 'invalid', 'malformed_histogram'],
    ['a low scale', metric('e', 1, [exponential({ scale: -5 })]), 'unsupported', 'scale_too_low'],
    ['no sum', metric('e', 1, [exponential({ sum: undefined })]), 'invalid', 'missing_sum'],
  ])('%s costs its point only', async (_name, bad, reason, detail) => {
    const { requests, dropped } = await encode([of([gauge('good', [{ value: 1 }]), bad])], { delta: 'drop' });
    expect(dropped).toEqual([[reason, detail, { from: 1, to: 2 }]]);
    expect(requests.map(({ items }) => items)).toEqual([[0]]);
  });

  test('a count that differs from its buckets is set to their sum', async () => {
    const all = [metric('e', 1, [exponential({ count: 7 })]), metric('h', 0, [histogram([1], [1, 2], 9)])];
    const { requests } = await encode([of(all)]);
    expect(pointsOf(requests[0]?.resources ?? []).map(({ count }) => count)).toEqual(['3', '3']);
  });

  test('a point without recorded value goes out as the end of its series', async () => {
    const { requests, dropped } = await encode([of([gauge('g', [{ value: 0, flags: 1 }])])]);
    expect(dropped).toEqual([]);
    expect(pointsOf(requests[0]?.resources ?? [])).toEqual([expect.objectContaining({ flags: 1 })]);
  });

  test('exponential histograms become explicit ones, or nothing, where that is configured', async () => {
    const records = [of([metric('e', 1, [exponential({})])])];
    const { requests } = await encode(records, { exponential_histograms: 'classic' });
    expect(pointsOf(requests[0]?.resources ?? [])[0]).toMatchObject({ count: '3', explicitBounds: expect.any(Array) });
    const none = await encode(records, { exponential_histograms: 'drop' });
    expect(none).toEqual({
      requests: [],
      dropped: [['filtered', 'exponential_histograms_dropped', { from: 0, to: 1 }]],
    });
  });
});

describe('what Prometheus would lose in silence', () => {
  test('a point behind a newer one of its series is put before it', async () => {
    const { requests } = await encode([of([gauge('g', [{ value: 2 }, { value: 1, ms: NOW - 1000 }])])]);
    expect(requests).toHaveLength(1);
    expect(pointsOf(requests[0]?.resources ?? []).map(({ asDouble }) => asDouble)).toEqual([1, 2]);
  });

  test('a second point of a series and time goes in a request of its own, for the server to judge', async () => {
    const twins = [{ value: 1 }, { value: 2 }, { value: 3, attributes: { a: 'b' } }];
    const { requests } = await encode([of([gauge('g', twins)])]);
    expect(requests.map(({ items }) => items)).toEqual([[0, 2], [1]]);
  });

  test('series are told apart by what the server makes of names and values', async () => {
    const points = [
      { value: 1, attributes: { 'a.b': 200 } },
      { value: 2, attributes: { a_b: '200' } },
      { value: 3, attributes: { a_b: 404 } },
    ];
    const { requests } = await encode([of([gauge('g.h', points)]), of([gauge('g_h', [{ value: 4 }])], { a: 'b' })]);
    expect(requests.map(({ items }) => items)).toEqual([[0, 2, 3], [1]]);
  });

  test('more than sixteen of them are beyond reason', async () => {
    const points = Array.from({ length: 20 }, (_, value) => ({ value }));
    const { requests, dropped } = await encode([of([gauge('g', points)])]);
    expect(requests).toHaveLength(16);
    expect(dropped).toEqual([['invalid', 'duplicate_timestamp', { from: 16, to: 20 }]]);
  });
});

describe('target_info', () => {
  const host = { ...SHOP, 'host.name': 'h1' };
  const at = (ms: number, name: string): ResourceMetricsRecord => of([gauge(name, [{ value: 1, ms }])], host);

  test('is not asked for behind its newest time: points keep job and instance, and all other attributes', async () => {
    const encoder = await encoderOf();
    encoder.encode([at(NOW, 'a')]);
    const { requests } = encoder.encode([at(NOW - 1, 'b'), at(NOW, 'c')]);
    const [late, same] = requests[0]?.resources ?? [];
    expect(plain(late?.resource.attributes)).toEqual({ 'host.name': 'h1' });
    expect(plain(pointsOf([late as ReadResource])[0]?.attributes)).toEqual({ job: 'shop/checkout', instance: 'i-1' });
    expect(plain(same?.resource.attributes)).toEqual(host);
  });

  test('is left out of the pieces of a refused batch, and comes back with the next', async () => {
    const encoder = await encoderOf();
    encoder.times.refuse('b');
    const attributesOf = (id: string) => {
      const [{ resources = [] } = {}] = encoder.encode([at(NOW, 'a')], id).requests;
      return plain(resources[0]?.resource.attributes);
    };
    expect([attributesOf('b'), attributesOf('c')]).toEqual([{ 'host.name': 'h1' }, host]);
  });
});

test('external_labels, resource_to_labels, job_name and namespace work as in remote write', async () => {
  const block = {
    external_labels: { environment: 'production', 'data.center': 'eu', empty: '' },
    resource_to_labels: ['host.name', 'k8s.pod'],
    job_name: 'jobs',
    namespace: 'acme',
  };
  const points = [{ value: 1 }, { value: 2, attributes: { environment: 'canary', host_name: 'own' } }];
  const { requests } = await encode([of([gauge('g', points)], { 'host.name': 'h1' })], block);
  const [{ resources = [] } = {}] = requests;
  expect(plain(resources[0]?.resource.attributes)).toEqual({
    'service.name': 'jobs',
    'host.name': 'h1',
    environment: 'production',
    'data.center': 'eu',
  });
  expect(resources[0]?.scopeMetrics[0]?.metrics[0]?.name).toBe('acme_g');
  expect(pointsOf(resources).map(({ attributes }) => plain(attributes))).toEqual([
    { 'host.name': 'h1', environment: 'production', 'data.center': 'eu' },
    { environment: 'canary', host_name: 'own', 'data.center': 'eu' },
  ]);
});

test('exemplars go along, unless told not to', async () => {
  const exemplar = {
    value: 1,
    timestamp: hrTime(NOW),
    filteredAttributes: {},
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
  };
  const count = async (block: object) => {
    const { requests } = await encode([of([metric('c', 3, [{ value: 1, exemplars: [exemplar] }])])], { ...block });
    return pointsOf(requests[0]?.resources ?? [])[0]?.exemplars?.length ?? 0;
  };
  expect([await count({}), await count({ send_exemplars: false })]).toEqual([1, 0]);
});
