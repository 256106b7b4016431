/** A data point as one number, for what knows no other values. */
import { hasNoRecordedValue, statisticsOf } from '@telemetryflow/metrics';
import { DataPointType, type MetricRecord, type SummaryValue } from '@telemetryflow/otlp';

/** Gauges and sums as they are, of distributions the average; `undefined` without a value, or for one that is not finite. */
export function pointValue(metric: MetricRecord, point: MetricRecord['dataPoints'][number]): number | undefined {
  if (hasNoRecordedValue(point) || point.value === undefined) return undefined;
  const value = numberOf(metric, point.value);
  return Number.isFinite(value) ? value : undefined;
}

function numberOf({ dataPointType }: MetricRecord, value: unknown): number {
  switch (dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      return Number(value);
    case DataPointType.HISTOGRAM:
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const { sum, count } = statisticsOf(value as Parameters<typeof statisticsOf>[0]) ?? { sum: Number.NaN, count: 1 };
      return sum / count;
    }
    default: {
      const { sum, count } = value as SummaryValue;
      return sum / Number(count);
    }
  }
}
