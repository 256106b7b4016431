import { describe, expect, test } from '@jest/globals';
import {
  AggregationTemporality,
  DataPointType,
  type MetricRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { golden, hrTime, readNewrelicItems } from '@telemetryflow/testkit';
import { encodeAll, payloadsOf, RESOURCE, requestOf, SCOPE, WINDOW } from './setup.ts';

const POINT = { startTime: hrTime(WINDOW.startMs), endTime: hrTime(WINDOW.endMs), attributes: {} };

type Parts = Record<string, unknown> & { readonly name?: string; readonly unit?: string };

function metric(parts: Parts, ...points: readonly Record<string, unknown>[]): MetricRecord {
  const { name = 'm', unit = '', description = '', ...rest } = parts;
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.DELTA,
    dataPointType: DataPointType.GAUGE,
    dataPoints: points.map((point) => ({ ...POINT, ...point })),
    ...rest,
  } as unknown as MetricRecord;
}

const counter = (name: string, ...points: readonly Record<string, unknown>[]): MetricRecord =>
  metric({ name, dataPointType: DataPointType.SUM, isMonotonic: true }, ...points);

function of(...metrics: readonly MetricRecord[]): ResourceMetricsRecord[] {
  return [{ resource: RESOURCE, scopeMetrics: [{ scope: SCOPE, metrics }] }];
}

type Sent = { metrics: Record<string, unknown>[] }[];

async function sent(...metrics: readonly MetricRecord[]): Promise<Record<string, unknown>[]> {
  return ((await requestOf('metrics', of(...metrics))) as Sent).flatMap((block) => block.metrics);
}

async function dropped(...metrics: readonly MetricRecord[]): Promise<unknown[]> {
  const all = await encodeAll('metrics', of(...metrics), { protocol: 'api' });
  return all.flatMap((each) => ('dropped' in each ? [[each.reason, each.dropped]] : []));
}

describe('golden requests', () => {
  test('a counter, a gauge and a histogram, byte for byte', async () => {
    const histogram = {
      value: { buckets: { boundaries: [0.1], counts: [1, 2] }, count: 3, sum: 0.75, min: 0.05, max: 0.5 },
    };
    const [payload] = payloadsOf(
      await encodeAll(
        'metrics',
        of(
          counter('http.requests', { value: 42, attributes: { 'http.method': 'GET' } }),
          metric({ name: 'queue.depth' }, { value: 7 }),
          metric({ name: 'http.duration', unit: 's', dataPointType: DataPointType.HISTOGRAM }, histogram),
        ),
        { protocol: 'api' },
      ),
    );
    golden(import.meta.url, 'metrics.json').bytes(`${Buffer.from(payload?.body.body ?? [])}\n`);
  });

  test('names with a meaning of their own get the prefix attr.', async () => {
    const [only] = await sent(
      metric({ name: 'queue.depth' }, { value: 1, attributes: { count: 3, 'queue.depth': 'x' } }),
    );
    expect(only?.['attributes']).toEqual({ 'attr.count': 3, 'attr.queue.depth': 'x' });
  });

  test('of a renamed attribute and one of its new name one is kept', async () => {
    const [payload] = payloadsOf(
      await encodeAll('metrics', of(metric({}, { value: 1, attributes: { 'attr.count': 1, count: 2 } })), {
        protocol: 'api',
      }),
    );
    const text = Buffer.from(payload?.body.body ?? []).toString();
    expect(text.match(/"attr\.count"/g)).toHaveLength(1);
    expect(text).toContain('"attr.count":2');
    expect(payload?.body.losses.attributes).toBe(1);
  });
});

describe('the name of the metric itself', () => {
  test('is no attribute of its points, wherever it would come from', async () => {
    const resource = { attributes: { ...RESOURCE.attributes, 'process.pid': 7 } };
    const scope = { ...SCOPE, attributes: { unit: 'x' } };
    const metrics = ['process.pid', 'unit', 'other'].map((name) => metric({ name, unit: 's' }, { value: 1 }));
    const [payload] = payloadsOf(
      await encodeAll('metrics', [{ resource, scopeMetrics: [{ scope, metrics }] }], { protocol: 'api' }),
    );
    const items = readNewrelicItems('metrics', `${Buffer.from(payload?.body.body ?? [])}`, WINDOW.endMs);
    expect(items.map(({ attributes }) => attributes)).toMatchObject([
      { 'attr.process.pid': 7, unit: 's' },
      { 'process.pid': 7, 'attr.unit': 's' },
      { 'process.pid': 7, unit: 's' },
    ]);
  });

  test('is cut where the gauges of its quantiles would have one too long', async () => {
    const value = { count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: 1 }] };
    const [summary, gauge] = await sent(
      metric({ name: 'n'.repeat(254), dataPointType: DataPointType.SUMMARY }, { value }),
    );
    expect(summary?.['name']).toBe('n'.repeat(254));
    expect(gauge?.['name']).toBe(`${'n'.repeat(242)}.percentiles`);
  });
});

describe('points', () => {
  test('of a window that began too long ago for New Relic are told a shorter one', async () => {
    const hour = 3_600_000;
    const points = [
      { value: 1, startTime: hrTime(WINDOW.endMs - 60 * hour) },
      { value: 2, startTime: hrTime(WINDOW.endMs - 60 * hour), endTime: hrTime(WINDOW.endMs - 47.999 * hour) },
      { value: 3, startTime: [0, 0], endTime: hrTime(WINDOW.endMs - 48 * hour + 1) },
    ];
    const [payload] = payloadsOf(await encodeAll('metrics', of(counter('c', ...points)), { protocol: 'api' }));
    const items = readNewrelicItems('metrics', `${Buffer.from(payload?.body.body ?? [])}`, WINDOW.endMs);
    expect(items.map(({ fields }) => fields['value'])).toEqual([1, 2, 3]);
    const windows = items.map(({ fields }) => Number(fields['timestamp']) + Number(fields['interval.ms']));
    expect(windows).toEqual([0, 47.999, 48].map((age, at) => WINDOW.endMs - age * hour + (at === 2 ? 1 : 0)));
    expect(payload?.oldestMs).toBe(WINDOW.endMs - 48 * hour);
  });

  test('of a summary have a mean between their extremes, though the quantiles are of another window', async () => {
    const value = { count: 2, sum: 6, quantiles: [{ quantile: 0, value: 5 }] };
    const [only] = await sent(metric({ dataPointType: DataPointType.SUMMARY }, { value }));
    expect(only?.['value']).toEqual({ count: 2, sum: 6, min: 3, max: 3 });
  });

  test('a sum that can fall is a gauge', async () => {
    const level = metric({ dataPointType: DataPointType.SUM, isMonotonic: false }, { value: -3 });
    expect(await sent(level)).toEqual([{ name: 'm', type: 'gauge', value: -3, timestamp: WINDOW.endMs }]);
  });

  test('integers beyond 2^53 are rounded to what a double holds', async () => {
    expect((await sent(counter('c', { value: 9_223_372_036_854_775_807n })))[0]?.['value']).toBe(2 ** 63);
  });

  test('a start that is missing, or not before the end, is one flush interval ago', async () => {
    const metrics = await sent(counter('c', { value: 1, startTime: [0, 0] }, { value: 1, startTime: POINT.endTime }));
    for (const each of metrics) expect(each).toMatchObject({ timestamp: WINDOW.startMs, 'interval.ms': 10_000 });
  });

  test('the shortest interval is a millisecond, and times are whole milliseconds', async () => {
    const [only] = await sent(
      counter('c', { value: 1, startTime: hrTime(WINDOW.startMs, 1), endTime: hrTime(WINDOW.startMs + 1, 999_999) }),
    );
    expect(only).toMatchObject({ timestamp: WINDOW.startMs, 'interval.ms': 1 });
  });

  test('a summary keeps count, sum and extremes, and its quantiles become gauges', async () => {
    const value = {
      count: 4,
      sum: 10,
      quantiles: [
        { quantile: 0, value: 1 },
        { quantile: 0.999, value: 3.5 },
        { quantile: 0.5, value: Number.NaN },
        { quantile: 1, value: 4 },
      ],
    };
    const summary = metric({ dataPointType: DataPointType.SUMMARY }, { value, attributes: { a: 1, percentile: 'x' } });
    expect(await sent(summary)).toEqual([
      {
        name: 'm',
        type: 'summary',
        value: { count: 4, sum: 10, min: 1, max: 4 },
        timestamp: WINDOW.startMs,
        'interval.ms': 10_000,
        attributes: { a: 1, 'attr.percentile': 'x' },
      },
      {
        name: 'm.percentiles',
        type: 'gauge',
        value: 3.5,
        timestamp: WINDOW.endMs,
        attributes: { percentile: 99.9, a: 1, 'attr.percentile': 'x' },
      },
    ]);
  });

  test('a histogram without extremes takes them from its buckets', async () => {
    const value = { buckets: { boundaries: [1, 2, 5], counts: [0, 2, 1, 0] }, count: 3, sum: 6 };
    const [only] = await sent(metric({ dataPointType: DataPointType.HISTOGRAM }, { value }));
    expect(only?.['value']).toEqual({ count: 3, sum: 6, min: 1, max: 5 });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no recorded value', { value: 1, flags: 1 }, 'filtered'],
    ['no value', { value: undefined }, 'filtered'],
    ['NaN', { value: Number.NaN }, 'invalid'],
    ['an infinity', { value: Number.POSITIVE_INFINITY }, 'invalid'],
    ['48 hours and more of age', { value: 1, endTime: hrTime(WINDOW.endMs - 48 * 3_600_000 - 1) }, 'too_old'],
    ['a time 24 hours ahead', { value: 1, endTime: hrTime(WINDOW.endMs + 24 * 3_600_000 + 1) }, 'invalid'],
  ])('with %s are dropped, whichever protocol carries the others', async (_name, bad, reason) => {
    const metrics = [metric({}, { value: 1 }, bad, { value: 2 })];
    for (const protocol of ['api', 'otlp']) {
      const all = await encodeAll('metrics', of(...metrics), { protocol });
      expect(all.filter((each) => 'dropped' in each)).toMatchObject([{ dropped: { from: 1, to: 2 }, reason }]);
      expect(payloadsOf(all).map(({ items }) => items)).toEqual([[0, 2]]);
    }
  });

  test('at the limits of age are sent', async () => {
    const times = [WINDOW.endMs - 48 * 3_600_000, WINDOW.endMs + 24 * 3_600_000].map((ms) => hrTime(ms));
    const points = times.map((endTime) => ({ value: 1, endTime }));
    for (const protocol of ['api', 'otlp']) {
      const all = await encodeAll('metrics', of(metric({}, ...points)), { protocol });
      expect(payloadsOf(all).map(({ items }) => items)).toEqual([{ from: 0, to: 2 }]);
    }
  });

  test('that cannot be are dropped: negative counts, empty histograms, sums that are no number, names too long', async () => {
    const histogram = { dataPointType: DataPointType.HISTOGRAM };
    const buckets = { boundaries: [], counts: [1] };
    expect(
      await dropped(
        counter('c', { value: -1 }),
        metric(histogram, { value: { buckets, count: 0, sum: 0 } }),
        metric(histogram, { value: { buckets, count: 1, sum: Number.NaN } }),
        metric({ name: 'n'.repeat(255) }, { value: 1 }),
      ),
    ).toEqual([
      ['invalid', { from: 0, to: 1 }],
      ['filtered', { from: 1, to: 2 }],
      ['invalid', { from: 2, to: 3 }],
      ['invalid', { from: 3, to: 4 }],
    ]);
  });
});

describe('limits', () => {
  test('150 attributes: those of the resource that say what it is first, and a third for the point', async () => {
    const many = (prefix: string, n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`${prefix}${i}`, i]));
    const resource = { attributes: { ...many('r', 200), 'service.name': 'checkout' } };
    const records = [
      { resource, scopeMetrics: [{ scope: SCOPE, metrics: [metric({}, { value: 1, attributes: many('p', 80) })] }] },
    ];
    const [payload] = payloadsOf(await encodeAll('metrics', records, { protocol: 'api' }));
    const [item] = readNewrelicItems('metrics', Buffer.from(payload?.body.body ?? []).toString(), WINDOW.endMs);
    expect(Object.keys(item?.attributes ?? {})).toHaveLength(150);
    expect(item?.attributes).toMatchObject({ 'service.name': 'checkout', p0: 0, p49: 49 });
    expect(payload?.body.losses.attributes).toBe(204 - 100 + 80 - 50);
  });

  test('150 attributes, the percentile of a gauge among them', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, i]));
    const value = { count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: 1 }] };
    const records = of(metric({ unit: 's', dataPointType: DataPointType.SUMMARY }, { value, attributes }));
    const [payload] = payloadsOf(await encodeAll('metrics', records, { protocol: 'api' }));
    const items = readNewrelicItems('metrics', `${Buffer.from(payload?.body.body ?? [])}`, WINDOW.endMs);
    expect(items.map((each) => Object.keys(each.attributes).length)).toEqual([149, 150]);
  });

  test('long values are cut, long names left out, both are counted', async () => {
    const attributes = { [`k${'x'.repeat(255)}`]: 1, long: `${'a'.repeat(4095)}😀` };
    const [payload] = payloadsOf(
      await encodeAll('metrics', of(metric({}, { value: 1, attributes })), { protocol: 'api' }),
    );
    const [item] = readNewrelicItems('metrics', Buffer.from(payload?.body.body ?? []).toString(), WINDOW.endMs);
    expect(item?.attributes['long']).toBe('a'.repeat(4095));
    expect(payload?.body.losses.attributes).toBe(2);
  });

  test('requests are cut at their largest size, or at the one found out since', async () => {
    const points = Array.from({ length: 3000 }, (_, i) => ({ value: i, attributes: { series: `series-${i}` } }));
    const records = of(metric({ name: 'some.longer.name.of.a.metric' }, ...points));
    for (const [options, limit] of [
      [{ max_request_bytes: '100000' }, 100_000],
      [{ mode: 120_000 }, 120_000],
    ] as const) {
      const payloads = payloadsOf(await encodeAll('metrics', records, { protocol: 'api', ...options }));
      expect(payloads.length).toBeGreaterThan(2);
      for (const { body } of payloads) {
        expect(body.body.length).toBeLessThanOrEqual(limit);
        expect(readNewrelicItems('metrics', Buffer.from(body.body).toString(), WINDOW.endMs).length).toBeGreaterThan(0);
      }
      const items = payloads.flatMap(({ items }) => ('from' in items ? items.to - items.from : items.length));
      expect(items.reduce((sum, n) => sum + n, 0)).toBe(3000);
    }
  });
});
