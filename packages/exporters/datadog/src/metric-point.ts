/** A data point as what Datadog knows, or the reason why it cannot be sent. */
import { type Histogram, hasNoRecordedValue, hasValidBuckets, isExponential } from '@telemetryflow/metrics';
import { AggregationTemporality, DataPointType, type MetricRecord, type SummaryValue } from '@telemetryflow/otlp';
import type { PointValue } from './point-group.ts';
import type { SeriesKind } from './series.ts';

/** A data point of any type. */
export type Point = MetricRecord['dataPoints'][number];

/** Why a point is not sent, with the reason of the closed set that it counts under. */
export interface PointRefusal {
  readonly reason: 'invalid' | 'filtered' | 'unconverted';
  readonly detail: string;
}

const NO_VALUE: PointRefusal = { reason: 'filtered', detail: 'points without a recorded value' };
const EMPTY: PointRefusal = { reason: 'filtered', detail: 'histograms without measurements' };
const NOT_FINITE: PointRefusal = { reason: 'invalid', detail: 'values that are not finite' };
const MALFORMED: PointRefusal = { reason: 'invalid', detail: 'histograms whose counts and bounds do not fit together' };
const CUMULATIVE: PointRefusal = { reason: 'unconverted', detail: 'cumulative points that were not converted' };

/** Bucket indices beyond this scale resolve no double. */
const MAX_SCALE = 52;

export function pointValue(metric: MetricRecord, point: Point): PointValue | PointRefusal {
  const { value } = point;
  if (hasNoRecordedValue(point) || value === undefined) return NO_VALUE;
  const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return numberValue('gauge', value as number | bigint);
    case DataPointType.SUM:
      if (isDelta) return numberValue('count', value as number | bigint);
      return metric.isMonotonic ? CUMULATIVE : numberValue('gauge', value as number | bigint);
    case DataPointType.SUMMARY:
      return summaryValue(value as SummaryValue);
    default:
      return isDelta ? histogramValue(value as Histogram) : CUMULATIVE;
  }
}

function numberValue(kind: SeriesKind, value: number | bigint): PointValue | PointRefusal {
  const number = Number(value);
  return Number.isFinite(number) ? { kind, value: number } : NOT_FINITE;
}

function summaryValue(value: SummaryValue): PointValue | PointRefusal {
  return Number.isFinite(Number(value.count)) && Number.isFinite(value.sum) ? { kind: 'summary', value } : NOT_FINITE;
}

function histogramValue(value: Histogram): PointValue | PointRefusal {
  const { count, sum, min, max } = value;
  if (![sum ?? 0, min ?? 0, max ?? 0].every(Number.isFinite)) return NOT_FINITE;
  const fits = isExponential(value)
    ? Number.isInteger(value.scale) && Math.abs(value.scale) <= MAX_SCALE
    : hasValidBuckets(value);
  if (!fits) return MALFORMED;
  return Number(count) > 0 ? { kind: 'histogram', value } : EMPTY;
}
