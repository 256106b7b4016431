import { describe, expect, test } from '@jest/globals';
import type { MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { namesHash } from '../src/encode-metrics.ts';
import type { ClusterMode } from '../src/mode.ts';
import { documents, encodeAll, lines } from './setup.ts';

const MODE: ClusterMode = { opensearch: false, dynamicTemplates: true, requireDataStream: true };
const POINT = { startTime: [1_700_000_000, 0], endTime: [1_700_000_060, 0], attributes: { route: '/a' } } as const;

function metric(name: string, rest: object, value: unknown, point: object = {}): MetricRecord {
  return {
    descriptor: { name, description: '', unit: '1', valueType: 0 },
    aggregationTemporality: 1,
    dataPointType: 2,
    dataPoints: [{ ...POINT, value, ...point }],
    ...rest,
  } as unknown as MetricRecord;
}

function records(...metrics: readonly MetricRecord[]): ResourceMetricsRecord[] {
  return [{ resource: { attributes: { 'service.name': 's' } }, scopeMetrics: [{ scope: { name: '' }, metrics }] }];
}

const SUM = { dataPointType: 3, isMonotonic: true };

async function valuesOf(made: MetricRecord) {
  const [first] = await documents({}, 'metrics', records(made), { mode: MODE });
  return { value: first?.source['metrics'], templates: first?.create['dynamic_templates'] };
}

describe('metrics', () => {
  test('of one group share a golden document', async () => {
    const [action, document] = await lines(
      { data_stream: {} },
      'metrics',
      records(metric('queue.depth', {}, 7), metric('http.server.requests', SUM, 42)),
      { mode: MODE },
    );
    expect(action).toBe(
      '{"create":{"_index":"metrics-generic.otel-default","dynamic_templates":{"metrics.queue.depth":"gauge_long","metrics.http.server.requests":"counter_long"}}}',
    );
    expect(document).toContain('"unit":"1","attributes":{"route":"/a"}');
    expect(document).toContain('"metrics":{"queue.depth":7,"http.server.requests":42},"_metric_names_hash":"7097d6aa"');
    expect(document).toContain('"start_timestamp":"2023-11-14T22:13:20.000000000Z"');
  });

  test('hash their names as the server expects', () => {
    expect(namesHash(['http.server.requests'])).toBe('10cb6b5e');
    expect(namesHash(['queue.depth', 'http.server.requests'])).toBe('7097d6aa');
  });

  test.each<[string, MetricRecord, string, string]>([
    [
      'a double gauge',
      metric('m', { descriptor: { name: 'm', unit: '', valueType: 1 } }, 2),
      '{"m":2.0}',
      'gauge_double',
    ],
    ['a delta sum', metric('m', { ...SUM, aggregationTemporality: 0 }, 2), '{"m":2}', 'gauge_long'],
    ['a sum that may fall', metric('m', { ...SUM, isMonotonic: false }, 2), '{"m":2}', 'gauge_long'],
    ['a big integer', metric('m', SUM, 9_007_199_254_740_993n), '{"m":9007199254740993}', 'counter_long'],
    [
      'a summary',
      metric('m', { dataPointType: 4 }, { count: 3, sum: 6, quantiles: [] }),
      '{"m":{"sum":6.0,"value_count":3}}',
      'summary',
    ],
    [
      'a histogram',
      metric('m', { dataPointType: 0 }, { buckets: { boundaries: [10, 100], counts: [2, 3, 1] }, count: 6, sum: 1 }),
      '{"m":{"counts":[2,3,1],"values":[5.0,55.0,100.0]}}',
      'histogram',
    ],
    [
      'a histogram without buckets',
      metric('m', { dataPointType: 0 }, { buckets: { boundaries: [], counts: [] }, count: 4, sum: 10 }),
      '{"m":{"counts":[4],"values":[2.5]}}',
      'histogram',
    ],
    [
      'an exponential histogram',
      metric(
        'm',
        { dataPointType: 1 },
        {
          count: 4,
          scale: 0,
          zeroCount: 1,
          positive: { offset: 0, bucketCounts: [1, 2] },
          negative: { offset: 0, bucketCounts: [] },
        },
      ),
      '{"m":{"counts":[1,1,2],"values":[0.0,1.5,3.0]}}',
      'histogram',
    ],
    [
      'negative buckets, ascending',
      metric(
        'm',
        { dataPointType: 1 },
        {
          count: 3,
          scale: 0,
          zeroCount: 0,
          positive: { offset: 0, bucketCounts: [] },
          negative: { offset: 0, bucketCounts: [1, 2] },
        },
      ),
      '{"m":{"counts":[2,1],"values":[-3.0,-1.5]}}',
      'histogram',
    ],
  ])('of %s', async (_name, made, json, template) => {
    const [, document] = await lines({}, 'metrics', records(made), { mode: MODE });
    expect(document).toContain(`"metrics":${json},`);
    expect((await valuesOf(made)).templates).toEqual({ 'metrics.m': template });
  });

  test('of a second point of one name begin a new document', async () => {
    const made = await documents({}, 'metrics', records(metric('a', {}, 1), metric('a', {}, 2), metric('b', {}, 3)));
    expect(made.map(({ source }) => source['metrics'])).toEqual([{ a: 1 }, { a: 2, b: 3 }]);
  });

  test('part by unit, attributes and times', async () => {
    const other = { attributes: { route: '/b' } };
    const later = { endTime: [1_700_000_061, 0] };
    const unit = { descriptor: { name: 'd', description: '', unit: 's', valueType: 0 } };
    const all = [metric('a', {}, 1), metric('b', {}, 2, other), metric('c', {}, 3, later), metric('d', unit, 4)];
    expect(await documents({}, 'metrics', records(...all))).toHaveLength(4);
  });

  test('that have no value JSON can carry are dropped, each with the reason', async () => {
    const encoded = await encodeAll(
      {},
      'metrics',
      records(
        metric('a', {}, Number.NaN),
        metric('b', {}, 1, { flags: 1 }),
        metric(' ', {}, 1),
        metric('c', {}, undefined),
        metric('d', { dataPointType: 0 }, { buckets: { boundaries: [1], counts: [1] }, count: 1 }),
        metric('e', {}, 5),
      ),
    );
    const dropped = encoded.flatMap((each) => ('dropped' in each ? [[each.dropped, each.reason]] : []));
    expect(dropped).toEqual([
      [[0], 'invalid'],
      [[1], 'invalid'],
      [[2], 'invalid'],
      [[3], 'invalid'],
      [[4], 'invalid'],
    ]);
    expect(encoded.at(-1)).toMatchObject({ items: { from: 5, to: 6 } });
  });

  test('with names that have empty parts get legal ones, and dimensions are scalars', async () => {
    const attributes = { map: { a: [1] }, list: ['x'], n: 1 };
    const [made] = await documents({}, 'metrics', records(metric('.a..b', {}, 1, { attributes })));
    expect(made?.source['metrics']).toEqual({ '_.a._.b': 1 });
    expect(made?.source['attributes']).toEqual({ map: '{"a":[1]}', list: ['x'], n: 1 });
  });
});
