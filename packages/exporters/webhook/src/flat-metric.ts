/** One data point as one line of plain JSON. */
import {
  type DataPointRecord,
  DataPointType,
  type ExemplarRecord,
  type ExponentialBuckets,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SummaryValue,
} from '@telemetryflow/otlp';
import { type FlatContext, head, list, map, member, tail, text, time } from './flat-record.ts';
import { jsonNumber, type StringLimit } from './flat-value.ts';

const NO_RECORDED_VALUE = 1;
const TEMPORALITY = ['delta', 'cumulative'];
const TYPES: Readonly<Record<number, string>> = {
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.SUM]: 'sum',
  [DataPointType.HISTOGRAM]: 'histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'exponential_histogram',
  [DataPointType.SUMMARY]: 'summary',
};

/** What all points of a metric share, up to the point's own start time. */
export function metricHead(metric: MetricRecord): string {
  const { descriptor, dataPointType } = metric;
  const summed = dataPointType !== DataPointType.GAUGE && dataPointType !== DataPointType.SUMMARY;
  const temporality = summed && metric.otlpTemporality === undefined ? TEMPORALITY[metric.aggregationTemporality] : '';
  return (
    member('name', text(descriptor.name)) +
    member('type', text(TYPES[dataPointType])) +
    member('unit', text(descriptor.unit)) +
    member('description', text(descriptor.description)) +
    member('temporality', text(temporality)) +
    (metric.dataPointType === DataPointType.SUM ? `,"monotonic":${metric.isMonotonic}` : '')
  );
}

/** Where a point stands. */
export interface PointSite {
  readonly metric: MetricRecord;
  readonly metricHead: string;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
}

/** A data point of any type. */
export function flatPoint(
  point: DataPointRecord<unknown>,
  site: PointSite,
  context: FlatContext,
  limit?: StringLimit,
): string {
  const unrecorded = ((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0;
  const line =
    head('metric', time(point.endTime), context) +
    site.metricHead +
    member('start_time', time(point.startTime)) +
    (unrecorded ? ',"no_recorded_value":true' : valueMembers(site.metric, point)) +
    list('exemplars', point.exemplars ?? [], (exemplar) => exemplarJson(exemplar, limit)) +
    member('attributes', map(point.attributes, limit));
  return line + tail(site.resource, site.scope, context, limit?.truncated === true);
}

function valueMembers(metric: MetricRecord, point: DataPointRecord<unknown>): string {
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return histogram(point.value as HistogramValue);
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return exponentialHistogram(point.value as ExponentialHistogramValue);
    case DataPointType.SUMMARY:
      return summary(point.value as SummaryValue);
    default:
      return member('value', number(point.value as number | bigint | undefined));
  }
}

function number(value: number | bigint | undefined): string | undefined {
  return value === undefined ? undefined : jsonNumber(value);
}

function numbers(values: readonly (number | bigint)[]): string {
  return `[${values.map(jsonNumber).join(',')}]`;
}

function bounds({ count, sum, min, max }: Pick<HistogramValue, 'count' | 'sum' | 'min' | 'max'>): string {
  return (
    member('count', number(count)) +
    member('sum', number(sum)) +
    member('min', number(min)) +
    member('max', number(max))
  );
}

function histogram(value: HistogramValue): string {
  const { boundaries, counts } = value.buckets;
  return `${bounds(value)},"bounds":${numbers(boundaries)},"counts":${numbers(counts)}`;
}

function exponentialHistogram(value: ExponentialHistogramValue): string {
  return (
    `${bounds(value)},"scale":${value.scale},"zero_count":${jsonNumber(value.zeroCount)}` +
    `${member('zero_threshold', number(value.zeroThreshold || undefined))}` +
    `${buckets('positive', value.positive)}${buckets('negative', value.negative)}`
  );
}

function buckets(name: string, { offset, bucketCounts }: ExponentialBuckets): string {
  return bucketCounts.length === 0 ? '' : `,"${name}":{"offset":${offset},"counts":${numbers(bucketCounts)}}`;
}

function summary(value: SummaryValue): string {
  const quantiles = value.quantiles.map(
    (each) => `{"quantile":${jsonNumber(each.quantile)},"value":${jsonNumber(each.value)}}`,
  );
  return `${bounds(value)},"quantiles":[${quantiles.join(',')}]`;
}

function exemplarJson(exemplar: ExemplarRecord, limit: StringLimit | undefined): string {
  const members =
    member('time', time(exemplar.time)) +
    member('value', number(exemplar.value)) +
    member('trace_id', text(exemplar.traceId)) +
    member('span_id', text(exemplar.spanId)) +
    member('attributes', map(exemplar.filteredAttributes, limit));
  return `{${members.slice(1)}}`;
}
