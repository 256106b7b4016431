/** Exponential histograms for backends that only know explicit boundaries. */
import { addCounts } from './counts.ts';
import { DEFAULT_MAX_BUCKETS, downscale, exponentialBound, trimRange } from './exponential.ts';
import type { Count, ExplicitHistogram, ExponentialHistogram } from './points.ts';

/** How fine the explicit histogram may be. */
export interface ToExplicitOptions {
  /** Boundaries at most; the scale falls until they suffice. Default 160. */
  readonly maxBoundaries?: number;
  /** The highest scale to keep. With 0 or less all boundaries are powers of two, the same for every point. */
  readonly maxScale?: number;
}

/**
 * Boundaries at the powers of the base, one at the zero threshold (0 without one) and the negative ones mirrored.
 * Count, sum, minimum and maximum are copied; the bucket counts are conserved. Buckets
 * beyond the doubles count into the outermost boundary that is one, those below the smallest into zero.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { exponentialToExplicit } from '@telemetryflow/metrics';
 * import type { ExponentialHistogram, ToExplicitOptions } from '@telemetryflow/metrics';
 *
 * const none = { offset: 0, bucketCounts: [] };
 * const positive = { offset: 0, bucketCounts: [3, 1, 0, 2] }; // of 1 to 2, 2 to 4, 4 to 8, 8 to 16
 * const sizes: ExponentialHistogram = { count: 6, scale: 0, zeroCount: 0, positive, negative: none };
 * const options: ToExplicitOptions = { maxBoundaries: 100 };
 * const { boundaries, counts } = exponentialToExplicit(sizes, options).buckets;
 * assert.deepEqual(boundaries, [0, 1, 2, 4, 8, 16]);
 * assert.deepEqual(counts, [0, 0, 3, 1, 0, 2, 0]);
 * ```
 */
export function exponentialToExplicit(
  histogram: ExponentialHistogram,
  options: ToExplicitOptions = {},
): ExplicitHistogram {
  // Zero, and one upper boundary per side and lower edge: fewer cannot be told apart.
  const maxBoundaries = Math.max(options.maxBoundaries ?? DEFAULT_MAX_BUCKETS, 7);
  let fitting: ExponentialHistogram = {
    ...histogram,
    positive: trimRange(histogram.positive),
    negative: trimRange(histogram.negative),
  };
  if (options.maxScale !== undefined) fitting = downscale(fitting, options.maxScale);
  while (boundaryCount(fitting) > maxBoundaries) fitting = downscale(fitting, fitting.scale - 1);

  const boundaries: number[] = [];
  const counts: Count[] = [];
  let underflow: Count = 0;
  let overflow: Count = 0;
  const add = (bound: number, bucketCount: Count): void => {
    const last = boundaries.length - 1;
    if (bound === Number.NEGATIVE_INFINITY) {
      underflow = addCounts(underflow, bucketCount);
      return;
    }
    const count = addCounts(underflow, bucketCount);
    underflow = 0;
    if (bound === Number.POSITIVE_INFINITY) {
      overflow = addCounts(overflow, count);
    } else if (last >= 0 && bound <= (boundaries[last] ?? 0)) {
      counts[last] = addCounts(counts[last] ?? 0, count);
    } else {
      // Adding zero turns -0 into 0.
      boundaries.push(bound + 0);
      counts.push(count);
    }
  };

  const { scale, negative, positive } = fitting;
  const negatives = negative.bucketCounts.length;
  if (negatives > 0) add(-exponentialBound(negative.offset + negatives, scale), 0);
  for (let i = negatives - 1; i >= 0; i--) {
    add(-exponentialBound(negative.offset + i, scale), negative.bucketCounts[i] ?? 0);
  }
  add(fitting.zeroThreshold ?? 0, fitting.zeroCount);
  if (positive.bucketCounts.length > 0) add(exponentialBound(positive.offset, scale), 0);
  for (const [i, count] of positive.bucketCounts.entries()) {
    add(exponentialBound(positive.offset + i + 1, scale), count);
  }
  counts.push(overflow);
  const { count, sum, min, max } = histogram;
  return { buckets: { boundaries, counts }, count, sum, min, max };
}

function boundaryCount(histogram: ExponentialHistogram): number {
  const positive = histogram.positive.bucketCounts.length;
  const negative = histogram.negative.bucketCounts.length;
  return 1 + (positive > 0 ? positive + 1 : 0) + (negative > 0 ? negative + 1 : 0);
}
