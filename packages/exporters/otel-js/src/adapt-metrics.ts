/**
 * Metrics as exporters of OpenTelemetry JS take them: an SDK's own objects as they are. What the SDK has no word for
 * (summaries, points without a value) is named by the number of its data point and left out.
 */
import {
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type ResourceMetricsRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { isInt64, isSdkResource, plainAttributes, sdkResource } from './adapt-values.ts';

export interface AdaptedMetrics {
  /** A `ResourceMetrics`; undefined when nothing is left. */
  readonly metrics: unknown;
  /** Numbers of the data points it carries, from `firstItem` on. */
  readonly items: readonly number[];
  readonly summaries: readonly number[];
  readonly valueless: readonly number[];
  readonly nextItem: number;
}

export function adaptMetrics(record: ResourceMetricsRecord, firstItem: number): AdaptedMetrics {
  const items: number[] = [];
  const summaries: number[] = [];
  const valueless: number[] = [];
  let item = firstItem;
  const adaptMetric = (metric: MetricRecord): unknown => {
    const dataPoints: DataPointRecord<unknown>[] = [];
    for (const point of metric.dataPoints as readonly DataPointRecord<unknown>[]) {
      const number = item++;
      if (metric.dataPointType === DataPointType.SUMMARY) summaries.push(number);
      else if (point.value === undefined || ((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0) valueless.push(number);
      else {
        items.push(number);
        dataPoints.push({ ...point, attributes: plainAttributes(point.attributes), value: plainNumbers(point.value) });
      }
    }
    return dataPoints.length === 0 ? undefined : { ...metric, descriptor: describedBy(metric, dataPoints), dataPoints };
  };
  const scopeMetrics = record.scopeMetrics
    .map(({ scope, metrics }) => ({ scope, metrics: metrics.map(adaptMetric).filter((each) => each !== undefined) }))
    .filter(({ metrics }) => metrics.length > 0);
  const untouched = isSdkResource(record.resource) && items.length === item - firstItem;
  const adapted = untouched ? record : { resource: sdkResource(record.resource), scopeMetrics };
  return { metrics: items.length === 0 ? undefined : adapted, items, summaries, valueless, nextItem: item };
}

const NO_RECORDED_VALUE = 1;

/** The SDK knows the type of a metric's numbers, and not of each: where one is no int64, all are doubles. */
function describedBy({ descriptor }: MetricRecord, points: readonly DataPointRecord<unknown>[]): unknown {
  if (descriptor.valueType !== ValueType.INT) return descriptor;
  const wide = points.some(({ value }) => typeof value === 'number' && !isInt64(value));
  return wide ? { ...descriptor, valueType: ValueType.DOUBLE } : descriptor;
}

/** Counts and values beyond 2^53 lose their last digits: the SDK knows numbers only. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if ('scale' in value) {
    const histogram = value as ExponentialHistogramValue;
    return {
      ...histogram,
      count: Number(histogram.count),
      zeroCount: Number(histogram.zeroCount),
      positive: { ...histogram.positive, bucketCounts: histogram.positive.bucketCounts.map(Number) },
      negative: { ...histogram.negative, bucketCounts: histogram.negative.bucketCounts.map(Number) },
    };
  }
  const histogram = value as HistogramValue;
  const { boundaries, counts } = histogram.buckets;
  return { ...histogram, count: Number(histogram.count), buckets: { boundaries, counts: counts.map(Number) } };
}
