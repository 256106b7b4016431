import { describe, expect, test } from '@jest/globals';
import {
  CUMULATIVE,
  createTemporalityConverter,
  DELTA,
  type ExplicitHistogram,
  type ExponentialHistogram,
  type TemporalityConverter,
} from '@telemetryflow/metrics';
import { at, batch, metric, point, pointsOf } from './points.ts';

const START_MS = 1000_000;

function toDelta(options: object = {}): TemporalityConverter {
  return createTemporalityConverter({ target: 'delta', startedAtMs: START_MS, ...options });
}

function sum(converter: TemporalityConverter, value: unknown, start: number, time: number): unknown {
  const { records, dropped } = converter.convert(
    batch(metric('sum', CUMULATIVE, [point(value, start, time)])),
    START_MS,
  );
  return dropped[0]?.detail ?? pointsOf(records)[0];
}

describe('cumulative to delta', () => {
  test('keeps the first point of an older series as baseline and then sends differences', () => {
    const converter = toDelta();
    expect(sum(converter, 100, 1, 2000)).toBe('first_point');
    expect(sum(converter, 130, 1, 2010)).toEqual(point(30, 2000, 2010));
    expect(sum(converter, 130, 1, 2020)).toEqual(point(0, 2010, 2020));
  });

  test('sends the first point whole when the series began after the start', () => {
    expect(sum(toDelta(), 7, 1001, 1010)).toEqual(point(7, 1001, 1010));
  });

  test('takes a new start time or a falling value as a restart', () => {
    const converter = toDelta();
    sum(converter, 100, 1, 2000);
    expect(sum(converter, 120, 2005, 2010)).toEqual(point(120, 2005, 2010));
    expect(sum(converter, 5, 2005, 2020)).toEqual(point(5, 2010, 2020));
    expect(sum(converter, 9, 2030, 2030)).toBe('unknown_start');
    expect(converter.stats.resets).toBe(3);
  });

  test('a start time that comes and goes is no restart', () => {
    const converter = toDelta();
    sum(converter, 100, 1, 2000);
    expect(sum(converter, 101, 0, 2010)).toEqual(point(1, 2000, 2010));
    expect(sum(converter, 103, 1, 2020)).toEqual(point(2, 2010, 2020));
  });

  test('drops points that are not newer than the last one and keeps the state', () => {
    const converter = toDelta();
    sum(converter, 100, 1, 2000);
    expect(sum(converter, 90, 1, 1990)).toBe('out_of_order');
    expect(sum(converter, 110, 1, 2000)).toBe('duplicate');
    expect(sum(converter, 130, 1, 2010)).toEqual(point(30, 2000, 2010));
  });

  test('stays exact beyond 2^53', () => {
    const converter = toDelta();
    sum(converter, 2n ** 60n + 1n, 1, 2000);
    expect(sum(converter, 2n ** 60n + 4n, 1, 2010)).toEqual(point(3, 2000, 2010));
  });

  test('a value that is not finite is dropped and spoils nothing', () => {
    const converter = toDelta();
    sum(converter, 1, 1, 2000);
    expect(sum(converter, Number.NaN, 1, 2010)).toBe('non_finite');
    expect(sum(converter, Number.POSITIVE_INFINITY, 1, 2015)).toBe('non_finite');
    expect(sum(converter, 3, 1, 2020)).toEqual(point(2, 2000, 2020));
  });

  test('explicit histograms differ bucket by bucket, without minimum and maximum', () => {
    const converter = toDelta();
    const histogram = (counts: number[], total: number): ExplicitHistogram => ({
      buckets: { boundaries: [1, 2], counts },
      count: counts.reduce((a, b) => a + b, 0),
      sum: total,
      min: 0.1,
      max: 9,
    });
    const send = (value: unknown, time: number) =>
      converter.convert(batch(metric('histogram', CUMULATIVE, [point(value, 1, time)])), START_MS);
    expect(send(histogram([1, 2, 3], 20), 2000).dropped).toEqual([
      { items: [0], reason: 'unconverted', detail: 'first_point' },
    ]);
    expect(pointsOf(send(histogram([2, 2, 5], 31), 2010).records)).toEqual([
      point({ buckets: { boundaries: [1, 2], counts: [1, 0, 2] }, count: 3, sum: 11 }, 2000, 2010),
    ]);
    // A falling bucket is a restart: then minimum and maximum describe the interval.
    expect(pointsOf(send(histogram([0, 0, 6], 40), 2020).records)).toEqual([
      point(histogram([0, 0, 6], 40), 2010, 2020),
    ]);
    const other = { ...histogram([0, 9], 1), buckets: { boundaries: [1], counts: [0, 9] } };
    expect(send(other, 2030).dropped[0]?.detail).toBe('bounds_changed');
    const broken = { ...other, buckets: { boundaries: [1, 2], counts: [1] } };
    expect(send(broken, 2040).dropped[0]?.detail).toBe('malformed');
  });

  test('exponential histograms differ across a change of scale and zero threshold', () => {
    const converter = toDelta();
    const send = (value: ExponentialHistogram, time: number) =>
      pointsOf(converter.convert(batch(metric('exponential', CUMULATIVE, [point(value, 1, time)])), START_MS).records);
    const empty = { offset: 0, bucketCounts: [] };
    send(
      {
        count: 7,
        sum: 10,
        scale: 1,
        zeroCount: 1,
        positive: { offset: -2, bucketCounts: [1, 1, 2, 2] },
        negative: empty,
      },
      2000,
    );
    // At scale 0 the earlier buckets are -1: 2 and 0: 4; the threshold 1 then takes bucket -1 into zero.
    const later = {
      count: 10,
      sum: 16,
      scale: 0,
      zeroCount: 4,
      zeroThreshold: 1,
      positive: { offset: 0, bucketCounts: [5, 1] },
      negative: empty,
    };
    expect(send(later, 2010)).toEqual([
      point(
        {
          count: 3,
          sum: 6,
          scale: 0,
          zeroCount: 1,
          zeroThreshold: 1,
          positive: { offset: 0, bucketCounts: [1, 1] },
          negative: empty,
        },
        2000,
        2010,
      ),
    ]);
  });

  test('levels stay cumulative, and delta levels are accumulated', () => {
    const converter = toDelta();
    const level = batch(metric('updown', CUMULATIVE, [point(5, 1, 2000)]));
    expect(converter.convert(level, START_MS).records).toBe(level);
    const send = (value: number, time: number) =>
      converter.convert(batch(metric('updown', DELTA, [point(value, time - 10, time, { attributes: {} })])), START_MS);
    expect(pointsOf(send(5, 2010).records)[0]?.value).toBe(5);
    const { records } = send(-7, 2020);
    expect(pointsOf(records)[0]).toEqual(point(-2, 2000, 2020, { attributes: {} }));
    expect(records[0]?.scopeMetrics[0]?.metrics[0]?.aggregationTemporality).toBe(CUMULATIVE);
  });

  test('levels pass as they are when asked', () => {
    const converter = toDelta({ nonMonotonic: 'as_is' });
    const records = batch(
      metric('updown', DELTA, [point(5, 1, 2000)]),
      metric('updown', CUMULATIVE, [point(5, 1, 2000)]),
    );
    expect(converter.convert(records, START_MS)).toEqual({ records, dropped: [] });
  });

  test('summaries turn into differences only when asked', () => {
    const value = (count: number, total: number) => ({ count, sum: total, quantiles: [{ quantile: 0.5, value: 2 }] });
    const records = batch(metric('summary', CUMULATIVE, [point(value(4, 8), 1, 2000)]));
    expect(toDelta().convert(records, START_MS).records).toBe(records);
    const converter = toDelta({ summaries: 'delta' });
    expect(converter.convert(records, START_MS).dropped).toMatchObject([{ detail: 'first_point' }]);
    const next = converter.convert(batch(metric('summary', CUMULATIVE, [point(value(6, 11), 1, 2010)])), START_MS);
    expect(pointsOf(next.records)).toEqual([point(value(2, 3), 2000, 2010)]);
  });

  test('the first summary of a series that began after the start is whole, as any other point', () => {
    const value = { count: 4, sum: 8, quantiles: [{ quantile: 0.5, value: 2 }] };
    const records = batch(metric('summary', CUMULATIVE, [point(value, 1001, 1010)]));
    expect(pointsOf(toDelta({ summaries: 'delta' }).convert(records, START_MS).records)).toEqual([
      point(value, 1001, 1010),
    ]);
  });

  test('a summary that only sets the baseline keeps its quantiles where that is asked for', () => {
    const value = (count: number, total: number) => ({ count, sum: total, quantiles: [{ quantile: 0.5, value: 2 }] });
    const converter = toDelta({ summaries: 'delta_or_quantiles' });
    const send = (count: number, total: number, start: number, time: number) => {
      const points = [point(value(count, total), start, time)];
      return pointsOf(converter.convert(batch(metric('summary', CUMULATIVE, points)), START_MS).records);
    };
    expect(send(4, 8, 1, 2000)).toEqual([point(value(0, 0), 2000, 2000)]);
    expect(send(6, 11, 1, 2010)).toEqual([point(value(2, 3), 2000, 2010)]);
    expect(send(9, 9, 2020, 2020)).toEqual([point(value(0, 0), 2020, 2020)]);
  });

  test('a first summary without quantiles only sets the baseline', () => {
    const records = batch(metric('summary', CUMULATIVE, [point({ count: 4, sum: 8, quantiles: [] }, 1, 2000)]));
    expect(toDelta({ summaries: 'delta_or_quantiles' }).convert(records, START_MS)).toMatchObject({
      records: [],
      dropped: [{ items: [0], detail: 'first_point' }],
    });
  });
});

describe('delta to cumulative', () => {
  const converterOf = (options: object = {}) => createTemporalityConverter({ target: 'cumulative', ...options });
  const send = (converter: TemporalityConverter, value: unknown, start: number, time: number, valueType = 0) => {
    const result = converter.convert(batch(metric('sum', DELTA, [point(value, start, time)], valueType)), START_MS);
    return result.dropped[0]?.detail ?? pointsOf(result.records)[0];
  };

  test('sums since the first start, over gaps and restarts', () => {
    const converter = converterOf();
    expect(send(converter, 5, 10, 20)).toEqual(point(5, 10, 20));
    expect(send(converter, 3, 20, 30)).toEqual(point(8, 10, 30));
    expect(send(converter, 1, 90, 100)).toEqual(point(9, 10, 100));
  });

  test('a late or repeated point is dropped, not counted twice', () => {
    const converter = converterOf();
    send(converter, 5, 10, 20);
    expect(send(converter, 5, 10, 20)).toBe('duplicate');
    expect(send(converter, 5, 0, 10)).toBe('out_of_order');
    expect(send(converter, 1, 20, 30)).toEqual(point(6, 10, 30));
  });

  test('integers stay exact beyond 2^53, doubles stay doubles', () => {
    const converter = converterOf();
    send(converter, Number.MAX_SAFE_INTEGER, 10, 20);
    expect(send(converter, 2, 20, 30)).toEqual(point(2n ** 53n + 1n, 10, 30));
    const doubles = converterOf();
    send(doubles, 2 ** 53, 10, 20, 1);
    expect(send(doubles, 2 ** 53, 20, 30, 1)).toEqual(point(2 ** 54, 10, 30));
  });

  test('histograms add up with minimum and maximum; other boundaries begin a new total', () => {
    const converter = converterOf();
    const add = (value: ExplicitHistogram, start: number, time: number) =>
      pointsOf(converter.convert(batch(metric('histogram', DELTA, [point(value, start, time)])), START_MS).records)[0];
    const first = { buckets: { boundaries: [1], counts: [1, 2] }, count: 3, sum: 5, min: 0, max: 3 };
    add(first, 10, 20);
    const second = { buckets: { boundaries: [1], counts: [0, 1] }, count: 1, sum: 7, min: 7, max: 7 };
    expect(add(second, 20, 30)).toEqual(
      point({ buckets: { boundaries: [1], counts: [1, 3] }, count: 4, sum: 12, min: 0, max: 7 }, 10, 30),
    );
    const third = { buckets: { boundaries: [2], counts: [1, 0] }, count: 1, sum: 1, min: 1, max: 1 };
    expect(add(third, 30, 40)).toEqual(point(third, 30, 40));
  });

  test('an accumulated exponential histogram keeps to its bucket limit', () => {
    const converter = converterOf({ maxBuckets: 4 });
    const one = (offset: number): ExponentialHistogram => ({
      count: 1,
      sum: 1,
      scale: 4,
      zeroCount: 0,
      positive: { offset, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [] },
    });
    let value: ExponentialHistogram | undefined;
    for (const [i, offset] of [-2_000_000_000, 5, 2_000_000_000].entries()) {
      const input = batch(metric('exponential', DELTA, [point(one(offset), i, i + 1)]));
      value = pointsOf(converter.convert(input, START_MS).records)[0]?.value as ExponentialHistogram;
    }
    expect(value?.positive.bucketCounts.length).toBeLessThanOrEqual(4);
    expect(value?.count).toBe(3);
  });
});

describe('a batch', () => {
  test('comes back as it is when nothing has to change', () => {
    const records = batch(metric('gauge', CUMULATIVE, [point(1, 0, 20)]), metric('sum', DELTA, [point(1, 10, 20)]));
    const result = toDelta().convert(records, START_MS);
    expect(result.records).toBe(records);
    expect(result.dropped).toEqual([]);
  });

  test('names dropped points by their position among all points', () => {
    const records = batch(
      metric('gauge', CUMULATIVE, [point(1, 0, 20), point(2, 0, 20)]),
      metric('sum', CUMULATIVE, [point(1, 10, 20), point(1, 10, 20, { attributes: { route: '/b' } })]),
      { ...metric('sum', CUMULATIVE, [point(1, 10, 20)]), otlpTemporality: 0 },
    );
    const result = toDelta().convert(records, START_MS);
    expect(pointsOf(result.records)).toHaveLength(2);
    expect(result.dropped).toEqual([
      { items: [2, 3], reason: 'unconverted', detail: 'first_point' },
      { items: [4], reason: 'unconverted', detail: 'temporality_unspecified' },
    ]);
  });

  test('that loses all its points comes back empty', () => {
    expect(toDelta().convert(batch(metric('sum', CUMULATIVE, [point(1, 10, 20)])), START_MS).records).toEqual([]);
  });

  test('does not touch its input', () => {
    const records = batch(metric('sum', DELTA, [point(1, 10, 20)]));
    const before = structuredClone(records);
    createTemporalityConverter({ target: 'cumulative' }).convert(records, START_MS);
    expect(records).toEqual(before);
  });

  test('a point without recorded value passes and ends the memory of its series', () => {
    const converter = toDelta();
    sum(converter, 10, 1, 2000);
    const gone = point(0, 1, 2010, { flags: 1 });
    expect(pointsOf(converter.convert(batch(metric('sum', CUMULATIVE, [gone])), START_MS).records)).toEqual([gone]);
    expect(sum(converter, 12, 1, 2020)).toBe('first_point');
  });

  test('a point without time counts as taken now', () => {
    const converter = createTemporalityConverter({ target: 'cumulative' });
    const { records } = converter.convert(batch(metric('sum', DELTA, [point(1, 0, 0)])), 5_250);
    expect(pointsOf(records)[0]?.endTime).toEqual([5, 250_000_000]);
  });
});

describe('bounded memory', () => {
  const series = (name: string, value: number, start: number, time: number) =>
    batch(metric('sum', CUMULATIVE, [point(value, start, time, { attributes: { name } })]));

  test('at the limit the least recently seen series leaves, and is counted', () => {
    const converter = toDelta({ maxSeries: 2 });
    converter.convert(series('a', 1, 1, 2000), START_MS);
    converter.convert(series('b', 1, 1, 2000), START_MS + 1);
    converter.convert(series('a', 2, 1, 2001), START_MS + 2);
    converter.convert(series('c', 1, 1, 2001), START_MS + 3);
    expect(converter.stats).toMatchObject({ series: 2, evicted: 1, expired: 0 });
    expect(converter.convert(series('a', 5, 1, 2002), START_MS + 4).dropped).toEqual([]);
    expect(converter.convert(series('b', 5, 1, 2002), START_MS + 5).dropped[0]?.detail).toBe('first_point');
  });

  test('an idle series is forgotten, and never sent whole a second time', () => {
    const converter = toDelta({ ttlMs: 1000 });
    expect(converter.convert(series('a', 4, 1001, 1010), START_MS).dropped).toEqual([]);
    const later = converter.convert(series('a', 6, 1001, 5000), START_MS + 5000);
    expect(converter.stats.expired).toBe(1);
    expect(later.dropped[0]?.detail).toBe('first_point');
    expect(converter.convert(series('new', 6, 4990, 5000), START_MS + 5000).dropped).toEqual([]);
  });

  test('series differ by resource, scope, name, unit, type and attributes, whatever the order of keys', () => {
    const converter = createTemporalityConverter({ target: 'cumulative' });
    const base = metric('sum', DELTA, [point(1, 10, 20, { attributes: { a: 1, b: 'x' } })]);
    const again = metric('sum', DELTA, [point(1, 20, 30, { attributes: { b: 'x', a: 1 } })]);
    const others = [
      batch({ ...base, descriptor: { ...base.descriptor, unit: 's' } }),
      batch({ ...base, isMonotonic: false }),
      batch({ ...base, dataPoints: [point(1, 10, 20, { attributes: { a: '1', b: 'x' } })] }),
      [{ resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'test' }, metrics: [base] }] }],
      [
        {
          resource: { attributes: { 'service.name': 'shop' } },
          scopeMetrics: [{ scope: { name: 'x' }, metrics: [base] }],
        },
      ],
    ];
    converter.convert(batch(base), START_MS);
    for (const other of others) expect(pointsOf(converter.convert(other, START_MS).records)[0]?.value).toBe(1);
    expect(pointsOf(converter.convert(batch(again), START_MS).records)[0]).toMatchObject({
      value: 2,
      startTime: at(10),
    });
    expect(converter.stats.series).toBe(6);
  });
});
