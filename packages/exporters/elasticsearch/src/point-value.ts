/** The value of a data point as it stands in a document, with the dynamic template that maps it. */
import { hasNoRecordedValue } from '@telemetryflow/metrics';
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type SummaryValue,
  ValueType,
} from '@telemetryflow/otlp';
import { explicitDistribution, exponentialDistribution } from './histogram-value.ts';
import { jsonDouble, jsonInteger } from './json-text.ts';

export type PointValue =
  | { readonly json: string; readonly template: string }
  | { readonly dropped: 'invalid'; readonly detail: string };

export function pointValue(metric: MetricRecord, point: DataPointRecord<unknown>): PointValue {
  if (hasNoRecordedValue(point)) return invalid('no recorded value');
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return distribution(explicitDistribution(point.value as HistogramValue));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return distribution(exponentialDistribution(point.value as ExponentialHistogramValue));
    case DataPointType.SUMMARY: {
      const { sum, count } = point.value as SummaryValue;
      if (!Number.isFinite(sum) || !Number.isFinite(Number(count))) return invalid('sum or count is not finite');
      return { json: `{"sum":${jsonDouble(sum)},"value_count":${jsonInteger(count)}}`, template: 'summary' };
    }
    default: {
      const counter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
      return number(
        metric,
        point,
        counter && metric.aggregationTemporality === AggregationTemporality.CUMULATIVE ? 'counter' : 'gauge',
      );
    }
  }
}

function number(metric: MetricRecord, point: DataPointRecord<unknown>, kind: 'counter' | 'gauge'): PointValue {
  const { value } = point;
  if (typeof value === 'bigint') return { json: jsonInteger(value), template: `${kind}_long` };
  if (typeof value !== 'number') return invalid('no value');
  if (!Number.isFinite(value)) return invalid('JSON has no NaN and no infinity');
  const integer = (point.valueType ?? metric.descriptor.valueType) === ValueType.INT && Number.isInteger(value);
  return integer
    ? { json: jsonInteger(value), template: `${kind}_long` }
    : { json: jsonDouble(value), template: `${kind}_double` };
}

function distribution(made: { readonly json: string } | { readonly problem: string }): PointValue {
  return 'json' in made ? { json: made.json, template: 'histogram' } : invalid(made.problem);
}

function invalid(detail: string): PointValue {
  return { dropped: 'invalid', detail };
}
