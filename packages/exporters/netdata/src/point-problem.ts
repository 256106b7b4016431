/** Data points that an Agent would show wrong, or drop with an OK. */
import type { Reason } from '@telemetryflow/kernel';
import { hasNoRecordedValue, hasValidBuckets } from '@telemetryflow/metrics';
import { DataPointType, type MetricRecord, type SummaryValue } from '@telemetryflow/otlp';

/** Agents keep thousandths as int64. */
export const MAX_VALUE = 9.2e15;

export interface PointProblem {
  readonly reason: Reason;
  readonly detail: string;
}

const NO_VALUE: PointProblem = { reason: 'filtered', detail: 'a point without a value' };
const NOT_SHOWN: PointProblem = { reason: 'invalid', detail: 'a value that is not finite, or beyond 9.2e15' };
const BUCKETS: PointProblem = { reason: 'invalid', detail: 'a histogram whose counts do not match its boundaries' };
const TEMPORALITY: PointProblem = { reason: 'unconverted', detail: 'a sum or histogram without a temporality' };

/** What is wrong with a point; `undefined` for one that can be shown. */
export function pointProblem(
  metric: MetricRecord,
  point: MetricRecord['dataPoints'][number],
): PointProblem | undefined {
  if (hasNoRecordedValue(point) || point.value === undefined) return NO_VALUE;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return shown(Number(point.value)) ? undefined : NOT_SHOWN;
    case DataPointType.SUM:
      if (isUnspecified(metric)) return TEMPORALITY;
      return shown(Number(point.value)) ? undefined : NOT_SHOWN;
    case DataPointType.SUMMARY: {
      // The quantile of a window without measurements is NaN, and is left out alone.
      return shown((point.value as SummaryValue).sum) ? undefined : NOT_SHOWN;
    }
    default: {
      if (isUnspecified(metric)) return TEMPORALITY;
      const { sum = 0, min = 0, max = 0 } = point.value as { sum?: number; min?: number; max?: number };
      if (metric.dataPointType === DataPointType.HISTOGRAM && !hasValidBuckets(point.value as never)) return BUCKETS;
      return shown(sum) && shown(min) && shown(max) ? undefined : NOT_SHOWN;
    }
  }
}

function shown(value: number): boolean {
  return Math.abs(value) < MAX_VALUE;
}

function isUnspecified({ otlpTemporality: otlp }: MetricRecord): boolean {
  return otlp !== undefined && otlp !== 1 && otlp !== 2;
}
