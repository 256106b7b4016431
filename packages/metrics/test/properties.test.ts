/** What must hold for any histogram: counts and sums are conserved, quantiles rise, round trips come back. */
import { describe, expect, test } from '@jest/globals';
import {
  addCounts,
  CUMULATIVE,
  createTemporalityConverter,
  DELTA,
  type ExplicitHistogram,
  type ExponentialHistogram,
  exponentialToExplicit,
  type Histogram,
  limitBuckets,
  mergeExplicit,
  mergeExponential,
  quantileOf,
  raiseZeroThreshold,
  rebucket,
  representativesOf,
  statisticsOf,
  subtractCounts,
  sumCounts,
} from '@telemetryflow/metrics';
import fc from 'fast-check';
import { batch, metric, point, pointsOf } from './points.ts';

const RUNS = { numRuns: 300 };
const counts = fc.oneof(fc.nat(50), fc.constant(0));
const range = fc.record({
  offset: fc.integer({ min: -300, max: 300 }),
  bucketCounts: fc.array(counts, { maxLength: 40 }),
});

const exponentials: fc.Arbitrary<ExponentialHistogram> = fc
  .record({
    scale: fc.integer({ min: -3, max: 12 }),
    zeroCount: fc.nat(9),
    zeroThreshold: fc.constantFrom(0, 1e-9, 0.3, 1, 5),
    positive: range,
    negative: range,
    sum: fc.integer({ min: -1000, max: 1000 }),
  })
  .map((h) => ({ ...h, count: Number(total({ ...h, count: 0 })) }));

const boundaries = fc
  .uniqueArray(fc.integer({ min: -50, max: 100 }), { maxLength: 12 })
  .map((b) => b.sort((x, y) => x - y));
const explicits: fc.Arbitrary<ExplicitHistogram> = boundaries.chain((bounds) =>
  fc
    .record({
      counts: fc.array(counts, { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
      sum: fc.integer({ min: -1000, max: 1000 }),
    })
    .map((h) => ({
      buckets: { boundaries: bounds, counts: h.counts },
      count: Number(sumCounts(h.counts)),
      sum: h.sum,
    })),
);
const histograms: fc.Arbitrary<Histogram> = fc.oneof(explicits, exponentials);

function total(h: Histogram): unknown {
  return 'scale' in h
    ? sumCounts([h.zeroCount, ...h.positive.bucketCounts, ...h.negative.bucketCounts])
    : sumCounts(h.buckets.counts);
}

describe('conservation', () => {
  test('no step on an exponential histogram loses or invents a count', () => {
    fc.assert(
      fc.property(exponentials, exponentials, fc.integer({ min: 2, max: 20 }), (a, b, limit) => {
        const limited = limitBuckets(a, limit);
        expect(total(limited)).toBe(a.count);
        expect(
          Math.max(limited.positive.bucketCounts.length, limited.negative.bucketCounts.length),
        ).toBeLessThanOrEqual(limit);
        expect(total(raiseZeroThreshold(a, 2))).toBe(a.count);
        expect(total(exponentialToExplicit(a, { maxBoundaries: limit }))).toBe(a.count);
        const merged = mergeExponential(a, b, limit);
        expect([total(merged), merged.count, merged.sum]).toEqual([
          addCounts(a.count, b.count),
          addCounts(a.count, b.count),
          (a.sum ?? 0) + (b.sum ?? 0),
        ]);
      }),
      RUNS,
    );
  });

  test('no step on an explicit histogram loses or invents a count', () => {
    fc.assert(
      fc.property(explicits, explicits, (a, b) => {
        expect(total(rebucket(a, b.buckets.boundaries))).toBe(a.count);
        const merged = mergeExplicit(a, b);
        expect([total(merged), merged.count]).toEqual([addCounts(a.count, b.count), addCounts(a.count, b.count)]);
      }),
      RUNS,
    );
  });

  test('representatives keep the count, rise, and keep a sum that the buckets allow', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -40, max: 90, noNaN: true }), { minLength: 1, maxLength: 40 }),
        boundaries,
        (values, bounds) => {
          const tally = new Array<number>(bounds.length + 1).fill(0);
          let sum = 0;
          for (const value of values) {
            const i = bounds.findIndex((bound) => value <= bound);
            tally[i === -1 ? bounds.length : i] = (tally[i === -1 ? bounds.length : i] ?? 0) + 1;
            sum += value;
          }
          const found = representativesOf({
            buckets: { boundaries: bounds, counts: tally },
            count: values.length,
            sum,
            min: Math.min(...values),
            max: Math.max(...values),
          });
          expect(found.reduce((n, r) => n + r.count, 0)).toBe(values.length);
          expect(found.reduce((n, r) => n + r.count * r.value, 0)).toBeCloseTo(sum, 6);
          expect(found[0]?.value).toBeCloseTo(Math.min(...values), 9);
          expect(found.at(-1)?.value).toBeCloseTo(Math.max(...values), 9);
          for (const [i, r] of found.entries())
            expect(r.value).toBeGreaterThanOrEqual((found[i - 1]?.value ?? -1e9) - 1e-9);
        },
      ),
      RUNS,
    );
  });
});

describe('estimates', () => {
  test('quantiles rise and are numbers', () => {
    fc.assert(
      fc.property(histograms, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 }), (h, qs) => {
        const found = qs.sort((a, b) => a - b).map((q) => quantileOf(h, q));
        if (h.count === 0) return expect(found.every((v) => v === undefined)).toBe(true);
        for (const [i, value] of found.entries()) {
          expect(value).not.toBeNaN();
          if (i > 0) expect(value).toBeGreaterThanOrEqual((found[i - 1] ?? 0) - Math.abs(found[i - 1] ?? 0) * 1e-12);
        }
      }),
      RUNS,
    );
  });

  test('minimum <= mean <= maximum', () => {
    fc.assert(
      fc.property(histograms, (h) => {
        const s = statisticsOf(h);
        if (s === undefined) return expect(h.count).toBe(0);
        expect(s.min).toBeLessThanOrEqual(s.sum / s.count);
        expect(s.max).toBeGreaterThanOrEqual(s.sum / s.count);
      }),
      RUNS,
    );
  });
});

describe('temporality', () => {
  const integers = fc.oneof(fc.nat(1000), fc.bigInt({ min: 0n, max: 2n ** 62n }));

  test('integer arithmetic is exact', () => {
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(BigInt(addCounts(a, b))).toBe(BigInt(a) + BigInt(b));
        expect(BigInt(subtractCounts(a, b))).toBe(BigInt(a) - BigInt(b));
      }),
      RUNS,
    );
  });

  /** Every delta through accumulation and back. */
  function roundTrip(kind: 'sum' | 'histogram' | 'exponential', values: readonly unknown[]): unknown[] {
    const there = createTemporalityConverter({ target: 'cumulative', maxBuckets: 100_000 });
    const back = createTemporalityConverter({ target: 'delta', startedAtMs: 0 });
    return values.flatMap((value, i) => {
      const input = batch(metric(kind, DELTA, [point(value, i + 1, i + 2)]));
      const cumulative = there.convert(input, 1000 + i);
      expect(pointsOf(cumulative.records)[0]?.startTime).toEqual([1, 0]);
      expect(cumulative.records[0]?.scopeMetrics[0]?.metrics[0]?.aggregationTemporality).toBe(CUMULATIVE);
      return pointsOf(back.convert(cumulative.records, 1000 + i).records).map((p) => p.value);
    });
  }

  test('delta to cumulative and back returns every integer', () => {
    fc.assert(
      fc.property(fc.array(integers, { maxLength: 12 }), (values) => {
        expect(roundTrip('sum', values).map((v) => BigInt(v as number))).toEqual(values.map((v) => BigInt(v)));
      }),
      RUNS,
    );
  });

  test('delta to cumulative and back returns every bucket', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(99), { minLength: 4, maxLength: 4 }), { maxLength: 8 }), (lists) => {
        const values = lists.map((list, i) => ({
          buckets: { boundaries: [1, 2, 3], counts: list },
          count: Number(sumCounts(list)),
          sum: i * 3,
        }));
        expect(roundTrip('histogram', values)).toMatchObject(values);
      }),
      RUNS,
    );
  });

  test('delta to cumulative and back returns counts and sums of exponential histograms of any scale', () => {
    fc.assert(
      fc.property(fc.array(exponentials, { maxLength: 6 }), (values) => {
        const found = roundTrip('exponential', values) as ExponentialHistogram[];
        expect(found.map((h) => [h.count, h.sum, total(h)])).toEqual(values.map((h) => [h.count, h.sum, h.count]));
      }),
      RUNS,
    );
  });
});
