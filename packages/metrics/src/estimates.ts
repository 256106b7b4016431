/** What a histogram says about its measurements: count, sum, minimum, maximum and quantiles. */
import { type Bucket, bucketsOf, type Histogram } from './buckets.ts';

/** Statistics of a histogram that has measurements. `min <= sum / count <= max` always holds. */
export interface Statistics {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** Where a bucket's values are taken to begin: its lower bound, or the finite one. */
function finiteLower(bucket: Bucket): number {
  return Number.isFinite(bucket.lower) ? bucket.lower : bucket.upper;
}

function finiteUpper(bucket: Bucket): number {
  return Number.isFinite(bucket.upper) ? bucket.upper : bucket.lower;
}

function midpoint(bucket: Bucket): number {
  return finiteLower(bucket) / 2 + finiteUpper(bucket) / 2;
}

/**
 * Count, sum, minimum and maximum. What the histogram does not carry is estimated: the sum from midpoints (an open
 * bucket counts at its finite bound), the extremes from the outer buckets that hold values, or the mean where no
 * bound is finite. `undefined` without measurements.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Statistics, statisticsOf } from '@telemetryflow/metrics';
 *
 * const histogram = { buckets: { boundaries: [10, 100], counts: [0, 3, 1] }, sum: 320, count: 4, max: 150 };
 * const statistics: Statistics | undefined = statisticsOf(histogram);
 * assert.deepEqual(statistics, { count: 4, sum: 320, min: 10, max: 150 });
 * ```
 */
export function statisticsOf(histogram: Histogram): Statistics | undefined {
  const buckets = bucketsOf(histogram);
  const first = buckets[0];
  const last = buckets.at(-1);
  const count = Number(histogram.count);
  if (!(count > 0) || first === undefined || last === undefined) return undefined;
  let { sum } = histogram;
  if (sum === undefined) {
    sum = 0;
    for (const bucket of buckets) {
      const middle = midpoint(bucket);
      if (Number.isFinite(middle)) sum += bucket.count * middle;
    }
  }
  const mean = sum / count;
  const low = histogram.min ?? finiteLower(first);
  const high = histogram.max ?? finiteUpper(last);
  return {
    count,
    sum,
    min: Number.isFinite(low) ? Math.min(low, mean) : mean,
    max: Number.isFinite(high) ? Math.max(high, mean) : mean,
  };
}

/**
 * The value below which the fraction `q` (0 to 1) of the measurements lies, interpolated within its bucket: linearly
 * in explicit buckets, by magnitude in exponential ones. Never outside minimum and maximum where they are known; in
 * an open bucket its finite bound. Rises with `q`. `undefined` without measurements.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExplicitHistogram, quantileOf } from '@telemetryflow/metrics';
 *
 * const latency: ExplicitHistogram = { buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, sum: 320, count: 10 };
 * assert.equal(quantileOf(latency, 0.3), 5); // half of the six in the first bucket
 * assert.equal(quantileOf(latency, 0.9), 100);
 * ```
 */
export function quantileOf(histogram: Histogram, q: number): number | undefined {
  const buckets = bucketsOf(histogram);
  let total = 0;
  for (const bucket of buckets) total += bucket.count;
  if (total === 0) return undefined;
  const rank = Math.min(Math.max(q, 0), 1) * total;
  let below = 0;
  let value = Number.NaN;
  for (const bucket of buckets) {
    if (rank <= below + bucket.count) {
      value = within(bucket, (rank - below) / bucket.count, histogram);
      break;
    }
    below += bucket.count;
  }
  const last = buckets.at(-1);
  // Rounding of the running total may leave the very last rank unreached.
  if (Number.isNaN(value) && last !== undefined) value = within(last, 1, histogram);
  if (histogram.min !== undefined) value = Math.max(value, histogram.min);
  if (histogram.max !== undefined) value = Math.min(value, histogram.max);
  return Number.isNaN(value) ? statisticsOf(histogram)?.min : value;
}

function within(bucket: Bucket, fraction: number, histogram: Histogram): number {
  let { lower, upper } = bucket;
  if (lower === Number.NEGATIVE_INFINITY)
    lower = histogram.min ?? (upper > 0 && upper !== Number.POSITIVE_INFINITY ? 0 : upper);
  if (upper === Number.POSITIVE_INFINITY) upper = histogram.max ?? lower;
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return mean(histogram);
  if (bucket.spread === 'linear' || lower === 0 || upper === 0) return lower + (upper - lower) * fraction;
  return lower * (upper / lower) ** fraction;
}

function mean(histogram: Histogram): number {
  return histogram.sum === undefined ? Number.NaN : histogram.sum / Number(histogram.count);
}
