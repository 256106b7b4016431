/** Data points as Prometheus takes them over OTLP: for one that it does not, it refuses the whole request. */
import {
  DELTA,
  exponentialToExplicit,
  hasNoRecordedValue,
  hasValidBuckets,
  POINT_TYPE,
  repairCount,
} from '@telemetryflow/metrics';
import type { DataPointRecord, ExponentialHistogramValue, HistogramValue, MetricRecord } from '@telemetryflow/otlp';
import { type MetricsRefusal, toNativeHistogram } from '@telemetryflow/remote-write';
import type { PrometheusConfig } from './config.ts';

type ExponentialForm = PrometheusConfig['exponential_histograms'];

/** Why no point of a metric can be sent. */
export function metricRefusal(metric: MetricRecord, form: ExponentialForm): MetricsRefusal | undefined {
  const { dataPointType, otlpTemporality: otlp } = metric;
  if (dataPointType === POINT_TYPE.gauge || dataPointType === POINT_TYPE.summary) return undefined;
  if (otlp !== undefined && otlp !== 1 && otlp !== 2) return 'temporality_unspecified';
  if (metric.aggregationTemporality === DELTA) return 'delta';
  const exponential = dataPointType === POINT_TYPE.exponentialHistogram;
  return exponential && form === 'drop' ? 'exponential_histograms_dropped' : undefined;
}

/** The value to send, its count repaired; or why there is none. */
export function sendableValue(
  { dataPointType }: MetricRecord,
  point: DataPointRecord<unknown>,
  form: ExponentialForm,
): { readonly value: unknown } | MetricsRefusal {
  const isHistogram = dataPointType === POINT_TYPE.histogram;
  const isExponential = dataPointType === POINT_TYPE.exponentialHistogram;
  if (hasNoRecordedValue(point)) return { value: point.value };
  // A point without a value would be stored as 0.
  if (point.value === undefined || point.value === null) return 'no_value';
  if (isHistogram) {
    const value = point.value as HistogramValue;
    if (!hasValidBuckets(value) || value.buckets.boundaries.some(Number.isNaN)) return 'malformed_histogram';
    return { value: repairCount(value) };
  }
  if (!isExponential) return { value: point.value };
  const value = repairCount(point.value as ExponentialHistogramValue);
  if (form === 'classic') return { value: exponentialToExplicit(value, { maxScale: 0 }) };
  const native = toNativeHistogram(value, { timestampMs: 0, startMs: 0, item: 0 });
  if (typeof native === 'object') return { value };
  return native === 'malformed' ? 'malformed_histogram' : native;
}
