import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { MetricRecord } from '@telemetryflow/otlp';
import { golden } from '@telemetryflow/testkit';
import { boundText } from '../src/point-group.ts';
import { type ReadSeries, readSeries, readSketches } from './agent-payload.ts';
import {
  bodyOf,
  CHECKOUT,
  type Encoding,
  EXPONENTIAL,
  encode,
  exporterOf,
  GAUGE,
  HISTOGRAM,
  metric,
  NOW,
  numbers,
  ofResource,
  START,
  SUM,
  SUMMARY,
} from './setup.ts';

const REQUESTS = metric('http.server.requests', SUM, { value: 42, attributes: { 'http.request.method': 'GET' } });
const DURATION = metric('http.server.duration', HISTOGRAM, {
  value: { buckets: { boundaries: [1, 2], counts: [3, 4, 1] }, count: 8, sum: 12.5, min: 0.5, max: 4 },
});

/** All series of one encoding, with their host taken out of the resources. */
async function seriesOf(
  metrics: readonly MetricRecord[],
  block: Readonly<Record<string, unknown>> = {},
  resource: object = {},
): Promise<readonly ReadSeries[]> {
  return readSeries(bodyOf(await encode('metrics', ofResource(resource, ...metrics), block)));
}

function dropsOf({ drops }: Encoding): readonly (readonly [string, readonly number[]])[] {
  return drops.map(({ reason, items }) => [reason, items]);
}

describe('goldens', () => {
  test('a delta sum is a count, in protobuf', async () => {
    const body = bodyOf(await encode('metrics', ofResource(CHECKOUT, REQUESTS)));
    golden(import.meta.url, 'series.bin').bytes(body);
    expect(readSeries(body)).toHaveLength(1);
  });

  test('a delta sum is a count, in JSON', async () => {
    const body = bodyOf(await encode('metrics', ofResource(CHECKOUT, REQUESTS), { encoding: 'json' }));
    golden(import.meta.url, 'series.json').json(body.toString());
  });

  test('the legacy form of series has types as words, and host and tags even when empty', async () => {
    const records = ofResource({}, metric('jobs', GAUGE, { value: 1.5 }));
    const block = { metrics_endpoint: 'http://127.0.0.1:8428/datadog/api/v1/series' };
    expect(JSON.parse(bodyOf(await encode('metrics', records, block)).toString())).toEqual({
      series: [{ metric: 'jobs', type: 'gauge', points: [[1_700_000_010, 1.5]], host: '', tags: [] }],
    });
  });

  test('a delta histogram is a distribution', async () => {
    const encoding = await encode('metrics', ofResource(CHECKOUT, DURATION));
    golden(import.meta.url, 'sketch.bin').bytes(bodyOf(encoding));
    expect(encoding.payloads[0]?.body.requests[0]).toMatchObject({
      url: 'https://api.datadoghq.com/api/beta/sketches',
      headers: { 'content-type': 'application/x-protobuf', 'dd-agent-payload': '4.87.0' },
    });
    expect(readSketches(bodyOf(encoding))[0]?.dogsketches[0]).toMatchObject({ avg: 1.5625 });
  });
});

describe('types of metrics', () => {
  test.each([
    ['a gauge', metric('m', GAUGE, { value: 1.5 }), 3, undefined],
    [
      'a cumulative sum that is a level',
      metric('m', { ...SUM, isMonotonic: false, cumulative: true }, { value: 1.5 }),
      3,
      undefined,
    ],
    ['a delta sum that may fall', metric('m', { ...SUM, isMonotonic: false }, { value: -1.5 }), 1, 10],
  ])('%s', async (_name, record, type, interval) => {
    const [series] = await seriesOf([record]);
    expect(series).toMatchObject({ metric: 'm', type, points: [{ timestamp: 1_700_000_010 }] });
    expect(series?.interval).toBe(interval);
  });

  test('a window that is no whole number of seconds is not sent', async () => {
    const [series] = await seriesOf([metric('m', SUM, { value: 1, startTime: [1_700_000_004, 700_000_000] })]);
    expect(series?.interval).toBeUndefined();
    const [near] = await seriesOf([metric('m', SUM, { value: 1, startTime: [1_700_000_000, 40_000_000] })]);
    expect(near?.interval).toBe(10);
  });

  test('a summary is a count, a sum and a gauge per quantile', async () => {
    const value = {
      count: 4,
      sum: 10,
      quantiles: [
        { quantile: 0, value: 1 },
        { quantile: 0.5, value: 2 },
        { quantile: 0.99, value: Number.NaN },
        { quantile: 1, value: 4 },
      ],
    };
    const series = await seriesOf([metric('rpc', SUMMARY, { value, attributes: { a: 'b' } })]);
    expect(series.map(({ metric: name, type, points, tags }) => [name, type, points[0]?.value, tags])).toEqual([
      ['rpc.count', 1, 4, ['a:b']],
      ['rpc.sum', 1, 10, ['a:b']],
      ['rpc.quantile', 3, 1, ['a:b', 'quantile:0']],
      ['rpc.quantile', 3, 2, ['a:b', 'quantile:0.5']],
      ['rpc.quantile', 3, 4, ['a:b', 'quantile:1.0']],
    ]);
    expect(await seriesOf([metric('rpc', SUMMARY, { value })], { metrics: { summaries: 'noquantiles' } })).toHaveLength(
      2,
    );
  });

  test('histograms as counters have one count per bucket, empty ones too', async () => {
    const value = { buckets: { boundaries: [0.25, 1], counts: [1, 0, 2] }, count: 3, sum: 5, min: 0.1, max: 3 };
    const series = await seriesOf([metric('h', HISTOGRAM, { value })], { metrics: { histograms: 'counters' } });
    expect(series.map(({ metric: name, points, tags }) => [name, points[0]?.value ?? 0, tags])).toEqual([
      ['h.count', 3, undefined],
      ['h.sum', 5, undefined],
      ['h.bucket', 1, ['lower_bound:-inf', 'upper_bound:0.25']],
      ['h.bucket', 0, ['lower_bound:0.25', 'upper_bound:1.0']],
      ['h.bucket', 2, ['lower_bound:1.0', 'upper_bound:inf']],
    ]);
    const few = await seriesOf([metric('h', HISTOGRAM, { value })], {
      metrics: { histograms: 'nobuckets', send_aggregation_metrics: true },
    });
    expect(few.map(({ metric: name }) => name)).toEqual(['h.count', 'h.sum', 'h.min', 'h.max']);
  });

  test('aggregations travel beside the distribution, in one payload', async () => {
    const block = { metrics: { send_aggregation_metrics: true } };
    const encoding = await encode('metrics', ofResource(CHECKOUT, DURATION), block);
    expect(readSeries(bodyOf(encoding, 0)).map(({ metric: name }) => name)).toEqual([
      'http.server.duration.count',
      'http.server.duration.sum',
      'http.server.duration.min',
      'http.server.duration.max',
    ]);
    expect(readSketches(bodyOf(encoding, 1))).toHaveLength(1);
  });

  test('an exponential histogram is a distribution too', async () => {
    const value = {
      count: 4,
      sum: 6,
      scale: 0,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [4] },
      negative: { offset: 0, bucketCounts: [] },
    };
    const [sketch] = readSketches(bodyOf(await encode('metrics', ofResource({}, metric('e', EXPONENTIAL, { value })))));
    expect(sketch?.dogsketches[0]).toMatchObject({ k: [1346, 1359, 1369, 1379], n: [1, 1, 1, 1], cnt: 4, sum: 6 });
  });

  test.each([
    [0, '0'],
    [1, '1.0'],
    [0.25, '0.25'],
    [100_000, '100000.0'],
    [1_000_000, '1e+06'],
    [123_456_789, '1.23456789e+08'],
    [0.00001, '1e-05'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('the bound %f is printed %s', (value, text) => {
    expect(boundText(value)).toBe(text);
  });

  test.each([
    ['s', 'second'],
    ['By', 'byte'],
    ['1', undefined],
    ['{request}', undefined],
    ['constructor', undefined],
  ])('the unit %s is %s', async (unit, expected) => {
    expect((await seriesOf([metric('m', { ...GAUGE, unit }, { value: 1 })]))[0]?.unit).toBe(expected);
  });
});

describe('what cannot be sent', () => {
  test('is dropped alone, with its reason', async () => {
    const records = ofResource(
      {},
      metric(
        'm',
        GAUGE,
        { value: Number.NaN },
        { value: Number.POSITIVE_INFINITY },
        { value: undefined, flags: 1 },
        { value: 1 },
        { value: 1, endTime: [1_700_000_010 - 3600, 0] },
        { value: 1, endTime: [1_700_000_010 + 660, 0] },
      ),
      metric('...', GAUGE, { value: 1 }),
      metric('c', { ...SUM, cumulative: true }, { value: 1 }),
      metric('h', HISTOGRAM, { value: { buckets: { boundaries: [1], counts: [1] }, count: 1, sum: 1 } }),
      metric('h', HISTOGRAM, { value: { buckets: { boundaries: [1], counts: [0, 0] }, count: 0, sum: 0 } }),
    );
    const encoding = await encode('metrics', records);
    expect(dropsOf(encoding)).toEqual([
      ['invalid', [0, 1]],
      ['filtered', [2]],
      ['too_old', [4]],
      ['invalid', [5]],
      ['invalid', [6]],
      ['unconverted', [7]],
      ['invalid', [8]],
      ['filtered', [9]],
    ]);
    expect(encoding.payloads.map(({ items }) => items)).toEqual([{ from: 3, to: 4 }]);
  });

  test('old points are sent by accounts that may', async () => {
    const records = ofResource({}, metric('m', GAUGE, { value: 1, endTime: [1_600_000_000, 0] }));
    const { payloads, drops } = await encode('metrics', records, { metrics: { historical: true } });
    expect([payloads.length, drops.length]).toEqual([1, 0]);
  });

  test('a point without time has that of the batch', async () => {
    for (const endTime of [
      [0, 0],
      [Number.NaN, Number.NaN],
    ] as const) {
      const [series] = await seriesOf([metric('m', GAUGE, { value: 1, endTime })]);
      expect(series?.points[0]?.timestamp).toBe(NOW / 1000);
    }
  });
});

describe('points of one series and second', () => {
  const later: readonly [number, number] = [1_700_000_010, 900_000_000];

  test('counts add up, gauges keep the last, and all of their items go together', async () => {
    const encoding = await encode(
      'metrics',
      ofResource(
        {},
        metric('c', SUM, { value: 1 }, { value: 2, endTime: later }),
        metric('g', GAUGE, { value: 5, endTime: later }, { value: 4 }),
      ),
    );
    const series = readSeries(bodyOf(encoding));
    expect(series.map(({ metric: name, points }) => [name, points])).toEqual([
      ['c', [{ value: 3, timestamp: 1_700_000_010 }]],
      ['g', [{ value: 5, timestamp: 1_700_000_010 }]],
    ]);
    expect(encoding.payloads[0]?.items).toEqual({ from: 0, to: 4 });
  });

  test('distributions merge', async () => {
    const value = (count: number) => ({ buckets: { boundaries: [1], counts: [count, 0] }, count, sum: count });
    const records = ofResource({}, metric('h', HISTOGRAM, { value: value(2) }, { value: value(3), endTime: later }));
    expect(readSketches(bodyOf(await encode('metrics', records)))[0]?.dogsketches).toMatchObject([
      { cnt: 5, sum: 5, k: [1338], n: [5] },
    ]);
  });

  test('bucket counts merge', async () => {
    const value = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 3 };
    const records = [metric('h', HISTOGRAM, { value }, { value, endTime: later })];
    const series = await seriesOf(records, { metrics: { histograms: 'counters' } });
    expect(series.map(({ points }) => points[0]?.value ?? 0)).toEqual([6, 6, 2, 4]);
  });

  test('names that Datadog cannot tell apart are one series, and that is said once', async () => {
    const records = ofResource({}, metric('a-b', SUM, { value: 1 }), metric('a_b', SUM, { value: 2 }));
    const encoding = await encode('metrics', records);
    expect(readSeries(bodyOf(encoding))).toMatchObject([{ metric: 'a_b', points: [{ value: 3 }] }]);
    expect(encoding.payloads[0]?.body.warning).toMatch(/"a-b" and "a_b" are both a_b/);
  });

  test('other hosts and other tags stay apart', async () => {
    const records = [
      ...ofResource({ 'host.name': 'a' }, metric('c', SUM, { value: 1 })),
      ...ofResource({ 'host.name': 'b' }, metric('c', SUM, { value: 1 }, { value: 1, attributes: { x: 1 } })),
    ];
    expect(readSeries(bodyOf(await encode('metrics', records)))).toHaveLength(3);
  });
});

describe('limits', () => {
  test('requests are cut by bytes, and no item is in two of them', async () => {
    const points = Array.from({ length: 6000 }, (_, i) => ({
      value: i,
      attributes: { id: `${i}`, filler: 'x'.repeat(150) },
    }));
    for (const encoding of ['protobuf', 'json']) {
      const block = { compression: 'none', encoding };
      const { payloads, drops } = await encode('metrics', ofResource({}, metric('m', GAUGE, ...points)), block);
      expect(payloads.length).toBeGreaterThan(1);
      let items = 0;
      for (const { body, items: carried } of payloads) {
        expect(Buffer.from((body.requests[0]?.body ?? '') as Uint8Array).length).toBeLessThanOrEqual(512_000);
        items += numbers(carried).length;
      }
      expect([items, drops.length]).toEqual([6000, 0]);
    }
  });

  test('a point that no request takes is dropped alone', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`${'k'.repeat(180)}${i}`, i]));
    const records = ofResource(
      {},
      metric('m', GAUGE, { value: 1 }, { value: 2, attributes }, { value: 3, endTime: START }),
    );
    const encoding = await encode('metrics', records, { compression: 'none' });
    expect(dropsOf(encoding)).toEqual([['too_large', [1]]]);
    expect(encoding.payloads.flatMap(({ items }) => numbers(items))).toEqual([0, 2]);
  });

  test('the loop gets a turn at least every 256 points', async () => {
    const points = Array.from({ length: 600 }, (_, i) => ({ value: i, attributes: { i } }));
    const exporter = await exporterOf('metrics');
    const batch = batchFromRecords('metrics', ofResource({}, metric('m', GAUGE, ...points)));
    const turns = [...exporter.encode(batch, { now: NOW, id: 'b', mode: undefined })].filter(
      (each) => each === undefined,
    );
    expect(turns.length).toBeGreaterThanOrEqual(4);
  });
});
