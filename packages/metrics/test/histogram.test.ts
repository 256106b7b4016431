import { describe, expect, test } from '@jest/globals';
import {
  bucketsOf,
  downscale,
  type ExplicitHistogram,
  type ExponentialHistogram,
  exponentialToExplicit,
  limitBuckets,
  mergeExplicit,
  mergeExponential,
  quantileOf,
  rebucket,
  repairCount,
  representativesOf,
  statisticsOf,
} from '@telemetryflow/metrics';

const EMPTY = { offset: 0, bucketCounts: [] };

function explicit(boundaries: number[], counts: number[], rest: Partial<ExplicitHistogram> = {}): ExplicitHistogram {
  return { buckets: { boundaries, counts }, count: counts.reduce((a, b) => a + b, 0), ...rest };
}

function exponential(scale: number, rest: Partial<ExponentialHistogram>): ExponentialHistogram {
  return { count: 0, scale, zeroCount: 0, positive: EMPTY, negative: EMPTY, ...rest };
}

describe('exponential histograms', () => {
  test('lowering the scale joins neighbours, below zero too', () => {
    const histogram = exponential(1, { positive: { offset: -3, bucketCounts: [1, 2, 4, 8] } });
    // -3 and -4 fall into -2, -2 and -1 into -1, 0 into 0.
    expect(downscale(histogram, 0).positive).toEqual({ offset: -2, bucketCounts: [1, 6, 8] });
    expect(downscale(histogram, 2)).toBe(histogram);
  });

  test('a bucket limit lowers the scale of both sides as far as needed', () => {
    const histogram = exponential(3, {
      positive: { offset: 0, bucketCounts: [0, 1, 1, 1, 1, 0] },
      negative: { offset: 7, bucketCounts: [1] },
    });
    expect(limitBuckets(histogram, 2)).toMatchObject({
      scale: 1,
      positive: { offset: 0, bucketCounts: [3, 1] },
      negative: { offset: 1, bucketCounts: [1] },
    });
  });

  test('merging widens the zero bucket to the larger threshold', () => {
    const a = exponential(0, { count: 3, sum: 4, positive: { offset: -1, bucketCounts: [2, 1] } });
    const b = exponential(0, { count: 1, sum: 0, zeroCount: 1, zeroThreshold: 1 });
    expect(mergeExponential(a, b)).toMatchObject({
      count: 4,
      sum: 4,
      zeroCount: 3,
      zeroThreshold: 1,
      positive: { offset: 0, bucketCounts: [1] },
    });
  });
});

describe('exponential to explicit', () => {
  test('has a boundary at zero and at every power of the base', () => {
    const histogram = exponential(0, {
      count: 4,
      sum: 7,
      min: 0,
      max: 4,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [1, 2] },
    });
    expect(exponentialToExplicit(histogram)).toEqual({
      buckets: { boundaries: [0, 1, 2, 4], counts: [1, 0, 1, 2, 0] },
      count: 4,
      sum: 7,
      min: 0,
      max: 4,
    });
  });

  test('mirrors negative buckets', () => {
    const histogram = exponential(0, {
      negative: { offset: 0, bucketCounts: [1, 2] },
      zeroCount: 3,
      zeroThreshold: 0.5,
    });
    expect(exponentialToExplicit(histogram).buckets).toEqual({
      boundaries: [-4, -2, -1, 0.5],
      counts: [0, 2, 1, 3, 0],
    });
  });

  test('lowers the scale to keep to powers of two and to the number of boundaries', () => {
    const histogram = exponential(3, { positive: { offset: -80, bucketCounts: new Array(160).fill(1) } });
    const { boundaries } = exponentialToExplicit(histogram, { maxScale: 0, maxBoundaries: 40 }).buckets;
    expect(boundaries.length).toBeLessThanOrEqual(40);
    for (const boundary of boundaries.slice(1)) expect(Number.isInteger(Math.log2(boundary))).toBe(true);
  });

  test('powers beyond the doubles count as overflow or zero, never as a wrong boundary', () => {
    const histogram = exponential(-4, { positive: { offset: -100, bucketCounts: [1, ...new Array(198).fill(0), 1] } });
    const { boundaries, counts } = exponentialToExplicit(histogram, { maxBoundaries: 1000 }).buckets;
    expect(boundaries.every((bound, i) => Number.isFinite(bound) && bound > (boundaries[i - 1] ?? -1))).toBe(true);
    expect([counts[0], counts.at(-1)]).toEqual([1, 1]);
  });
});

describe('explicit histograms', () => {
  test('of different boundaries merge on the common ones', () => {
    const merged = mergeExplicit(explicit([1, 2, 4], [1, 1, 1, 1]), explicit([2, 3, 4], [5, 5, 5, 5]));
    expect(merged.buckets).toEqual({ boundaries: [2, 4], counts: [7, 11, 6] });
  });

  test('move whole buckets up when boundaries change', () => {
    expect(rebucket(explicit([1, 2, 4], [1, 2, 3, 4]), [2, 3]).buckets.counts).toEqual([3, 0, 7]);
    expect(rebucket({ ...explicit([], []), count: 3 }, [1]).buckets.counts).toEqual([0, 3]);
  });

  test('a count that differs from the buckets is repaired, a right one is left alone', () => {
    const right = explicit([1], [1, 2]);
    expect(repairCount(right)).toBe(right);
    expect(repairCount({ ...right, count: 3n })).toMatchObject({ count: 3n });
    expect(repairCount({ ...right, count: 7 }).count).toBe(3);
    expect(repairCount({ ...explicit([], []), count: 5 }).count).toBe(5);
    const sparse = exponential(0, { count: 1, zeroCount: 1, positive: { offset: 0, bucketCounts: [2] } });
    expect(repairCount(sparse).count).toBe(3);
  });
});

describe('representatives', () => {
  test('keep count, sum, minimum and maximum', () => {
    const histogram = explicit([5, 10, 25], [2, 3, 0, 1], { sum: 56.5, min: 1, max: 30 });
    expect(representativesOf(histogram)).toEqual([
      { value: 1, count: 1 },
      { value: 3, count: 1 },
      { value: 7.5, count: 3 },
      { value: 30, count: 1 },
    ]);
    expect(representativesOf(explicit([10, 20], [0, 4, 0], { sum: 62, min: 12, max: 18 }))).toEqual([
      { value: 12, count: 1 },
      { value: 16, count: 2 },
      { value: 18, count: 1 },
    ]);
  });

  test('an open top bucket takes what the others leave of the sum', () => {
    expect(representativesOf(explicit([10], [2, 2], { sum: 70 }))).toEqual([
      { value: 5, count: 2 },
      { value: 30, count: 2 },
    ]);
    expect(representativesOf(explicit([10], [0, 2]))).toEqual([{ value: 10, count: 2 }]);
  });

  test('without buckets there is one value, the mean', () => {
    expect(representativesOf({ ...explicit([], []), count: 4, sum: 10 })).toEqual([{ value: 2.5, count: 4 }]);
    expect(representativesOf(explicit([1], [0, 0]))).toEqual([]);
  });

  test('exponential zero buckets stand at zero', () => {
    const histogram = exponential(0, { count: 3, zeroCount: 2, positive: { offset: 0, bucketCounts: [1] }, sum: 1.5 });
    expect(representativesOf(histogram)).toEqual([
      { value: 0, count: 2 },
      { value: 1.5, count: 1 },
    ]);
  });
});

describe('estimates', () => {
  test('given values win, missing ones come from the outer buckets', () => {
    expect(statisticsOf(explicit([1, 2], [1, 1, 1], { sum: 6, min: 0.5, max: 3.5 }))).toEqual({
      count: 3,
      sum: 6,
      min: 0.5,
      max: 3.5,
    });
    expect(statisticsOf(explicit([1, 2, 4], [0, 2, 2, 0]))).toEqual({ count: 4, sum: 9, min: 1, max: 4 });
    expect(statisticsOf({ ...explicit([], []), count: 2, sum: 8 })).toEqual({ count: 2, sum: 8, min: 4, max: 4 });
    expect(statisticsOf(explicit([1], [0, 0]))).toBeUndefined();
  });

  test('minimum and maximum always enclose the mean', () => {
    expect(statisticsOf(explicit([1, 2], [0, 0, 3], { sum: 30 }))).toEqual({ count: 3, sum: 30, min: 2, max: 10 });
  });

  test('quantiles interpolate and stay between the extremes', () => {
    const histogram = explicit([10, 20], [5, 5, 0], { min: 4, max: 18 });
    expect(quantileOf(histogram, 0.5)).toBe(10);
    expect(quantileOf(histogram, 0.75)).toBe(15);
    expect(quantileOf(histogram, 0)).toBe(4);
    expect(quantileOf(histogram, 1)).toBe(18);
    expect(quantileOf(explicit([10], [0, 3]), 0.9)).toBe(10);
    const magnitudes = exponential(0, { positive: { offset: 1, bucketCounts: [2] } });
    expect(quantileOf(magnitudes, 0.5)).toBeCloseTo(Math.sqrt(8));
    expect(quantileOf(explicit([10], [0, 0]), 0.9)).toBeUndefined();
  });

  test('buckets beyond the doubles end with them', () => {
    const histogram = exponential(-2, { negative: { offset: 254, bucketCounts: [1, 1, 1] } });
    const quantiles = [0, 0.3, 0.6, 1].map((q) => quantileOf(histogram, q) ?? Number.NaN);
    expect(quantiles[0]).toBe(-Number.MAX_VALUE);
    expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
  });

  test('buckets are listed from the lowest value to the highest', () => {
    const histogram = exponential(0, {
      zeroCount: 1,
      zeroThreshold: 0.1,
      negative: { offset: 0, bucketCounts: [1, 1] },
      positive: { offset: 0, bucketCounts: [0, 1] },
    });
    expect(bucketsOf(histogram).map(({ lower, upper }) => [lower, upper])).toEqual([
      [-4, -2],
      [-2, -1],
      [-0.1, 0.1],
      [2, 4],
    ]);
  });
});
