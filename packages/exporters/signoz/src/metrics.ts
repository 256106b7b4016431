/** What SigNoz would skip in metrics: NaN points (dropped and counted) and exponential histograms (converted). */
import type { OtlpEncode } from '@telemetryflow/http';
import { type Batch, batchFromRecords, type Encoded, type Items } from '@telemetryflow/kernel';
import { exponentialToExplicit } from '@telemetryflow/metrics';
import {
  DataPointType,
  type ExponentialHistogramRecord,
  type HistogramRecord,
  type HistogramValue,
  type MetricRecord,
  type ResourceMetricsRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { needsMetricChange } from './scan.ts';

/** Boundaries of a converted histogram at most. */
const MAX_BOUNDARIES = 64;
const NO_RECORDED_VALUE = 1;

/** An encoder in front of `encode`. */
export function metricsEncoder(encode: OtlpEncode, convert: boolean): OtlpEncode {
  return function* (batch, context) {
    if (!needsMetricChange(batch.otlp(), convert)) {
      yield* encode(batch, context);
      return;
    }
    const records = (batch as Batch<'metrics'>).records();
    const kept = keptItems(records);
    if (kept.length < batch.count) {
      const all = new Set(kept);
      const dropped = Array.from({ length: batch.count }, (_, item) => item).filter((item) => !all.has(item));
      yield { dropped, reason: 'unsupported', detail: 'SigNoz skips points that are NaN' };
    }
    if (kept.length === 0) return;
    const rest = kept.length === batch.count ? records : (batch.select(kept) as Batch<'metrics'>).records();
    const changed = convert ? rest.map(convertResource) : rest;
    for (const each of encode(batchFromRecords('metrics', changed) as Batch, context)) yield renumber(each, kept);
  };
}

/** An encoder's result for a selection, with the numbers that its items have in the whole batch. */
function renumber<B>(encoded: Encoded<B>, kept: readonly number[]): Encoded<B> {
  if (encoded === undefined) return undefined;
  if ('dropped' in encoded) return { ...encoded, dropped: original(encoded.dropped, kept) };
  return { ...encoded, items: original(encoded.items, kept) };
}

function original(items: Items, kept: readonly number[]): readonly number[] {
  return 'from' in items ? kept.slice(items.from, items.to) : items.map((item) => kept[item] ?? -1);
}

function keptItems(records: readonly ResourceMetricsRecord[]): number[] {
  const kept: number[] = [];
  let item = 0;
  for (const { scopeMetrics } of records) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          const recorded = ((point.flags ?? 0) & NO_RECORDED_VALUE) === 0;
          if (!(recorded && isNaNPoint(metric, point.value))) kept.push(item);
          item += 1;
        }
      }
    }
  }
  return kept;
}

function isNaNPoint(metric: MetricRecord, value: unknown): boolean {
  if (metric.dataPointType === DataPointType.GAUGE || metric.dataPointType === DataPointType.SUM) {
    return Number.isNaN(value);
  }
  const { sum, min, max } = value as HistogramValue;
  if (Number.isNaN(sum) || Number.isNaN(min) || Number.isNaN(max)) return true;
  if (metric.dataPointType !== DataPointType.SUMMARY) return false;
  return (value as SummaryValue).quantiles.some((each) => Number.isNaN(each.quantile) || Number.isNaN(each.value));
}

function convertResource(each: ResourceMetricsRecord): ResourceMetricsRecord {
  return {
    resource: each.resource,
    scopeMetrics: each.scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(convertMetric) })),
  };
}

function convertMetric(metric: MetricRecord): MetricRecord {
  return metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM ? toExplicit(metric) : metric;
}

function toExplicit(metric: ExponentialHistogramRecord): HistogramRecord {
  const { otlpTemporality } = metric;
  return {
    descriptor: metric.descriptor,
    aggregationTemporality: metric.aggregationTemporality,
    ...(otlpTemporality !== undefined && { otlpTemporality }),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: metric.dataPoints.map((point) => ({
      ...point,
      value: exponentialToExplicit(point.value, { maxBoundaries: MAX_BOUNDARIES }),
    })),
  };
}
