/** Exponential histograms: bounds, down-scaling, merging and subtraction. Counts are conserved by every step. */
import { addCounts, subtractCounts } from './counts.ts';
import type { Count, ExponentialHistogram, ExponentialRange } from './points.ts';
import { mergeExtremes, mergeSums, subtractSums } from './statistics.ts';

/** Buckets per side that OpenTelemetry SDKs keep by default. */
export const DEFAULT_MAX_BUCKETS = 160;

/** Buckets per side of a difference; only a histogram with more than this loses resolution. */
const MAX_DIFFERENCE_BUCKETS = 8192;

const EMPTY: ExponentialRange = { offset: 0, bucketCounts: [] };

/**
 * Lower bound of bucket `index`, `2^(index · 2^-scale)`; the upper bound is the lower bound of `index + 1`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { exponentialBound } from '@telemetryflow/metrics';
 *
 * const [lower, upper] = [exponentialBound(1, 0), exponentialBound(2, 0)];
 * assert.deepEqual([lower, upper], [2, 4]);
 * assert.equal(exponentialBound(3, 1), 2 ** 1.5);
 * ```
 */
export function exponentialBound(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}

/** Without empty buckets at either end. */
export function trimRange(range: ExponentialRange): ExponentialRange {
  const counts = range.bucketCounts;
  let from = 0;
  let to = counts.length;
  while (from < to && Number(counts[from]) === 0) from++;
  while (to > from && Number(counts[to - 1]) === 0) to--;
  if (from === to) return EMPTY;
  if (from === 0 && to === counts.length) return range;
  return { offset: range.offset + from, bucketCounts: counts.slice(from, to) };
}

/** The shift by which bucket indices move when the scale falls by `by`; int32 indices are exhausted after 31. */
function indexShift(by: number): number {
  return Math.min(Math.max(by, 0), 31);
}

/** One side of a histogram with its scale lowered by `by`: every `2^by` neighbours become one bucket. */
export function downscaleRange(range: ExponentialRange, by: number): ExponentialRange {
  const shift = indexShift(by);
  if (shift === 0 || range.bucketCounts.length === 0) return range;
  const offset = range.offset >> shift;
  const counts: Count[] = [];
  for (const [i, count] of range.bucketCounts.entries()) {
    const index = ((range.offset + i) >> shift) - offset;
    counts[index] = addCounts(counts[index] ?? 0, count);
  }
  return { offset, bucketCounts: counts };
}

/**
 * The histogram at `scale`, or unchanged when it is already at that scale or a lower one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { downscale } from '@telemetryflow/metrics';
 * import type { ExponentialHistogram, ExponentialRange } from '@telemetryflow/metrics';
 *
 * const side: ExponentialRange = { offset: 0, bucketCounts: [3, 1, 0, 2] }; // of 1 to 2, 2 to 4, 4 to 8, 8 to 16
 * const none = { offset: 0, bucketCounts: [] };
 * const sizes: ExponentialHistogram = { count: 6, scale: 0, zeroCount: 0, positive: side, negative: none };
 * assert.deepEqual(downscale(sizes, -1).positive.bucketCounts, [4, 2]); // of 1 to 4, 4 to 16
 * ```
 */
export function downscale(histogram: ExponentialHistogram, scale: number): ExponentialHistogram {
  const by = histogram.scale - scale;
  if (by <= 0) return histogram;
  return {
    ...histogram,
    scale,
    positive: downscaleRange(histogram.positive, by),
    negative: downscaleRange(histogram.negative, by),
  };
}

/** How much the scale must fall until buckets `low` to `high` are at most `maxBuckets`. */
function excess(low: number, high: number, maxBuckets: number): number {
  let by = 0;
  while (by < 31 && (high >> by) - (low >> by) + 1 > maxBuckets) by++;
  return by;
}

/**
 * The histogram with at most `maxBuckets` on each side, at the highest scale where that is so.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExponentialHistogram, limitBuckets } from '@telemetryflow/metrics';
 *
 * const none = { offset: 0, bucketCounts: [] };
 * const positive = { offset: 0, bucketCounts: [3, 1, 0, 2] }; // of 1 to 2, 2 to 4, 4 to 8, 8 to 16
 * const sizes: ExponentialHistogram = { count: 6, scale: 0, zeroCount: 0, positive, negative: none };
 * const { scale, positive: fewer } = limitBuckets(sizes, 2);
 * assert.deepEqual([scale, fewer.bucketCounts], [-1, [4, 2]]); // of 1 to 4, 4 to 16
 * ```
 */
export function limitBuckets(histogram: ExponentialHistogram, maxBuckets: number): ExponentialHistogram {
  const positive = trimRange(histogram.positive);
  const negative = trimRange(histogram.negative);
  const by = Math.max(spread(positive, positive, maxBuckets), spread(negative, negative, maxBuckets));
  return downscale({ ...histogram, positive, negative }, histogram.scale - by);
}

/** How much the scale must fall until two trimped ranges fit into `maxBuckets` together. */
function spread(a: ExponentialRange, b: ExponentialRange, maxBuckets: number): number {
  if (a.bucketCounts.length === 0 && b.bucketCounts.length === 0) return 0;
  const first = a.bucketCounts.length === 0 ? b : a;
  const second = b.bucketCounts.length === 0 ? a : b;
  const low = Math.min(first.offset, second.offset);
  const high = Math.max(first.offset + first.bucketCounts.length - 1, second.offset + second.bucketCounts.length - 1);
  return excess(low, high, Math.max(maxBuckets, 2));
}

/**
 * The histogram with its zero bucket widened to `threshold`: buckets that begin below it are counted as zero, and
 * the threshold becomes the upper bound of the last of them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExponentialHistogram, raiseZeroThreshold } from '@telemetryflow/metrics';
 *
 * const none = { offset: 0, bucketCounts: [] };
 * const positive = { offset: 0, bucketCounts: [3, 1, 0, 2] }; // of 1 to 2, 2 to 4, 4 to 8, 8 to 16
 * const sizes: ExponentialHistogram = { count: 6, scale: 0, zeroCount: 0, positive, negative: none };
 * const { zeroCount, zeroThreshold } = raiseZeroThreshold(sizes, 1.5);
 * assert.deepEqual([zeroCount, zeroThreshold], [3, 2]); // the whole bucket of 1 to 2
 * ```
 */
export function raiseZeroThreshold(histogram: ExponentialHistogram, threshold: number): ExponentialHistogram {
  if (!(threshold > (histogram.zeroThreshold ?? 0))) return histogram;
  // Lowest index whose bucket begins at or above the threshold, within int32 indices.
  let first = Math.ceil(Math.log2(threshold) * 2 ** histogram.scale);
  if (exponentialBound(first, histogram.scale) < threshold) first++;
  first = Math.min(Math.max(first, -(2 ** 31)), 2 ** 31);
  let zeroCount = histogram.zeroCount;
  let widened = threshold;
  const cut = (range: ExponentialRange): ExponentialRange => {
    const drop = Math.min(Math.max(first - range.offset, 0), range.bucketCounts.length);
    if (drop === 0) return range;
    for (const [i, count] of range.bucketCounts.entries()) {
      if (i >= drop) break;
      zeroCount = addCounts(zeroCount, count);
      if (Number(count) !== 0) {
        widened = Math.max(widened, exponentialBound(range.offset + i + 1, histogram.scale));
      }
    }
    return { offset: range.offset + drop, bucketCounts: range.bucketCounts.slice(drop) };
  };
  const positive = cut(histogram.positive);
  const negative = cut(histogram.negative);
  return { ...histogram, zeroCount, zeroThreshold: widened, positive, negative };
}

function combineRanges(
  a: ExponentialRange,
  b: ExponentialRange,
  combine: (a: Count, b: Count) => Count,
): ExponentialRange {
  if (b.bucketCounts.length === 0) return a;
  const aOffset = a.bucketCounts.length === 0 ? b.offset : a.offset;
  const offset = Math.min(aOffset, b.offset);
  const end = Math.max(aOffset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  const counts: Count[] = [];
  for (let index = offset; index < end; index++) {
    counts.push(combine(a.bucketCounts[index - a.offset] ?? 0, b.bucketCounts[index - b.offset] ?? 0));
  }
  return { offset, bucketCounts: counts };
}

/** Both histograms brought to one scale and one zero threshold, so that their buckets line up. */
function align(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
  maxBuckets: number,
): [ExponentialHistogram, ExponentialHistogram] {
  let left = { ...a, positive: trimRange(a.positive), negative: trimRange(a.negative) };
  let right = { ...b, positive: trimRange(b.positive), negative: trimRange(b.negative) };
  const scale = Math.min(left.scale, right.scale);
  left = downscale(left, scale) as typeof left;
  right = downscale(right, scale) as typeof right;
  const by = Math.max(
    spread(left.positive, right.positive, maxBuckets),
    spread(left.negative, right.negative, maxBuckets),
  );
  left = downscale(left, scale - by) as typeof left;
  right = downscale(right, scale - by) as typeof right;
  // Widening one side may widen its threshold beyond the other's: twice is enough, both then end on bucket bounds.
  for (let pass = 0; pass < 2; pass++) {
    const threshold = Math.max(left.zeroThreshold ?? 0, right.zeroThreshold ?? 0);
    left = raiseZeroThreshold(left, threshold) as typeof left;
    right = raiseZeroThreshold(right, threshold) as typeof right;
  }
  return [left, right];
}

/**
 * Two disjoint sets of measurements as one; the result has at most `maxBuckets` buckets on each side.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExponentialHistogram, mergeExponential } from '@telemetryflow/metrics';
 *
 * const negative = { offset: 0, bucketCounts: [] };
 * const at = (scale: number, bucketCounts: number[], count: number): ExponentialHistogram => {
 *   return { count, scale, zeroCount: 0, positive: { offset: 0, bucketCounts }, negative };
 * };
 * const merged = mergeExponential(at(1, [1, 1, 1, 1], 4), at(0, [5], 5));
 * assert.deepEqual([merged.count, merged.scale, merged.positive.bucketCounts], [9, 0, [7, 2]]);
 * ```
 */
export function mergeExponential(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
  maxBuckets: number = DEFAULT_MAX_BUCKETS,
): ExponentialHistogram {
  const [left, right] = align(a, b, maxBuckets);
  return {
    count: addCounts(a.count, b.count),
    sum: mergeSums(a, b),
    scale: left.scale,
    zeroCount: addCounts(left.zeroCount, right.zeroCount),
    zeroThreshold: Math.max(left.zeroThreshold ?? 0, right.zeroThreshold ?? 0),
    positive: combineRanges(left.positive, right.positive, addCounts),
    negative: combineRanges(left.negative, right.negative, addCounts),
    ...mergeExtremes(a, b),
  };
}

function anyNegative(counts: readonly Count[]): boolean {
  for (const count of counts) if (count < 0) return true;
  return false;
}

/**
 * What was measured between two cumulative histograms, at the lower of the two scales. `undefined` when a count
 * fell, so `earlier` is no part of `later`. Minimum and maximum are unknown for the interval.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExponentialHistogram, subtractExponential } from '@telemetryflow/metrics';
 *
 * const negative = { offset: 0, bucketCounts: [] };
 * const at = (bucketCounts: number[], count: number): ExponentialHistogram => {
 *   return { count, scale: 0, zeroCount: 0, positive: { offset: 0, bucketCounts }, negative };
 * };
 * const [earlier, later] = [at([3, 1], 4), at([5, 1], 6)];
 * assert.deepEqual(subtractExponential(later, earlier)?.positive, { offset: 0, bucketCounts: [2] });
 * assert.equal(subtractExponential(earlier, later), undefined); // a restart in between
 * ```
 */
export function subtractExponential(
  later: ExponentialHistogram,
  earlier: ExponentialHistogram,
): ExponentialHistogram | undefined {
  if (later.count < earlier.count) return undefined;
  const [left, right] = align(later, earlier, MAX_DIFFERENCE_BUCKETS);
  const zeroCount = subtractCounts(left.zeroCount, right.zeroCount);
  const positive = combineRanges(left.positive, right.positive, subtractCounts);
  const negative = combineRanges(left.negative, right.negative, subtractCounts);
  if (zeroCount < 0 || anyNegative(positive.bucketCounts) || anyNegative(negative.bucketCounts)) return undefined;
  return {
    count: subtractCounts(later.count, earlier.count),
    sum: subtractSums(later, earlier),
    scale: left.scale,
    zeroCount,
    zeroThreshold: Math.max(left.zeroThreshold ?? 0, right.zeroThreshold ?? 0),
    positive: trimRange(positive),
    negative: trimRange(negative),
  };
}
