/** What a remote write request is made of, for both protocol versions. Times are ms since the epoch. */
import type { Count } from '@telemetryflow/metrics';
import type { LabelSet } from './label-set.ts';

/**
 * In place of a value: the series has ended.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { labelSet, RequestBuilder, STALE } from '@telemetryflow/remote-write';
 *
 * const builder = new RequestBuilder();
 * builder.addSample(labelSet({ __name__: 'up', job: 'shop' }), undefined, 1_767_225_600_000, STALE, 0, 0);
 * // The NaN that Prometheus takes for the end of a series.
 * assert.ok(Buffer.from(builder.encode(1)).includes(Buffer.from('020000000000f07f', 'hex')));
 * ```
 */
export const STALE: unique symbol = Symbol('stale');

/** A float sample of a series. */
export interface Sample {
  readonly timestampMs: number;
  readonly value: number | typeof STALE;
  /** When the counter began; 0 = unknown. Only 2.0 carries it. */
  readonly startMs: number;
  /** The caller's number for what this sample belongs to. */
  readonly item: number;
}

/** A measurement that stands for others, with what leads to its trace. */
export interface Exemplar {
  /** Name, value, name, value … */
  readonly labels: readonly string[];
  readonly value: number;
  readonly timestampMs: number;
}

/** One side of a native histogram: runs of buckets, and how their counts change from bucket to bucket. */
export interface NativeBuckets {
  /** Offset, length, offset, length …: the first offset is a bucket index, the others are gaps. */
  readonly spans: readonly number[];
  /** The first count, then differences. */
  readonly deltas: readonly Count[];
}

/** A native histogram sample of a series. */
export interface NativeHistogram {
  readonly timestampMs: number;
  readonly startMs: number;
  readonly item: number;
  /** The series has ended: everything else is ignored. */
  readonly stale?: boolean;
  readonly count: Count;
  readonly sum: number;
  /** -4 to 8, or -53 for custom buckets. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: Count;
  readonly positive: NativeBuckets;
  readonly negative: NativeBuckets;
  /** Upper boundaries, with schema -53 (2.0 only). */
  readonly customValues?: readonly number[];
}

/**
 * Metric types, as both protocol versions number them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { labelSet, METRIC_TYPE, type Metadata, RequestBuilder } from '@telemetryflow/remote-write';
 *
 * const metadata: Metadata = { family: 'cpu_seconds', type: METRIC_TYPE.counter, help: 'Time used.', unit: 'seconds' };
 * const builder = new RequestBuilder();
 * const labels = labelSet({ __name__: 'cpu_seconds_total' });
 * builder.addSample(labels, metadata, 1_767_225_600_000, 7.5, 0, 0); // for 2.0
 * builder.addMetadata(metadata); // for 1.0
 * for (const version of [1, 2] as const) assert.ok(Buffer.from(builder.encode(version)).includes('Time used.'));
 * ```
 */
export const METRIC_TYPE = { unknown: 0, counter: 1, gauge: 2, histogram: 3, summary: 5 } as const;

/** What a metric family is about. */
export interface Metadata {
  /** Name of the metric family, without `_bucket`, `_sum` and the like. */
  readonly family: string;
  /** One of {@link METRIC_TYPE}. */
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

/** One series of a request. */
export interface TimeSeries {
  readonly labels: LabelSet;
  /** Ascending by time, no time twice. */
  readonly samples: readonly Sample[];
  readonly histograms: readonly NativeHistogram[];
  readonly exemplars: readonly Exemplar[];
  readonly metadata: Metadata | undefined;
}
