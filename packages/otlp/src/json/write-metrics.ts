/** Writes metrics of OTLP/JSON. */
import { isInt64Number } from '../attributes.ts';
import { otlpTemporality } from '../proto/write-metrics.ts';
import {
  type DataPointRecord,
  DataPointType,
  type ExemplarRecord,
  type ExponentialBuckets,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricRecord,
  type ResourceMetricsRecord,
  type SummaryValue,
  ValueType,
} from '../records.ts';
import { uint64 } from '../values.ts';
import { jsonConstant } from './bytes.ts';
import { closeGroup, writeResource, writeScope } from './write-groups.ts';
import { writeAttributes } from './write-values.ts';
import type { JsonWriter } from './writer.ts';

const OPEN = jsonConstant('{');
const SCOPE_METRICS = jsonConstant('"scopeMetrics":[');
const METRICS = jsonConstant('"metrics":[');
const NAME = jsonConstant('"name":');
const DESCRIPTION = jsonConstant('"description":');
const UNIT = jsonConstant('"unit":');
const METADATA = jsonConstant('"metadata":[');
/** The member that holds the data, by DataPointType. */
const DATA = ['histogram', 'exponentialHistogram', 'gauge', 'sum', 'summary'].map((name) =>
  jsonConstant(`"${name}":{`),
);
const DATA_POINTS = jsonConstant('"dataPoints":[');
const TEMPORALITY = jsonConstant('"aggregationTemporality":');
const MONOTONIC = jsonConstant('"isMonotonic":true,');
const START = jsonConstant('"startTimeUnixNano":');
const TIME = jsonConstant('"timeUnixNano":');
const AS_INT = jsonConstant('"asInt":');
const AS_DOUBLE = jsonConstant('"asDouble":');
const EXEMPLARS = jsonConstant('"exemplars":[');
const ATTRIBUTES = jsonConstant('"attributes":[');
const FLAGS = jsonConstant('"flags":');
const COUNT = jsonConstant('"count":');
const SUM = jsonConstant('"sum":');
const BUCKET_COUNTS = jsonConstant('"bucketCounts":[');
const BOUNDS = jsonConstant('"explicitBounds":[');
const MIN = jsonConstant('"min":');
const MAX = jsonConstant('"max":');
const SCALE = jsonConstant('"scale":');
const ZERO_COUNT = jsonConstant('"zeroCount":');
const POSITIVE = jsonConstant('"positive":{');
const NEGATIVE = jsonConstant('"negative":{');
const OFFSET = jsonConstant('"offset":');
const ZERO_THRESHOLD = jsonConstant('"zeroThreshold":');
const QUANTILES = jsonConstant('"quantileValues":[');
const QUANTILE = jsonConstant('"quantile":');
const VALUE = jsonConstant('"value":');
const SPAN_ID = jsonConstant('"spanId":');
const TRACE_ID = jsonConstant('"traceId":');
const FILTERED = jsonConstant('"filteredAttributes":[');

const BRACE = 0x7d;
const BRACKET = 0x5d;
const COMMA = 0x2c;

/** Writes the metrics of one resource and a comma. */
export function writeResourceMetrics(writer: JsonWriter, record: ResourceMetricsRecord): void {
  writeResource(writer, record.resource);
  writer.put(SCOPE_METRICS);
  for (const { scope, metrics } of record.scopeMetrics) {
    writeScope(writer, scope);
    writer.put(METRICS);
    for (let i = 0; i < metrics.length; i++) writeMetric(writer, metrics[i] as MetricRecord);
    closeGroup(writer, scope.schemaUrl);
  }
  closeGroup(writer, record.resource.schemaUrl);
}

function writeMetric(writer: JsonWriter, metric: MetricRecord): void {
  const { descriptor } = metric;
  writer.ensure(0);
  writer.put(OPEN);
  writer.optional(NAME, descriptor.name);
  writer.optional(DESCRIPTION, descriptor.description);
  writer.optional(UNIT, descriptor.unit);
  if (metric.noData !== true) {
    writer.put(DATA[metric.dataPointType] as Uint8Array);
    writer.put(DATA_POINTS);
    writePoints(writer, metric);
    writer.close(BRACKET);
    if (metric.dataPointType !== DataPointType.GAUGE && metric.dataPointType !== DataPointType.SUMMARY) {
      writer.int32(TEMPORALITY, otlpTemporality(metric));
    }
    if (metric.dataPointType === DataPointType.SUM && metric.isMonotonic) writer.put(MONOTONIC);
    writer.close(BRACE);
  }
  writeAttributes(writer, METADATA, descriptor.metadata, 4);
  writer.close(BRACE);
}

function writePoints(writer: JsonWriter, metric: MetricRecord): void {
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
    case DataPointType.SUM:
      for (const point of metric.dataPoints) writeNumber(writer, point, metric.descriptor.valueType);
      break;
    case DataPointType.HISTOGRAM:
      for (const point of metric.dataPoints) writeHistogram(writer, point);
      break;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      for (const point of metric.dataPoints) writeExponentialHistogram(writer, point);
      break;
    default:
      for (const point of metric.dataPoints) writeSummary(writer, point);
  }
}

function openPoint(writer: JsonWriter, point: DataPointRecord<unknown>): void {
  writer.ensure(0);
  writer.put(OPEN);
  writer.time(START, point.startTime);
  writer.time(TIME, point.endTime);
}

function closePoint(writer: JsonWriter, point: DataPointRecord<unknown>, type: number): void {
  writeExemplars(writer, point.exemplars, type);
  writeAttributes(writer, ATTRIBUTES, point.attributes, 6);
  writer.uint32(FLAGS, point.flags);
  writer.close(BRACE);
}

function writeNumber(writer: JsonWriter, point: DataPointRecord<number | bigint | undefined>, type: number): void {
  openPoint(writer, point);
  writeNumberValue(writer, point.value, point.valueType ?? type);
  closePoint(writer, point, type);
}

function writeNumberValue(writer: JsonWriter, value: number | bigint | undefined, type: number): void {
  if (value === undefined || value === null) return;
  if (type === ValueType.INT && (typeof value === 'bigint' || isInt64Number(value))) {
    writer.put(AS_INT);
    writer.int64(value);
    writer.bytes[writer.pos++] = COMMA;
  } else writeDouble(writer, AS_DOUBLE, Number(value));
}

function writeHistogram(writer: JsonWriter, point: DataPointRecord<HistogramValue>): void {
  const { value } = point;
  openPoint(writer, point);
  writeCount(writer, COUNT, value.count);
  writeDouble(writer, SUM, value.sum);
  writeCounts(writer, value.buckets.counts);
  if (value.buckets.boundaries.length > 0) {
    writer.put(BOUNDS);
    for (const bound of value.buckets.boundaries) {
      writer.ensure(0);
      writer.double(bound);
      writer.bytes[writer.pos++] = COMMA;
    }
    writer.close(BRACKET);
  }
  writeDouble(writer, MIN, value.min);
  writeDouble(writer, MAX, value.max);
  closePoint(writer, point, ValueType.DOUBLE);
}

function writeExponentialHistogram(writer: JsonWriter, point: DataPointRecord<ExponentialHistogramValue>): void {
  const { value } = point;
  openPoint(writer, point);
  writeCount(writer, COUNT, value.count);
  writeDouble(writer, SUM, value.sum);
  writer.int32(SCALE, value.scale);
  writeCount(writer, ZERO_COUNT, value.zeroCount);
  writeBuckets(writer, POSITIVE, value.positive);
  writeBuckets(writer, NEGATIVE, value.negative);
  writeDouble(writer, MIN, value.min);
  writeDouble(writer, MAX, value.max);
  writeSetDouble(writer, ZERO_THRESHOLD, value.zeroThreshold ?? 0);
  closePoint(writer, point, ValueType.DOUBLE);
}

function writeBuckets(writer: JsonWriter, key: Uint8Array, buckets: ExponentialBuckets): void {
  writer.ensure(0);
  writer.put(key);
  writer.int32(OFFSET, buckets.offset);
  writeCounts(writer, buckets.bucketCounts);
  writer.close(BRACE);
}

function writeSummary(writer: JsonWriter, point: DataPointRecord<SummaryValue>): void {
  const { value } = point;
  openPoint(writer, point);
  writeCount(writer, COUNT, value.count);
  writeSetDouble(writer, SUM, value.sum);
  if (value.quantiles.length > 0) {
    writer.put(QUANTILES);
    for (const { quantile, value: estimate } of value.quantiles) {
      writer.ensure(0);
      writer.put(OPEN);
      writeSetDouble(writer, QUANTILE, quantile);
      writeSetDouble(writer, VALUE, estimate);
      writer.close(BRACE);
    }
    writer.close(BRACKET);
  }
  closePoint(writer, point, ValueType.DOUBLE);
}

function writeExemplars(writer: JsonWriter, exemplars: readonly ExemplarRecord[] | undefined, type: number): void {
  if (exemplars === undefined || exemplars.length === 0) return;
  writer.ensure(0);
  writer.put(EXEMPLARS);
  for (const exemplar of exemplars) {
    writer.ensure(0);
    writer.put(OPEN);
    writer.time(TIME, exemplar.time);
    writeNumberValue(writer, exemplar.value, exemplar.valueType ?? type);
    writer.validId(SPAN_ID, exemplar.spanId, 16);
    writer.validId(TRACE_ID, exemplar.traceId, 32);
    writeAttributes(writer, FILTERED, exemplar.filteredAttributes, 7);
    writer.close(BRACE);
  }
  writer.close(BRACKET);
}

function writeDouble(writer: JsonWriter, key: Uint8Array, value: number | undefined): void {
  if (value === undefined) return;
  writer.put(key);
  writer.double(value);
  writer.bytes[writer.pos++] = COMMA;
}

/** A plain double field: 0 is left out, -0 is not. */
function writeSetDouble(writer: JsonWriter, key: Uint8Array, value: number): void {
  if (!Object.is(value, 0)) writeDouble(writer, key, value);
}

function writeCount(writer: JsonWriter, key: Uint8Array, count: number | bigint): void {
  const value = uint64(count);
  if (!value) return;
  writer.put(key);
  writer.int64(value);
  writer.bytes[writer.pos++] = COMMA;
}

function writeCounts(writer: JsonWriter, counts: readonly (number | bigint)[]): void {
  if (counts.length === 0) return;
  writer.put(BUCKET_COUNTS);
  for (let i = 0; i < counts.length; i++) {
    writer.ensure(0);
    writer.int64(uint64(counts[i] as number | bigint));
    writer.bytes[writer.pos++] = COMMA;
  }
  writer.close(BRACKET);
}
