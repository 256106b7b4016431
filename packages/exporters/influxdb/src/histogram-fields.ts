/** Histograms as fields: their statistics, and buckets by upper bound. */
import { decimalText, type ExplicitHistogram, hasValidBuckets } from '@telemetryflow/metrics';
import { floatText } from './text.ts';

/** A bucket by the text of its upper bound. */
export interface BoundCount {
  readonly bound: string;
  readonly count: string;
}

/** Statistics in the order of their keys; those that are missing or no number are left out. */
export function statistics(value: {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}): { readonly key: 'count' | 'max' | 'min' | 'sum'; readonly text: string }[] {
  const all = (['count', 'max', 'min', 'sum'] as const).map((key) => ({ key, number: value[key] }));
  return all.flatMap(({ key, number }) => {
    const text = number === undefined ? undefined : floatText(number);
    return text === undefined ? [] : [{ key, text }];
  });
}

/**
 * The buckets in the order of their bounds, `+Inf` last, each with the number of measurements up to its bound
 * (`cumulative`) or in it. `undefined` when bounds and counts contradict each other.
 */
export function boundCounts(histogram: ExplicitHistogram, cumulative: boolean): readonly BoundCount[] | undefined {
  const { boundaries, counts } = histogram.buckets;
  if (!hasValidBuckets(histogram) && counts.length !== boundaries.length) return undefined;
  const found: BoundCount[] = [];
  let below = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const [i, bound] of boundaries.entries()) {
    if (!(bound > last)) return undefined;
    last = bound;
    if (bound === Number.POSITIVE_INFINITY) break;
    const count = Number(counts[i]);
    below += count;
    found.push({ bound: decimalText(bound), count: String(cumulative ? below : count) });
  }
  const total = Math.max(Number(histogram.count), below);
  found.push({ bound: '+Inf', count: String(cumulative ? total : total - below) });
  return found;
}
