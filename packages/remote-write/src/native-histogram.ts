/** OpenTelemetry histograms as Prometheus native histograms. */
import {
  type Count,
  downscale,
  type ExplicitHistogram,
  type ExponentialHistogram,
  type ExponentialRange,
  subtractCounts,
} from '@telemetryflow/metrics';
import type { NativeBuckets, NativeHistogram } from './messages.ts';

/** The range of schemas receivers accept. */
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
const CUSTOM_BUCKETS_SCHEMA = -53;
/** Gaps of up to this many empty buckets are filled: cheaper than a new span. */
const MAX_FILLED_GAP = 2;
/** What other senders write when OpenTelemetry names no threshold. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;

const NO_BUCKETS: NativeBuckets = { spans: [], deltas: [] };

/** Where and when a native histogram belongs. */
export interface NativeContext {
  readonly timestampMs: number;
  readonly startMs: number;
  readonly item: number;
}

/** Why a histogram has no native form. */
export type NativeRefusal = 'scale_too_low' | 'missing_sum' | 'malformed';

/**
 * The native form: scales above 8 are lowered to it, below -4 there is none. The count must equal the sum of the
 * buckets: see `repairCount`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { labelSet, RequestBuilder, toNativeHistogram } from '@telemetryflow/remote-write';
 * import type { NativeBuckets, NativeContext, NativeHistogram, NativeRefusal } from '@telemetryflow/remote-write';
 *
 * const negative = { offset: 0, bucketCounts: [] };
 * const sizes = { count: 5, sum: 9, scale: 0, zeroCount: 0, positive: { offset: 0, bucketCounts: [3, 2] }, negative };
 * const when: NativeContext = { timestampMs: 1_767_225_600_000, startMs: 0, item: 0 };
 * const histogram: NativeHistogram | NativeRefusal = toNativeHistogram(sizes, when);
 * assert.ok(typeof histogram === 'object');
 * const buckets: NativeBuckets = { spans: [1, 2], deltas: [3, -1] };
 * assert.deepEqual(histogram.positive, buckets);
 * const builder = new RequestBuilder();
 * builder.addHistogram(labelSet({ __name__: 'sizes' }), undefined, histogram);
 * assert.equal(builder.histograms, 1);
 * ```
 */
export function toNativeHistogram(
  histogram: ExponentialHistogram,
  { timestampMs, startMs, item }: NativeContext,
): NativeHistogram | NativeRefusal {
  if (!Number.isInteger(histogram.scale)) return 'malformed';
  if (histogram.scale < MIN_SCHEMA) return 'scale_too_low';
  if (histogram.sum === undefined) return 'missing_sum';
  const { count, sum, zeroCount, zeroThreshold, scale, positive, negative } = downscale(histogram, MAX_SCHEMA);
  return {
    timestampMs,
    startMs,
    item,
    count,
    sum: sum ?? 0,
    schema: scale,
    zeroThreshold: zeroThreshold === undefined || zeroThreshold === 0 ? DEFAULT_ZERO_THRESHOLD : zeroThreshold,
    zeroCount,
    // OpenTelemetry's bucket i is (base^i, base^(i+1)], Prometheus names it by its upper bound.
    positive: nativeBuckets(positive, 1),
    negative: nativeBuckets(negative, 1),
  };
}

/**
 * A histogram with explicit boundaries in the native form with custom buckets (schema -53, 2.0 only).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type SampleOptions, toCustomBuckets } from '@telemetryflow/remote-write';
 *
 * const latency = { buckets: { boundaries: [0.1, 1], counts: [6, 3, 1] }, sum: 3.2, count: 10 };
 * const when = { timestampMs: 1_767_225_600_000, startMs: 0, item: 0 };
 * const custom = toCustomBuckets(latency, when);
 * const form: SampleOptions['histograms'] = typeof custom === 'object' ? 'nhcb' : 'classic';
 * assert.deepEqual([form, typeof custom === 'object' && custom.customValues], ['nhcb', [0.1, 1]]);
 * assert.equal(toCustomBuckets({ ...latency, sum: undefined }, when), 'missing_sum');
 * ```
 */
export function toCustomBuckets(
  histogram: ExplicitHistogram,
  { timestampMs, startMs, item }: NativeContext,
): NativeHistogram | NativeRefusal {
  if (histogram.sum === undefined) return 'missing_sum';
  const { boundaries, counts } = histogram.buckets;
  const customValues = boundaries.filter((bound) => bound !== Number.POSITIVE_INFINITY);
  for (const [i, bound] of customValues.entries()) {
    if (Number.isNaN(bound) || bound <= (customValues[i - 1] ?? Number.NEGATIVE_INFINITY)) return 'malformed';
  }
  return {
    timestampMs,
    startMs,
    item,
    count: histogram.count,
    sum: histogram.sum,
    schema: CUSTOM_BUCKETS_SCHEMA,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: nativeBuckets({ offset: 0, bucketCounts: counts.length === 0 ? [histogram.count] : counts }, 0),
    negative: NO_BUCKETS,
    customValues,
  };
}

/** Runs of non-empty buckets, small gaps filled, and differences of counts. */
function nativeBuckets(range: ExponentialRange, indexShift: number): NativeBuckets {
  const spans: number[] = [];
  const deltas: Count[] = [];
  let previous: Count = 0;
  /** Index after the last bucket written. */
  let next = 0;
  for (const [i, count] of range.bucketCounts.entries()) {
    if (Number(count) === 0) continue;
    const index = range.offset + i + indexShift;
    const gap = index - next;
    if (spans.length > 0 && gap <= MAX_FILLED_GAP) {
      for (let filled = 0; filled < gap; filled++) {
        deltas.push(subtractCounts(0, previous));
        previous = 0;
      }
      spans[spans.length - 1] = (spans[spans.length - 1] ?? 0) + gap + 1;
    } else {
      spans.push(gap, 1);
    }
    deltas.push(subtractCounts(count, previous));
    previous = count;
    next = index + 1;
  }
  return { spans, deltas };
}
