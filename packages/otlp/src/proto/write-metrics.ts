/** Writes ResourceMetrics messages down to data points. */
import { isInt64Number } from '../attributes.ts';
import {
  AggregationTemporality,
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
import { writeResource, writeScope } from './write-groups.ts';
import { writeAttributes } from './write-values.ts';
import type { ProtoWriter } from './writer.ts';

const POINT = 0x0a;

/** Writes the metrics of one resource as field 1 of a request. */
export function writeResourceMetrics(writer: ProtoWriter, record: ResourceMetricsRecord): void {
  writer.ensure(0);
  const start = writer.open(0x0a, 3);
  const resourceStart = writer.open(0x0a, 2);
  writeResource(writer, record.resource);
  writer.close(resourceStart, 2);
  for (const { scope, metrics } of record.scopeMetrics) {
    writer.ensure(0);
    const scopeStart = writer.open(0x12, 3);
    const nameStart = writer.open(0x0a, 1);
    writeScope(writer, scope);
    writer.close(nameStart, 1);
    for (let i = 0; i < metrics.length; i++) writeMetric(writer, metrics[i] as MetricRecord);
    writer.text(0x1a, scope.schemaUrl);
    writer.close(scopeStart, 3);
  }
  writer.text(0x1a, record.resource.schemaUrl);
  writer.close(start, 3);
}

/** OTLP's temporality: one above JavaScript's, or as received where JavaScript has none. */
export function otlpTemporality(metric: MetricRecord): number {
  const { aggregationTemporality: temporality } = metric;
  if (temporality === AggregationTemporality.CUMULATIVE && metric.otlpTemporality !== undefined) {
    return metric.otlpTemporality;
  }
  return temporality + 1;
}

/** The data member of Metric by DataPointType. */
const DATA_TAGS = [0x4a, 0x52, 0x2a, 0x3a, 0x5a];

function writeMetric(writer: ProtoWriter, metric: MetricRecord): void {
  const { descriptor } = metric;
  writer.ensure(0);
  const start = writer.open(0x12, 2);
  writer.text(0x0a, descriptor.name);
  writer.text(0x12, descriptor.description);
  writer.text(0x1a, descriptor.unit);
  if (metric.noData !== true) {
    const dataStart = writer.open(DATA_TAGS[metric.dataPointType] as number, 2);
    writePoints(writer, metric);
    if (metric.dataPointType !== DataPointType.GAUGE && metric.dataPointType !== DataPointType.SUMMARY) {
      writer.int32(0x10, otlpTemporality(metric));
    }
    if (metric.dataPointType === DataPointType.SUM) writer.uint32(0x18, metric.isMonotonic ? 1 : 0);
    writer.close(dataStart, 2);
  }
  writeAttributes(writer, 0x62, descriptor.metadata, 4);
  writer.close(start, 2);
}

function writePoints(writer: ProtoWriter, metric: MetricRecord): void {
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

function writeNumber(writer: ProtoWriter, point: DataPointRecord<number | bigint | undefined>, type: number): void {
  writer.ensure(0);
  const start = writer.open(POINT, 1);
  writer.time(0x11, point.startTime);
  writer.time(0x19, point.endTime);
  writeNumberValue(writer, point.value, point.valueType ?? type, 0x21);
  writeExemplars(writer, 0x2a, point.exemplars, type);
  writeAttributes(writer, 0x3a, point.attributes, 6);
  writer.uint32(0x40, point.flags);
  writer.close(start, 1);
}

/** The value of a number point or exemplar: `as_int` (always 0x31) or `as_double`. */
function writeNumberValue(writer: ProtoWriter, value: number | bigint | undefined, type: number, double: number): void {
  if (value === undefined || value === null) return;
  if (type === ValueType.INT && (typeof value === 'bigint' || isInt64Number(value))) {
    writer.bytes[writer.pos++] = 0x31;
    writer.fixed64(value);
  } else writer.double(double, Number(value));
}

function writeHistogram(writer: ProtoWriter, point: DataPointRecord<HistogramValue>): void {
  const { value } = point;
  writer.ensure(0);
  const start = writer.open(POINT, 2);
  writer.time(0x11, point.startTime);
  writer.time(0x19, point.endTime);
  writeCount(writer, 0x21, value.count);
  if (value.sum !== undefined) writer.double(0x29, value.sum);
  writeFixed64s(writer, 0x32, value.buckets.counts);
  writeDoubles(writer, 0x3a, value.buckets.boundaries);
  writeExemplars(writer, 0x42, point.exemplars, ValueType.DOUBLE);
  writeAttributes(writer, 0x4a, point.attributes, 6);
  writer.uint32(0x50, point.flags);
  if (value.min !== undefined) writer.double(0x59, value.min);
  if (value.max !== undefined) writer.double(0x61, value.max);
  writer.close(start, 2);
}

function writeExponentialHistogram(writer: ProtoWriter, point: DataPointRecord<ExponentialHistogramValue>): void {
  const { value } = point;
  writer.ensure(0);
  const start = writer.open(POINT, 2);
  writeAttributes(writer, 0x0a, point.attributes, 6);
  writer.time(0x11, point.startTime);
  writer.time(0x19, point.endTime);
  writeCount(writer, 0x21, value.count);
  if (value.sum !== undefined) writer.double(0x29, value.sum);
  writer.sint32(0x30, value.scale);
  writeCount(writer, 0x39, value.zeroCount);
  writeBuckets(writer, 0x42, value.positive);
  writeBuckets(writer, 0x4a, value.negative);
  writer.uint32(0x50, point.flags);
  writeExemplars(writer, 0x5a, point.exemplars, ValueType.DOUBLE);
  if (value.min !== undefined) writer.double(0x61, value.min);
  if (value.max !== undefined) writer.double(0x69, value.max);
  if (value.zeroThreshold !== undefined && !Object.is(value.zeroThreshold, 0)) writer.double(0x71, value.zeroThreshold);
  writer.close(start, 2);
}

function writeBuckets(writer: ProtoWriter, tag: number, buckets: ExponentialBuckets): void {
  const { bucketCounts } = buckets;
  const reserve = bucketCounts.length < 32 ? 1 : 2;
  writer.ensure(bucketCounts.length * 10);
  const start = writer.open(tag, reserve);
  writer.sint32(0x08, buckets.offset);
  if (bucketCounts.length > 0) {
    const packed = writer.open(0x12, reserve);
    for (let i = 0; i < bucketCounts.length; i++) {
      const count = uint64(bucketCounts[i] as number | bigint);
      if (typeof count === 'number') writer.varint(count);
      else writer.varint64(Number(count & 0xffff_ffffn), Number(count >> 32n));
    }
    writer.close(packed, reserve);
  }
  writer.close(start, reserve);
}

function writeSummary(writer: ProtoWriter, point: DataPointRecord<SummaryValue>): void {
  const { value } = point;
  writer.ensure(0);
  const start = writer.open(POINT, 2);
  writer.time(0x11, point.startTime);
  writer.time(0x19, point.endTime);
  writeCount(writer, 0x21, value.count);
  writeSetDouble(writer, 0x29, value.sum);
  for (const { quantile, value: estimate } of value.quantiles) {
    writer.ensure(0);
    const quantileStart = writer.open(0x32, 1);
    writeSetDouble(writer, 0x09, quantile);
    writeSetDouble(writer, 0x11, estimate);
    writer.close(quantileStart, 1);
  }
  writeAttributes(writer, 0x3a, point.attributes, 6);
  writer.uint32(0x40, point.flags);
  writer.close(start, 2);
}

function writeExemplars(
  writer: ProtoWriter,
  tag: number,
  exemplars: readonly ExemplarRecord[] | undefined,
  type: number,
): void {
  if (exemplars === undefined) return;
  for (const exemplar of exemplars) {
    writer.ensure(0);
    const start = writer.open(tag, 1);
    writer.time(0x11, exemplar.time);
    writeNumberValue(writer, exemplar.value, exemplar.valueType ?? type, 0x19);
    writer.validId(0x22, exemplar.spanId, 16);
    writer.validId(0x2a, exemplar.traceId, 32);
    writeAttributes(writer, 0x3a, exemplar.filteredAttributes, 7);
    writer.close(start, 1);
  }
}

/** A plain double field: 0 is omitted, -0 is not. */
function writeSetDouble(writer: ProtoWriter, tag: number, value: number): void {
  if (!Object.is(value, 0)) writer.double(tag, value);
}

function writeCount(writer: ProtoWriter, tag: number, count: number | bigint): void {
  const value = uint64(count);
  if (!value) return;
  writer.bytes[writer.pos++] = tag;
  writer.fixed64(value);
}

function writeFixed64s(writer: ProtoWriter, tag: number, values: readonly (number | bigint)[]): void {
  if (values.length === 0) return;
  writer.ensure(values.length * 8);
  writer.bytes[writer.pos++] = tag;
  writer.varint(values.length * 8);
  for (let i = 0; i < values.length; i++) writer.fixed64(uint64(values[i] as number | bigint));
}

function writeDoubles(writer: ProtoWriter, tag: number, values: readonly number[]): void {
  if (values.length === 0) return;
  writer.ensure(values.length * 8);
  writer.bytes[writer.pos++] = tag;
  writer.varint(values.length * 8);
  const { view } = writer;
  for (let i = 0; i < values.length; i++) {
    view.setFloat64(writer.pos, values[i] as number, true);
    writer.pos += 8;
  }
}
