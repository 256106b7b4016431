/** Both kinds of histogram as one list of buckets, for everything that only asks where the values lie. */
import { sumCounts } from './counts.ts';
import { exponentialBound } from './exponential.ts';
import type { ExplicitHistogram, ExponentialHistogram } from './points.ts';

/** Either kind of histogram. */
export type Histogram = ExplicitHistogram | ExponentialHistogram;

/** A bucket with measurements in it. The outer bounds of an explicit histogram are infinite. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** How values spread: evenly (`linear`) or evenly by magnitude (`log`, exponential buckets). */
  readonly spread: 'linear' | 'log';
}

/**
 * True for an exponential histogram.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Histogram, isExponential } from '@telemetryflow/metrics';
 *
 * const resolution = (histogram: Histogram): string =>
 *   isExponential(histogram) ? `scale ${histogram.scale}` : `${histogram.buckets.boundaries.length} boundaries`;
 * assert.equal(resolution({ buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, count: 10 }), '2 boundaries');
 * ```
 */
export function isExponential(histogram: Histogram): histogram is ExponentialHistogram {
  return 'scale' in histogram;
}

/**
 * The buckets that hold measurements, in ascending order. Without any buckets, one from -Inf to +Inf.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Bucket, bucketsOf, type ExplicitHistogram } from '@telemetryflow/metrics';
 *
 * const latency: ExplicitHistogram = { buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, sum: 320, count: 10 };
 * const buckets: Bucket[] = bucketsOf(latency);
 * assert.deepEqual(buckets[1], { lower: 10, upper: 100, count: 3, spread: 'linear' });
 * assert.equal(buckets[2]?.upper, Infinity);
 * ```
 */
export function bucketsOf(histogram: Histogram): Bucket[] {
  return isExponential(histogram) ? exponentialBuckets(histogram) : explicitBuckets(histogram);
}

function explicitBuckets(histogram: ExplicitHistogram): Bucket[] {
  const { boundaries, counts } = histogram.buckets;
  const buckets: Bucket[] = [];
  const all = counts.length === 0 ? [histogram.count] : counts;
  for (const [i, count] of all.entries()) {
    if (!(count > 0)) continue;
    const lower = boundaries[i - 1] ?? Number.NEGATIVE_INFINITY;
    const upper = boundaries[i] ?? Number.POSITIVE_INFINITY;
    buckets.push({ lower, upper, count: Number(count), spread: 'linear' });
  }
  return buckets;
}

/** Measurements are doubles, so a bucket that reaches beyond them ends with them. */
function bound(index: number, scale: number): number {
  return Math.min(exponentialBound(index, scale), Number.MAX_VALUE);
}

function exponentialBuckets(histogram: ExponentialHistogram): Bucket[] {
  const { scale, negative, positive } = histogram;
  const buckets: Bucket[] = [];
  for (let i = negative.bucketCounts.length - 1; i >= 0; i--) {
    const count = Number(negative.bucketCounts[i]);
    if (!(count > 0)) continue;
    const index = negative.offset + i;
    buckets.push({
      lower: -bound(index + 1, scale),
      upper: -bound(index, scale),
      count,
      spread: 'log',
    });
  }
  const zeroAt = buckets.length;
  for (const [i, value] of positive.bucketCounts.entries()) {
    const count = Number(value);
    if (!(count > 0)) continue;
    const index = positive.offset + i;
    buckets.push({
      lower: bound(index, scale),
      upper: bound(index + 1, scale),
      count,
      spread: 'log',
    });
  }
  if (histogram.zeroCount > 0) {
    // A threshold beyond the nearest bucket is malformed; buckets never overlap here.
    const threshold = histogram.zeroThreshold ?? 0;
    const lower = Math.max(-threshold, buckets[zeroAt - 1]?.upper ?? Number.NEGATIVE_INFINITY);
    const upper = Math.min(threshold, buckets[zeroAt]?.lower ?? Number.POSITIVE_INFINITY);
    buckets.splice(zeroAt, 0, { lower, upper, count: Number(histogram.zeroCount), spread: 'linear' });
  }
  return buckets;
}

/**
 * The histogram with `count` equal to the sum of its buckets, as backends demand it: some SDKs produce counts that
 * differ (opentelemetry-js#4450). The same object when it was consistent, or holds no buckets at all.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExplicitHistogram, repairCount } from '@telemetryflow/metrics';
 *
 * const reported: ExplicitHistogram = { buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, count: 11 };
 * assert.equal(repairCount(reported).count, 10);
 * ```
 */
export function repairCount<H extends Histogram>(histogram: H): H {
  const total = isExponential(histogram)
    ? sumCounts([histogram.zeroCount, ...histogram.positive.bucketCounts, ...histogram.negative.bucketCounts])
    : histogram.buckets.counts.length === 0
      ? histogram.count
      : sumCounts(histogram.buckets.counts);
  // Loose on purpose: 3 and 3n are one count.
  return Number(total) === Number(histogram.count) && total <= histogram.count && total >= histogram.count
    ? histogram
    : { ...histogram, count: total };
}
