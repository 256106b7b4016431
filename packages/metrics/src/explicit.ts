/** Explicit-bounds histograms: validity, merging, subtraction and other bounds. Counts are conserved by every step. */
import { addCounts, subtractCounts } from './counts.ts';
import type { Count, ExplicitHistogram } from './points.ts';
import { mergeExtremes, mergeSums, subtractSums } from './statistics.ts';

/**
 * True when there is one more count than boundaries, or neither (then only count and sum are known).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hasValidBuckets } from '@telemetryflow/metrics';
 *
 * assert.ok(hasValidBuckets({ buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, count: 10 }));
 * assert.ok(!hasValidBuckets({ buckets: { boundaries: [10, 100], counts: [6, 4] }, count: 10 }));
 * ```
 */
export function hasValidBuckets(histogram: ExplicitHistogram): boolean {
  const { boundaries, counts } = histogram.buckets;
  return counts.length === boundaries.length + 1 || (counts.length === 0 && boundaries.length === 0);
}

/**
 * True when both lists hold the same boundaries.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { sameBoundaries } from '@telemetryflow/metrics';
 *
 * assert.ok(sameBoundaries([10, 100], [10, 100]));
 * assert.ok(!sameBoundaries([10, 100], [10, 100, 1000]));
 * ```
 */
export function sameBoundaries(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function combineCounts(a: readonly Count[], b: readonly Count[], combine: (a: Count, b: Count) => Count): Count[] {
  const counts: Count[] = [];
  for (let i = 0; i < Math.max(a.length, b.length); i++) counts.push(combine(a[i] ?? 0, b[i] ?? 0));
  return counts;
}

/**
 * Two disjoint sets of measurements as one. Where the boundaries differ, the result keeps those both have, which
 * is exact; the others' resolution is lost.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mergeExplicit } from '@telemetryflow/metrics';
 *
 * const [a, b] = [
 *   { buckets: { boundaries: [10, 50, 100], counts: [6, 2, 1, 1] }, sum: 320, count: 10 },
 *   { buckets: { boundaries: [10, 100], counts: [1, 0, 1] }, sum: 205, count: 2 },
 * ];
 * assert.ok(a && b);
 * const { buckets, count, sum } = mergeExplicit(a, b);
 * assert.deepEqual(buckets, { boundaries: [10, 100], counts: [7, 3, 2] });
 * assert.deepEqual([count, sum], [12, 525]);
 * ```
 */
export function mergeExplicit(a: ExplicitHistogram, b: ExplicitHistogram): ExplicitHistogram {
  let left = a;
  let right = b;
  if (!sameBoundaries(a.buckets.boundaries, b.buckets.boundaries)) {
    const theirs = new Set(b.buckets.boundaries);
    const common = a.buckets.boundaries.filter((boundary) => theirs.has(boundary));
    left = rebucket(a, common);
    right = rebucket(b, common);
  }
  return {
    buckets: {
      boundaries: left.buckets.boundaries,
      counts: combineCounts(left.buckets.counts, right.buckets.counts, addCounts),
    },
    sum: mergeSums(a, b),
    count: addCounts(a.count, b.count),
    ...mergeExtremes(a, b),
  };
}

/**
 * What was measured between two cumulative histograms of equal boundaries; `undefined` when a count fell, so
 * `earlier` is no part of `later`. Minimum and maximum are unknown for the interval.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExplicitHistogram, subtractExplicit } from '@telemetryflow/metrics';
 *
 * const at = (counts: number[], sum: number, count: number): ExplicitHistogram => {
 *   return { buckets: { boundaries: [10, 100], counts }, sum, count };
 * };
 * const [earlier, later] = [at([6, 3, 1], 320, 10), at([8, 3, 1], 330, 12)];
 * assert.deepEqual(subtractExplicit(later, earlier), at([2, 0, 0], 10, 2));
 * assert.equal(subtractExplicit(earlier, later), undefined); // a restart in between
 * ```
 */
export function subtractExplicit(later: ExplicitHistogram, earlier: ExplicitHistogram): ExplicitHistogram | undefined {
  if (later.count < earlier.count) return undefined;
  const counts = combineCounts(later.buckets.counts, earlier.buckets.counts, subtractCounts);
  for (const count of counts) if (count < 0) return undefined;
  return {
    buckets: { boundaries: later.buckets.boundaries, counts },
    sum: subtractSums(later, earlier),
    count: subtractCounts(later.count, earlier.count),
  };
}

/**
 * The histogram with other (strictly ascending) boundaries. Every bucket moves whole into the bucket that holds its
 * upper boundary: exact where the new boundaries are among the old ones, never too optimistic elsewhere.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ExplicitHistogram, rebucket } from '@telemetryflow/metrics';
 *
 * const latency: ExplicitHistogram = { buckets: { boundaries: [10, 100], counts: [6, 3, 1] }, sum: 320, count: 10 };
 * assert.deepEqual(rebucket(latency, [50, 100]).buckets.counts, [6, 3, 1]);
 * assert.deepEqual(rebucket(latency, [100]).buckets.counts, [9, 1]);
 * ```
 */
export function rebucket(histogram: ExplicitHistogram, boundaries: readonly number[]): ExplicitHistogram {
  const counts: Count[] = new Array<Count>(boundaries.length + 1).fill(0);
  const old = histogram.buckets;
  let target = 0;
  for (const [i, count] of old.counts.entries()) {
    const upper = old.boundaries[i] ?? Number.POSITIVE_INFINITY;
    while (target < boundaries.length && (boundaries[target] ?? Number.POSITIVE_INFINITY) < upper) target++;
    counts[target] = addCounts(counts[target] ?? 0, count);
  }
  if (old.counts.length === 0) counts[boundaries.length] = histogram.count;
  return { ...histogram, buckets: { boundaries, counts } };
}
