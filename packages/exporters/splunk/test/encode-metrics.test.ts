import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { MetricRecord } from '@telemetryflow/otlp';
import { corpus, isSplunkMetric, itemIds, readSplunkEvents } from '@telemetryflow/testkit';
import { dropsOf, encodeAll, eventsOf, itemsIn, metric, metricsOf, payloadsOf, TIME, textOf } from './setup.ts';

const golden = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8').trim();
const REAL = { index: 'main', metrics_index: 'm' };
const LAT = {
  buckets: { boundaries: [10, 100], counts: [2, 3, 1] },
  sum: 150,
  count: 6,
};

async function fieldsOf(...args: MetricRecord[]): Promise<Record<string, unknown>[]> {
  return (await eventsOf('metrics', REAL, metricsOf(...args))).map(({ fields }) => {
    const { 'service.name': _service, ...rest } = fields ?? {};
    return rest;
  });
}

describe('metrics of a metrics index', () => {
  test('gauges of equal dimensions share an event, byte for byte', async () => {
    const attributes = { q: 'in' };
    const records = metricsOf(
      metric('queue.depth', {}, [{ attributes, value: 7, valueType: 0 }]),
      metric('cpu.load', {}, [{ attributes, value: 0.5 }]),
    );
    expect(textOf(await encodeAll('metrics', REAL, records))).toBe(golden('gauges.json'));
    const apart = await eventsOf('metrics', { ...REAL, multi_metric: false }, records);
    expect(apart.map(({ fields }) => Object.keys(fields ?? {}).at(-1))).toEqual([
      'metric_name:queue.depth',
      'metric_name:cpu.load',
    ]);
  });

  test('a histogram is a sum, a count and cumulative buckets, byte for byte', async () => {
    const records = metricsOf(metric('lat', { dataPointType: 0 }, [{ value: LAT }]));
    expect(textOf(await encodeAll('metrics', REAL, records))).toBe(golden('histogram.jsonl'));
  });

  test('histograms of equal dimensions share their events, and stay in one request', async () => {
    const two = ['a', 'b'].map((name) => metric(name, { dataPointType: 0 }, [{ value: LAT }]));
    const [payload] = payloadsOf(await encodeAll('metrics', REAL, metricsOf(...two)));
    expect(payload?.items).toEqual([0, 1]);
    expect(payload?.body.events).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  test('points of equal dimensions share a request only as far as it has room', async () => {
    const all = Array.from({ length: 300 }, (_, i) => metric(`some.long.name.of.a.metric.${i}`, {}, [{ value: i }]));
    const payloads = payloadsOf(await encodeAll('metrics', { ...REAL, max_content_length: '4KiB' }, metricsOf(...all)));
    expect(Math.max(...payloads.map(({ body }) => body.body.length))).toBeLessThanOrEqual(4096);
    expect(payloads.flatMap(({ items }) => items as number[])).toEqual(all.map((_, i) => i));
  });

  test('a point without time has none, whenever its sum began', async () => {
    const points = metricsOf(metric('a', {}, [{ endTime: [0, 0], startTime: TIME }]));
    for (const block of [REAL, { index: 'main' }]) {
      const [event] = await eventsOf('metrics', block, points);
      expect(event).not.toHaveProperty('time');
    }
  });

  test('the same metric twice in one place begins a new event', async () => {
    const events = await fieldsOf(metric('a', {}, [{ value: 1 }, { value: 2 }]));
    expect(events.map((fields) => fields['metric_name:a'])).toEqual([1, 2]);
  });

  test('minimum and maximum, and histograms without buckets or sum', async () => {
    const bare = { buckets: { boundaries: [], counts: [] }, count: 4, min: 1, max: 9, sum: Number.NaN };
    expect(await fieldsOf(metric('lat', { dataPointType: 0 }, [{ value: bare }]))).toEqual([
      { metric_type: 'Histogram', 'metric_name:lat_count': 4, 'metric_name:lat_min': 1, 'metric_name:lat_max': 9 },
    ]);
  });

  test('an exponential histogram has the upper bounds of its filled buckets', async () => {
    const value = {
      count: 10,
      sum: 1,
      scale: 0,
      zeroCount: 1,
      zeroThreshold: 0,
      positive: { offset: 0, bucketCounts: [2, 0, 3] },
      negative: { offset: 1, bucketCounts: [4] },
    };
    const events = await fieldsOf(metric('e', { dataPointType: 1 }, [{ value }]));
    expect(events.slice(1).map((fields) => [fields['le'], fields['metric_name:e_bucket']])).toEqual([
      ['-2', 4],
      ['0', 5],
      ['2', 7],
      ['8', 10],
      ['+Inf', 10],
    ]);
  });

  test('a summary has an event per quantile', async () => {
    const value = {
      count: 3,
      sum: 6,
      quantiles: [
        { quantile: 0.5, value: 2 },
        { quantile: 1, value: Number.NaN },
      ],
    };
    expect(await fieldsOf(metric('s', { dataPointType: 4 }, [{ value }]))).toEqual([
      { metric_type: 'Summary', 'metric_name:s_sum': 6, 'metric_name:s_count': 3 },
      { metric_type: 'Summary', qt: '0.5', 'metric_name:s_0.5': 2 },
    ]);
  });

  test('integers keep every digit', async () => {
    const records = metricsOf(metric('n', {}, [{ value: 9_007_199_254_740_993n }]));
    expect(textOf(await encodeAll('metrics', REAL, records))).toContain('"metric_name:n":9007199254740993}');
  });

  test('names and dimensions take the shape that Splunk demands', async () => {
    const attributes = { _a: 1, metric_name: 'x', 'metric_name:y': 2, metric_type: 3, le: 4, '': 5, deep: { a: true } };
    expect(await fieldsOf(metric('a/b c', {}, [{ attributes, value: 1 }]))).toEqual([
      {
        attr_a: '1',
        'attr.metric_name': 'x',
        'attr.metric_name:y': '2',
        'attr.metric_type': '3',
        'attr.le': '4',
        attr_: '5',
        'deep.a': 'true',
        metric_type: 'Gauge',
        'metric_name:a_b_c': 1,
      },
    ]);
  });

  test('names that become equal: the first keeps it, the others are dropped with the reason', async () => {
    const records = metricsOf(metric('a/b', {}, [{}]), metric('a_b', {}, [{}, {}]));
    const encoded = await encodeAll('metrics', REAL, records);
    expect(dropsOf(encoded)).toMatchObject([{ dropped: { from: 1, to: 3 }, reason: 'unsupported' }]);
  });

  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])(
    'a point of %p is dropped with the reason',
    async (value) => {
      const encoded = await encodeAll('metrics', REAL, metricsOf(metric('a', {}, [{ value }, { value: 1 }])));
      expect(dropsOf(encoded)).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'unsupported' }]);
      const flagged = await encodeAll('metrics', REAL, metricsOf(metric('a', {}, [{ flags: 1 }])));
      expect(dropsOf(flagged)).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'unsupported' }]);
    },
  );

  test('every kind of point and value is something a metrics index keeps', async () => {
    const records = corpus().metrics;
    const encoded = await encodeAll('metrics', REAL, records);
    const events = readSplunkEvents(textOf(encoded));
    expect(events.filter((event) => !isSplunkMetric(event))).toEqual([]);
    const ids = new Set(events.map(({ fields }) => String(fields?.['item.id'])));
    const dropped = itemsIn(dropsOf(encoded));
    expect(ids.size + dropped).toBe(itemIds(records).length);
  });
});

describe('metrics as events', () => {
  const SHARED = { index: 'main' };

  test('say all that a data point says', async () => {
    const sum = metric('bytes', { dataPointType: 3, isMonotonic: true, aggregationTemporality: 0 } as object, [
      { value: 5, startTime: [1_699_999_990, 0], attributes: { k: 1 } },
    ]);
    const described = { ...sum, descriptor: { ...sum.descriptor, unit: 'By' } };
    const [event] = await eventsOf('metrics', SHARED, metricsOf(described as typeof sum));
    expect(event).toEqual({
      time: 1_700_000_000.123,
      host: 'web-1',
      source: 'tfo-agent',
      sourcetype: 'tfo-agent:metrics',
      index: 'main',
      event: {
        name: 'bytes',
        type: 'sum',
        unit: 'By',
        temporality: 'delta',
        monotonic: true,
        start_time: 1_699_999_990,
        value: 5,
      },
      fields: { 'service.name': 'checkout', k: 1 },
    });
  });

  test('hold cumulative buckets and quantiles', async () => {
    const quantiles = [
      { quantile: 0.5, value: 2 },
      { quantile: Number.NaN, value: 3 },
    ];
    const summary = { count: 3, sum: 6, quantiles };
    const events = await eventsOf(
      'metrics',
      SHARED,
      metricsOf(
        metric('lat', { dataPointType: 0 }, [{ value: LAT }]),
        metric('s', { dataPointType: 4 }, [{ value: summary }]),
      ),
    );
    expect(events.map(({ event }) => event)).toEqual([
      {
        name: 'lat',
        type: 'histogram',
        temporality: 'cumulative',
        count: 6,
        sum: 150,
        buckets: [
          { le: '10', count: 2 },
          { le: '100', count: 5 },
          { le: '+Inf', count: 6 },
        ],
      },
      { name: 's', type: 'summary', count: 3, sum: 6, quantiles: [{ q: 0.5, value: 2 }] },
    ]);
    expect(events[0]?.time).toBe(TIME[0] + 0.123);
    const odd = metric('o', { dataPointType: 0 }, [{ value: { ...LAT, count: Number.NaN, sum: Number.NaN } }]);
    const [event] = await eventsOf('metrics', SHARED, metricsOf(odd));
    expect(Object.keys(event?.event ?? {})).toEqual(['name', 'type', 'temporality', 'buckets']);
  });

  test('hold every kind of point', async () => {
    const records = corpus().metrics;
    const encoded = await encodeAll('metrics', SHARED, records);
    const events = readSplunkEvents(textOf(encoded));
    const dropped = itemsIn(dropsOf(encoded));
    expect(events.length + dropped).toBe(itemIds(records).length);
  });
});
