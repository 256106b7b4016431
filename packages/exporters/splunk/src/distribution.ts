/** Histograms as Splunk keeps them: cumulative counts by upper bound. */
import { addCounts, bucketsOf, type Histogram, hasValidBuckets, isExponential } from '@telemetryflow/metrics';

/** An upper bound as the text of the dimension `le`, and how many values do not exceed it. */
export type CumulativeBucket = readonly [le: string, count: number | bigint];

/** Ascending, closed by `+Inf`; empty where the histogram knows count and sum only. */
export function cumulativeBuckets(histogram: Histogram): CumulativeBucket[] {
  return isExponential(histogram) ? ofExponential(histogram) : ofExplicit(histogram);
}

function ofExplicit(histogram: Exclude<Histogram, { scale: number }>): CumulativeBucket[] {
  const { boundaries, counts } = histogram.buckets;
  if (!hasValidBuckets(histogram) || counts.length === 0) return [];
  const buckets: CumulativeBucket[] = [];
  let total: number | bigint = 0;
  for (const [i, count] of counts.entries()) {
    total = addCounts(total, count);
    const bound = boundaries[i] ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(bound)) buckets.push([String(bound), total]);
  }
  buckets.push(['+Inf', total]);
  return buckets;
}

function ofExponential(histogram: Histogram): CumulativeBucket[] {
  const buckets: CumulativeBucket[] = [];
  let total = 0;
  for (const { upper, count } of bucketsOf(histogram)) {
    total += count;
    const le = String(upper);
    // Bounds beyond the doubles meet in one.
    if (buckets.at(-1)?.[0] === le) buckets.pop();
    buckets.push([le, total]);
  }
  buckets.push(['+Inf', total]);
  return buckets;
}
