/** Explicit-bounds histograms: validity, merging, subtraction and other bounds. Counts are conserved by every step. */
import { addCounts, subtractCounts } from './counts.ts';
import type { Count, ExplicitHistogram } from './points.ts';
import { mergeExtremes, mergeSums, subtractSums } from './statistics.ts';

/** True when there is one more count than boundaries, or neither (then only count and sum are known). */
export function hasValidBuckets(histogram: ExplicitHistogram): boolean {
  const { boundaries, counts } = histogram.buckets;
  return counts.length === boundaries.length + 1 || (counts.length === 0 && boundaries.length === 0);
}

/** True when both lists hold the same boundaries. */
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
