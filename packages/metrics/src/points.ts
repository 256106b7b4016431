/**
 * The shapes this package reads and returns. They are structural: OpenTelemetry JS `ResourceMetrics` and decoded
 * OTLP records satisfy them as they are, so nothing needs to be wrapped or copied, and nothing is imported.
 */

/** Seconds and nanoseconds since the epoch; `[0, 0]` means unknown. */
export type Time = readonly [seconds: number, nanoseconds: number];

/** A count or an integer value: a bigint only where a number would not be exact. */
export type Count = number | bigint;

/** Free-form attributes. */
export interface AttributesLike {
  readonly [key: string]: unknown;
}

/** An explicit-bounds histogram: bucket `i` holds values in `(boundaries[i-1], boundaries[i]]`. */
export interface ExplicitHistogram {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly Count[] };
  readonly sum?: number | undefined;
  readonly count: Count;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Counts of consecutive exponential buckets; the first has index `offset`. */
export interface ExponentialRange {
  readonly offset: number;
  readonly bucketCounts: readonly Count[];
}

/** An exponential histogram: bucket `i` holds values in `(base^i, base^(i+1)]` with `base = 2^(2^-scale)`. */
export interface ExponentialHistogram {
  readonly count: Count;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: Count;
  readonly zeroThreshold?: number | undefined;
  readonly positive: ExponentialRange;
  readonly negative: ExponentialRange;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Count, sum and quantiles; the quantiles always describe a recent window. */
export interface Summary {
  readonly count: Count;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** One data point of any type. */
export interface DataPointLike {
  readonly startTime: Time;
  readonly endTime: Time;
  readonly attributes: AttributesLike;
  readonly value: unknown;
  /** OTLP flags; bit 0 = no recorded value. */
  readonly flags?: number | undefined;
  /** 0 integer, 1 double; absent = the descriptor's. */
  readonly valueType?: number | undefined;
}

/** One metric with its points. */
export interface MetricLike {
  readonly descriptor: { readonly name: string; readonly unit?: string; readonly valueType?: number };
  /** 0 delta, 1 cumulative (OpenTelemetry JS). */
  readonly aggregationTemporality: number;
  /** OTLP's own number where it is neither delta (1) nor cumulative (2). */
  readonly otlpTemporality?: number | undefined;
  /** 0 histogram, 1 exponential histogram, 2 gauge, 3 sum, 4 summary. */
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly DataPointLike[];
}

/** The metrics of one scope. */
export interface ScopeMetricsLike {
  readonly scope: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly attributes?: AttributesLike | undefined;
  };
  readonly metrics: readonly MetricLike[];
}

/** The metrics of one resource. */
export interface ResourceMetricsLike {
  readonly resource: { readonly attributes: AttributesLike };
  readonly scopeMetrics: readonly ScopeMetricsLike[];
}

/**
 * OpenTelemetry JS `AggregationTemporality`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DELTA, type MetricLike, POINT_TYPE } from '@telemetryflow/metrics';
 *
 * // What counts the events since the last collection; a level has no temporality, whatever its record says.
 * const isDelta = ({ dataPointType, aggregationTemporality }: MetricLike): boolean =>
 *   dataPointType !== POINT_TYPE.gauge && aggregationTemporality === DELTA;
 * const metric = { descriptor: { name: 'queue' }, aggregationTemporality: DELTA, dataPoints: [] };
 * assert.ok(isDelta({ ...metric, dataPointType: POINT_TYPE.sum }));
 * assert.ok(!isDelta({ ...metric, dataPointType: POINT_TYPE.gauge }));
 * ```
 */
export const DELTA = 0;
/**
 * OpenTelemetry JS `AggregationTemporality`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createTemporalityConverter, CUMULATIVE, DELTA, POINT_TYPE, type Time } from '@telemetryflow/metrics';
 *
 * const endTime: Time = [110, 0];
 * const dataPoints = [{ startTime: [100, 0] as const, endTime, attributes: {}, value: 5 }];
 * const type = { dataPointType: POINT_TYPE.sum, isMonotonic: true, aggregationTemporality: DELTA };
 * const metrics = [{ descriptor: { name: 'requests' }, ...type, dataPoints }];
 * const records = [{ resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'http' }, metrics }] }];
 * const { records: converted } = createTemporalityConverter({ target: 'cumulative' }).convert(records, 110_000);
 * assert.equal(converted[0]?.scopeMetrics[0]?.metrics[0]?.aggregationTemporality, CUMULATIVE);
 * ```
 */
export const CUMULATIVE = 1;

/**
 * OpenTelemetry JS `DataPointType`, and 4 for summaries.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CUMULATIVE, type MetricLike, POINT_TYPE, type Summary } from '@telemetryflow/metrics';
 *
 * const value: Summary = { count: 4, sum: 10, quantiles: [{ quantile: 0.5, value: 2 }] };
 * const point = { startTime: [100, 0] as const, endTime: [110, 0] as const, attributes: {}, value };
 * const type = { dataPointType: POINT_TYPE.summary, aggregationTemporality: CUMULATIVE };
 * const metrics: MetricLike[] = [{ descriptor: { name: 'gc.pause' }, ...type, dataPoints: [point] }];
 * const isHistogram = ({ dataPointType }: MetricLike): boolean =>
 *   dataPointType === POINT_TYPE.histogram || dataPointType === POINT_TYPE.exponentialHistogram;
 * assert.deepEqual(metrics.filter(isHistogram), []);
 * ```
 */
export const POINT_TYPE = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3, summary: 4 } as const;

/**
 * True for OTLP's "no recorded value" flag: the series ended, the value means nothing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type DataPointLike, hasNoRecordedValue } from '@telemetryflow/metrics';
 *
 * const ended: DataPointLike = { startTime: [100, 0], endTime: [110, 0], attributes: {}, value: 0, flags: 1 };
 * assert.ok(hasNoRecordedValue(ended));
 * assert.ok(!hasNoRecordedValue({ ...ended, flags: 0 }));
 * ```
 */
export function hasNoRecordedValue(point: DataPointLike): boolean {
  return ((point.flags ?? 0) & 1) === 1;
}

/** Chronological order: negative when `a` is earlier. */
export function compareTime(a: Time, b: Time): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** True for a time that was never set. */
export function isUnset(time: Time): boolean {
  return time[0] === 0 && time[1] === 0;
}
