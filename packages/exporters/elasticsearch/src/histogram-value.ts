/** Distributions as Elasticsearch keeps them: values, and how often each occurs. */
import { exponentialBound, hasValidBuckets } from '@telemetryflow/metrics';
import type { ExponentialHistogramValue, HistogramValue } from '@telemetryflow/otlp';
import { jsonDouble, jsonInteger } from './json-text.ts';

type Count = number | bigint;

/** `{"counts":[…],"values":[…]}`, or why there is none. */
export type Distribution = { readonly json: string } | { readonly problem: string };

/** One value per bucket that holds any: the middle of it, or the only bound it has. */
export function explicitDistribution(histogram: HistogramValue): Distribution {
  const { boundaries, counts } = histogram.buckets;
  if (!hasValidBuckets(histogram)) return { problem: 'the histogram has other than one count more than bounds' };
  const list = new Values();
  if (boundaries.length === 0) {
    const total = Number(histogram.count);
    if (total > 0) list.add(histogram.count, histogram.sum === undefined ? 0 : histogram.sum / total);
    return list.close();
  }
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count <= 0) continue;
    const lower = boundaries[i - 1];
    const upper = boundaries[i];
    if (lower === undefined) list.add(count, (upper ?? 0) > 0 ? (upper ?? 0) / 2 : (upper ?? 0));
    else list.add(count, upper === undefined ? lower : lower / 2 + upper / 2);
  }
  return list.close();
}

/** Ascending: negative buckets from the last, zero, positive ones; each stands for the middle of its bounds. */
export function exponentialDistribution(histogram: ExponentialHistogramValue): Distribution {
  const { scale, negative, positive, zeroCount } = histogram;
  const middle = (index: number): number => exponentialBound(index, scale) / 2 + exponentialBound(index + 1, scale) / 2;
  const list = new Values();
  for (let i = negative.bucketCounts.length - 1; i >= 0; i--) {
    list.add(negative.bucketCounts[i] ?? 0, -middle(negative.offset + i));
  }
  list.add(zeroCount, 0);
  for (let i = 0; i < positive.bucketCounts.length; i++) {
    list.add(positive.bucketCounts[i] ?? 0, middle(positive.offset + i));
  }
  return list.close();
}

class Values {
  #counts = '';
  #values = '';
  #problem: string | undefined;

  add(count: Count, value: number): void {
    if (!(count > 0)) return;
    if (!Number.isFinite(value)) this.#problem = 'a bound of the histogram is not finite';
    this.#counts += `${this.#counts === '' ? '' : ','}${jsonInteger(count)}`;
    this.#values += `${this.#values === '' ? '' : ','}${jsonDouble(value)}`;
  }

  close(): Distribution {
    if (this.#problem !== undefined) return { problem: this.#problem };
    return { json: `{"counts":[${this.#counts}],"values":[${this.#values}]}` };
  }
}
