import { describe, expect, test } from '@jest/globals';
import { createTemporalityConverter } from '@telemetryflow/metrics';
import { DataPointType, type MetricRecord } from '@telemetryflow/otlp';
import { type CloudwatchDatum, cloudwatchDatums } from '@telemetryflow/testkit';
import { type MetricsBody, metricsEncoder } from '../src/encode-metrics.ts';
import {
  configure,
  gauge,
  HOUR,
  histogram,
  metric,
  metricBatch,
  NOW,
  numbers,
  RESOURCE,
  type Split,
  split,
} from './fixtures.ts';

async function encoded(
  metrics: readonly MetricRecord[],
  block: Record<string, unknown> = {},
  resource = {},
): Promise<Split<MetricsBody> & { readonly datums: readonly CloudwatchDatum[]; readonly texts: readonly string[] }> {
  const encode = metricsEncoder(await configure(block));
  const batch = metricBatch(metrics, { attributes: resource });
  const result = split(encode(batch, { now: NOW }));
  const texts = result.payloads.map(({ body }) => body.json.toString());
  // The strict service reads what was written: it shares no code with the encoder.
  return { ...result, texts, datums: texts.flatMap((text) => cloudwatchDatums(text, NOW)) };
}

const DELTA_SUM = { dataPointType: DataPointType.SUM, isMonotonic: true };
const EXTREMES = [
  { quantile: 0, value: 1 },
  { quantile: 1, value: 9 },
];
const FOUR = { buckets: { boundaries: [10, 20], counts: [0, 4, 0] }, count: 4, sum: 62, min: 12, max: 18 };

describe('golden requests', () => {
  test('a delta sum, byte for byte', async () => {
    const { texts } = await encoded([
      metric('http.requests', '{request}', { ...DELTA_SUM, value: 5 }, { attributes: { route: '/a' } }),
    ]);
    expect(texts).toEqual([
      '{"Namespace":"TelemetryFlow","MetricData":[{"MetricName":"http.requests","Dimensions":[{"Name":"route","Value":"/a"}],"Timestamp":1700000000.123,"Value":5,"Unit":"Count"}]}',
    ]);
  });

  test.each([
    [
      { buckets: { boundaries: [5, 10, 25], counts: [2, 3, 0, 1] }, count: 6, sum: 56.5, min: 1, max: 30 },
      { Values: [1, 3, 7.5, 30], Counts: [1, 1, 3, 1] },
    ],
    [FOUR, { Values: [12, 16, 18], Counts: [1, 2, 1] }],
  ])('a histogram keeps count, sum, minimum and maximum: %j', async (value, expected) => {
    const { datums } = await encoded([histogram(value)]);
    expect(datums).toMatchObject([{ ...expected, Unit: 'Milliseconds' }]);
    const { Values = [], Counts = [] } = datums[0] ?? {};
    expect(Values.reduce((sum, v, i) => sum + v * (Counts[i] ?? 0), 0)).toBeCloseTo(value.sum, 9);
    expect(Counts.reduce((sum, count) => sum + count, 0)).toBe(value.count);
  });

  test('a histogram as statistics', async () => {
    const { datums } = await encoded([histogram(FOUR)], { histogram_mode: 'statistics' });
    expect(datums[0]?.StatisticValues).toEqual({ SampleCount: 4, Sum: 62, Minimum: 12, Maximum: 18 });
    expect(datums[0]).not.toHaveProperty('Values');
  });

  test('a cumulative counter 10, 15, 3 becomes a baseline, 5 and 3', async () => {
    const converter = createTemporalityConverter({ target: 'delta', startedAtMs: NOW });
    const values: (number | undefined)[] = [];
    for (const [step, value] of [10, 15, 3].entries()) {
      const cumulative = {
        ...metric('c', '1', { ...DELTA_SUM, value }, { endTime: [1_700_000_000 + step, 0] }),
        aggregationTemporality: 1,
      };
      const [record] = metricBatch([cumulative]).records();
      const { records } = converter.convert(record === undefined ? [] : [record], NOW);
      const converted = records.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
      const { datums } = await encoded(converted);
      values.push(datums[0]?.Value);
    }
    expect(values).toEqual([undefined, 5, 3]);
  });
});

describe('values', () => {
  test.each([
    [
      'an exponential histogram',
      metric('e', 's', { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, value: exponential() }),
    ],
    ['a histogram without bounds', histogram({ buckets: { boundaries: [], counts: [] }, count: 3, sum: 9 })],
    ['a histogram without minimum and maximum', histogram({ ...FOUR, min: undefined, max: undefined })],
    ['a summary without extremes', summary([{ quantile: 0.5, value: 3 }])],
  ])('%s is taken by the service', async (_name, one) => {
    const { datums, drops } = await encoded([one]);
    expect(datums.length).toBeGreaterThan(0);
    expect(drops).toEqual([]);
  });

  test('more than 150 values go on in further datums of one request', async () => {
    const bounds = Array.from({ length: 400 }, (_, i) => i + 1);
    const counts = Array.from({ length: 401 }, () => 1);
    const { datums, payloads } = await encoded([
      histogram({ buckets: { boundaries: bounds, counts }, count: 401, sum: 80_000 }),
    ]);
    expect(datums.map(({ Values }) => Values?.length)).toEqual([150, 150, 101]);
    expect(payloads[0]?.body.owners).toEqual([0, 0, 0]);
  });

  test('a summary with its extremes is a set of statistics, one without is gauges, a sum and a count', async () => {
    const { datums } = await encoded([
      summary(EXTREMES),
      summary([
        { quantile: 0.5, value: 3 },
        { quantile: 0.9, value: Number.NaN },
      ]),
    ]);
    expect(datums[0]?.StatisticValues).toEqual({ SampleCount: 10, Sum: 55.5, Minimum: 1, Maximum: 9 });
    expect(
      datums.slice(1).map(({ MetricName, Value, Unit, Dimensions }) => [MetricName, Value, Unit, Dimensions]),
    ).toEqual([
      ['rpc.sum', 55.5, 'Seconds', undefined],
      ['rpc.count', 10, 'Count', undefined],
      ['rpc', 3, 'Seconds', [{ Name: 'quantile', Value: '0.5' }]],
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 361, -(2 ** 361)])(
    '%d is dropped, because it would fail the whole request',
    async (value) => {
      const { datums, drops } = await encoded([gauge('a', 1), gauge('b', value), gauge('c', 3)]);
      expect(datums.map(({ MetricName }) => MetricName)).toEqual(['a', 'c']);
      expect(drops).toMatchObject([{ items: [1], reason: 'invalid' }]);
    },
  );

  test.each([
    ['a point without a recorded value', gauge('gone', 1, { flags: 1 }), /recorded value/],
    ['a point without a value', gauge('gone', undefined), /recorded value/],
    ['an empty histogram', histogram({ buckets: { boundaries: [10], counts: [0, 0] }, count: 0, sum: 0 }), /measurem/],
    ['a summary of nothing', summary(EXTREMES, { count: 0, sum: 0 }), /measurements/],
  ])('%s is not sent, and counted as what it is, alone or among others', async (_name, silent, detail) => {
    const dropped = (item: number) => [{ items: [item], reason: 'filtered', detail: expect.stringMatching(detail) }];
    const among = await encoded([gauge('a', 1), silent, gauge('b', 1)]);
    expect(among.payloads.map(({ items, body }) => [numbers(items), body.owners])).toEqual([
      [
        [0, 2],
        [0, 2],
      ],
    ]);
    expect(among.drops).toEqual(dropped(1));
    const alone = await encoded([silent]);
    expect([alone.payloads, alone.drops]).toEqual([[], dropped(0)]);
  });

  test('an interval without measurements is zeros, where a summary is a sum and a count', async () => {
    const { datums, drops } = await encoded([summary([{ quantile: 0.5, value: Number.NaN }], { count: 0, sum: 0 })]);
    expect(datums.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([
      ['rpc.sum', 0],
      ['rpc.count', 0],
    ]);
    expect(drops).toEqual([]);
  });

  test.each([
    ['s', 1.5, 'Seconds', 1.5],
    ['ns', 2000, 'Microseconds', 2],
    ['min', 2, 'Seconds', 120],
    ['MiBy', 1, 'Bytes', 1_048_576],
    ['kBy/s', 3, 'Kilobytes/Second', 3],
    ['{request}/s', 3, 'Count/Second', 3],
    ['%', 50, 'Percent', 50],
    ['1', 3, 'None', 3],
    ['Terabits/Second', 3, 'Terabits/Second', 3],
    ['furlong', 3, 'None', 3],
  ])('unit %s: %d becomes %s %d', async (unit, value, name, expected) => {
    const { datums } = await encoded([gauge('a', value, {}, unit)]);
    expect(datums[0]?.Unit).toBe(name);
    expect(datums[0]?.Value).toBeCloseTo(expected, 9);
  });
});

describe('dimensions', () => {
  test('resource picks come first, then attributes sorted by key, 30 at most; what is cut is counted', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${String(99 - i)}`, i]));
    const { datums, payloads } = await encoded([gauge('a', 1, { attributes })], {}, RESOURCE.attributes);
    const names = datums[0]?.Dimensions?.map(({ Name }) => Name) ?? [];
    expect(names.slice(0, 3)).toEqual(['service.name', 'k60', 'k61']);
    expect(names).toHaveLength(30);
    expect(payloads[0]?.body.cutDimensions).toBe(11);
  });

  test.each([
    ['attributes: none', { attributes: 'none' }, ['service.name']],
    ['a list of attributes', { attributes: ['b'] }, ['service.name', 'b']],
    ['scope', { scope: true, attributes: 'none' }, ['service.name', 'otel.scope.name', 'otel.scope.version']],
    ['other resource attributes', { resource: ['host.name'] }, ['host.name', 'a', 'b']],
    ['max', { max: 1 }, ['service.name']],
  ])('%s chooses', async (_name, dimensions, expected) => {
    const resource = { 'service.name': 'checkout', 'host.name': 'h' };
    const { datums } = await encoded([gauge('m', 1, { attributes: { b: 1, a: 2 } })], { dimensions }, resource);
    expect(datums[0]?.Dimensions?.map(({ Name }) => Name)).toEqual(expected);
  });

  test('values of every type become text, blank ones go, and names that collide keep the first', async () => {
    const attributes = {
      b: true,
      e: '',
      n: null,
      l: [1, 'x'],
      z: ' ',
      u: new Uint8Array([1]),
      ä: 1,
      ö: 2,
      ':c': 3,
      i: 2n ** 60n,
    };
    const { datums, payloads } = await encoded([gauge('m', 1, { attributes })]);
    expect(Object.fromEntries((datums[0]?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]))).toEqual({
      _c: '3',
      b: 'true',
      i: '1152921504606846976',
      l: '[1,"x"]',
      u: 'AQ==',
      _: '1',
    });
    expect(payloads[0]?.body.cutDimensions).toBe(1);
  });

  test.each(['C:\\dir\\', '\\', '"', '\u007f', '~ !'])('the value %j arrives as it is, or in ASCII', async (value) => {
    const { datums } = await encoded([gauge('m', 1, { attributes: { a: value, [`k${value}`]: 1 } })]);
    const ascii = value.replace('\u007f', '_');
    expect(datums[0]?.Dimensions).toEqual([
      { Name: 'a', Value: ascii },
      { Name: `k${ascii}`, Value: '1' },
    ]);
  });

  test.each([
    [1024, 255],
    [1025, 256],
  ])('values of %d and names of %d characters are cut to what CloudWatch takes', async (valueLength, nameLength) => {
    const attributes = { [`a${'n'.repeat(nameLength - 1)}`]: `${'v'.repeat(valueLength - 1)}w` };
    const [{ Dimensions: [dimension] = [] } = {}] = (await encoded([gauge('m', 1, { attributes })])).datums;
    expect([dimension?.Name.length, dimension?.Value.length]).toEqual([255, 1024]);
    expect(dimension?.Value.endsWith('w')).toBe(valueLength === 1024);
  });

  test('no value can end its string or be taken for another member', async () => {
    const attributes = { 'k"},{': '"}],"Value":9,"x":[{"', '\\': '\u0000\n\ud83d😀"\\' };
    const { datums } = await encoded([gauge('m"', 1, { attributes })]);
    expect(datums).toMatchObject([
      { MetricName: 'm"', Value: 1, Dimensions: [{ Value: '____"\\' }, { Name: 'k"},{' }] },
    ]);
  });

  test.each([
    ['single', [['a', 'b'], ['a'], ['b']]],
    ['zero_and_single', [['a', 'b'], ['a'], ['b'], []]],
  ])('rollup %s adds metrics with fewer dimensions', async (rollup, expected) => {
    const { datums } = await encoded([gauge('m', 1, { attributes: { a: 1, b: 2 } })], {
      dimension_rollup_option: rollup,
    });
    expect(datums.map(({ Dimensions = [] }) => Dimensions.map(({ Name }) => Name))).toEqual(expected);
  });

  test('names of metrics and the namespace become what CloudWatch takes', async () => {
    const { datums, texts } = await encoded([gauge(`é${'x'.repeat(300)}`, 1)], { namespace: 'Ünsere App!' });
    expect(datums[0]?.MetricName).toBe(`_${'x'.repeat(254)}`);
    expect(texts[0]).toContain('"Namespace":"_nsere App_"');
  });
});

describe('limits', () => {
  test('at most 1000 datums go into a request, and a point is never cut in two', async () => {
    const bounds = Array.from({ length: 299 }, (_, i) => i + 1);
    const wide = histogram({
      buckets: { boundaries: bounds, counts: [...bounds.map(() => 1), 1] },
      count: 300,
      sum: 45_000,
    });
    const { payloads, datums } = await encoded([...Array.from({ length: 999 }, (_, i) => gauge(`g${i}`, i)), wide]);
    expect(payloads.map(({ body }) => body.owners.length)).toEqual([999, 2]);
    expect(payloads.map(({ items }) => numbers(items).length)).toEqual([999, 1]);
    expect(datums).toHaveLength(1001);
  });

  test('at most 950 KB go into a request', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, 'v'.repeat(1000)]));
    const { payloads } = await encoded(Array.from({ length: 100 }, (_, i) => gauge(`g${i}`, i, { attributes })));
    expect(payloads.length).toBe(3);
    for (const { body } of payloads) expect(body.json.length).toBeLessThanOrEqual(950_000);
  });

  test('a point that alone exceeds a request is dropped', async () => {
    const quantiles = Array.from({ length: 1200 }, (_, i) => ({ quantile: (i + 1) / 2000, value: i }));
    const { drops, datums } = await encoded([gauge('a', 1), summary(quantiles), gauge('b', 2)]);
    expect(drops).toMatchObject([{ items: [1], reason: 'too_large' }]);
    expect(datums.map(({ MetricName }) => MetricName)).toEqual(['a', 'b']);
  });

  test('points older than two weeks or more than two hours ahead are dropped', async () => {
    const at = (ms: number) => ({ endTime: [Math.floor(ms / 1000), 0] as const });
    const { datums, drops } = await encoded([
      gauge('old', 1, at(NOW - 14 * 24 * HOUR - 1000)),
      gauge('fine', 1, at(NOW - 13 * 24 * HOUR)),
      gauge('ahead', 1, at(NOW + 2 * HOUR + 1000)),
      gauge('no time', 1, { endTime: [0, 0] }),
    ]);
    expect(drops).toMatchObject([
      { items: [0], reason: 'too_old' },
      { items: [2], reason: 'invalid' },
    ]);
    expect(datums.map(({ Timestamp }) => Timestamp)).toEqual([(NOW - 13 * 24 * HOUR) / 1000, NOW / 1000]);
  });

  test('a request tells how old its oldest point is, so that it can become too old while it waits', async () => {
    const times = [NOW - 3000, NOW - 9000, NOW].map((ms) => ({ endTime: [ms / 1000, 0] as const }));
    const { payloads } = await encoded(times.map((time, i) => gauge(`g${i}`, 1, time)));
    expect(payloads.map(({ oldestMs }) => oldestMs)).toEqual([NOW - 9000]);
  });

  test('metrics whose name matches a pattern are stored every second', async () => {
    const { datums } = await encoded([gauge('cpu.load', 1), gauge('cpu', 1), gauge('xcpu.a', 1)], {
      metric_resolution: { 'cpu.*': 1, '*': 60 },
    });
    expect(datums.map(({ StorageResolution }) => StorageResolution)).toEqual([1, undefined, undefined]);
  });
});

function exponential(): object {
  const buckets = (n: number) => ({ offset: -3, bucketCounts: Array.from({ length: n }, () => 2) });
  return {
    count: 643,
    sum: 900,
    scale: 3,
    zeroCount: 3,
    zeroThreshold: 0,
    positive: buckets(160),
    negative: buckets(160),
    min: -1e6,
    max: 1e6,
  };
}

function summary(quantiles: readonly object[], totals = { count: 10, sum: 55.5 }): MetricRecord {
  return metric('rpc', 's', { dataPointType: DataPointType.SUMMARY, value: { ...totals, quantiles } });
}
