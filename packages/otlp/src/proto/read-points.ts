/** Reads data points and exemplars into records. */
import { emptyAttributes } from '../attributes.ts';
import {
  type DataPointRecord,
  type ExemplarRecord,
  type ExponentialBuckets,
  type ExponentialHistogramValue,
  type HistogramValue,
  type HrTime,
  type SummaryValue,
  ValueType,
} from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import type { Building } from './read-groups.ts';
import { readKeyValue } from './read-values.ts';
import type { ProtoReader } from './reader.ts';

const NUMBER_POINT = messageOperation('NumberDataPoint');
const HISTOGRAM_POINT = messageOperation('HistogramDataPoint');
const EXPONENTIAL_POINT = messageOperation('ExponentialHistogramDataPoint');
const BUCKETS = messageOperation('Buckets');
const SUMMARY_POINT = messageOperation('SummaryDataPoint');
const QUANTILE = messageOperation('ValueAtQuantile');
const EXEMPLAR = messageOperation('Exemplar');
const NO_TIME: HrTime = Object.freeze([0, 0] as const);

/** The parts of a point that every kind has. */
interface Common {
  startTime: HrTime;
  endTime: HrTime;
  flags: number;
  exemplars: ExemplarRecord[] | undefined;
}

function common(): Common {
  return { startTime: NO_TIME, endTime: NO_TIME, flags: 0, exemplars: undefined };
}

/** Reads one NumberDataPoint, with its length. */
export function readNumber(reader: ProtoReader, limit: number): DataPointRecord<number | bigint | undefined> {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  const parts = common();
  let value: number | bigint | undefined;
  let valueType: number | undefined;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x21:
        value = reader.double(end);
        valueType = ValueType.DOUBLE;
        break;
      case 0x31:
        value = reader.sfixed64(end);
        valueType = ValueType.INT;
        break;
      case 0x2a:
        parts.exemplars = readExemplar(reader, end, parts.exemplars);
        break;
      case 0x3a:
        readKeyValue(reader, end, attributes, 6);
        break;
      case 0x40:
        parts.flags = reader.uint32(end);
        break;
      default:
        readTimes(reader, tag, end, parts, NUMBER_POINT);
    }
  }
  const point = finish(parts, attributes, value);
  if (valueType !== undefined) point.valueType = valueType;
  return point;
}

/** Reads one HistogramDataPoint, with its length. */
export function readHistogram(reader: ProtoReader, limit: number): DataPointRecord<HistogramValue> {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  const parts = common();
  const counts: (number | bigint)[] = [];
  const boundaries: number[] = [];
  const value: Building<HistogramValue> = {
    buckets: { boundaries, counts },
    sum: undefined,
    count: 0,
    min: undefined,
    max: undefined,
  };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x21:
        value.count = reader.fixed64(end);
        break;
      case 0x29:
        value.sum = reader.double(end);
        break;
      case 0x31:
        counts.push(reader.fixed64(end));
        break;
      case 0x32:
        for (const last = reader.length(end); reader.pos < last; ) counts.push(reader.fixed64(last));
        break;
      case 0x39:
        boundaries.push(reader.double(end));
        break;
      case 0x3a:
        for (const last = reader.length(end); reader.pos < last; ) boundaries.push(reader.double(last));
        break;
      case 0x42:
        parts.exemplars = readExemplar(reader, end, parts.exemplars);
        break;
      case 0x4a:
        readKeyValue(reader, end, attributes, 6);
        break;
      case 0x50:
        parts.flags = reader.uint32(end);
        break;
      case 0x59:
        value.min = reader.double(end);
        break;
      case 0x61:
        value.max = reader.double(end);
        break;
      default:
        readTimes(reader, tag, end, parts, HISTOGRAM_POINT);
    }
  }
  return finish(parts, attributes, value);
}

/** Reads one ExponentialHistogramDataPoint, with its length. */
export function readExponential(reader: ProtoReader, limit: number): DataPointRecord<ExponentialHistogramValue> {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  const parts = common();
  const positive: MutableBuckets = { offset: 0, bucketCounts: [] };
  const negative: MutableBuckets = { offset: 0, bucketCounts: [] };
  const value: Building<ExponentialHistogramValue> = {
    count: 0,
    sum: undefined,
    scale: 0,
    zeroCount: 0,
    positive,
    negative,
    min: undefined,
    max: undefined,
  };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        readKeyValue(reader, end, attributes, 6);
        break;
      case 0x21:
        value.count = reader.fixed64(end);
        break;
      case 0x29:
        value.sum = reader.double(end);
        break;
      case 0x30:
        value.scale = reader.sint32(end);
        break;
      case 0x39:
        value.zeroCount = reader.fixed64(end);
        break;
      case 0x42:
        readBuckets(reader, end, positive);
        break;
      case 0x4a:
        readBuckets(reader, end, negative);
        break;
      case 0x50:
        parts.flags = reader.uint32(end);
        break;
      case 0x5a:
        parts.exemplars = readExemplar(reader, end, parts.exemplars);
        break;
      case 0x61:
        value.min = reader.double(end);
        break;
      case 0x69:
        value.max = reader.double(end);
        break;
      case 0x71:
        value.zeroThreshold = reader.double(end);
        break;
      default:
        readTimes(reader, tag, end, parts, EXPONENTIAL_POINT);
    }
  }
  return finish(parts, attributes, value);
}

interface MutableBuckets extends ExponentialBuckets {
  offset: number;
  readonly bucketCounts: (number | bigint)[];
}

function readBuckets(reader: ProtoReader, limit: number, buckets: MutableBuckets): void {
  const end = reader.length(limit);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) buckets.offset = reader.sint32(end);
    else if (tag === 0x10) buckets.bucketCounts.push(reader.uint64(end));
    else if (tag === 0x12) {
      for (const last = reader.length(end); reader.pos < last; ) buckets.bucketCounts.push(reader.uint64(last));
    } else reader.other(tag, end, BUCKETS);
  }
}

/** Reads one SummaryDataPoint, with its length. */
export function readSummary(reader: ProtoReader, limit: number): DataPointRecord<SummaryValue> {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  const parts = common();
  const quantiles: SummaryValue['quantiles'][number][] = [];
  const value: Building<SummaryValue> = { count: 0, sum: 0, quantiles };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x21:
        value.count = reader.fixed64(end);
        break;
      case 0x29:
        value.sum = reader.double(end);
        break;
      case 0x32:
        quantiles.push(readQuantile(reader, end));
        break;
      case 0x3a:
        readKeyValue(reader, end, attributes, 6);
        break;
      case 0x40:
        parts.flags = reader.uint32(end);
        break;
      default:
        readTimes(reader, tag, end, parts, SUMMARY_POINT);
    }
  }
  return finish(parts, attributes, value);
}

function readQuantile(reader: ProtoReader, limit: number): SummaryValue['quantiles'][number] {
  const end = reader.element(limit);
  let quantile = 0;
  let value = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x09) quantile = reader.double(end);
    else if (tag === 0x11) value = reader.double(end);
    else reader.other(tag, end, QUANTILE);
  }
  return { quantile, value };
}

function readExemplar(reader: ProtoReader, limit: number, exemplars: ExemplarRecord[] | undefined): ExemplarRecord[] {
  const end = reader.element(limit);
  const filteredAttributes = emptyAttributes();
  const exemplar: Building<ExemplarRecord> = { time: NO_TIME, value: undefined, filteredAttributes };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x11:
        exemplar.time = reader.time(end);
        break;
      case 0x19:
        exemplar.value = reader.double(end);
        exemplar.valueType = ValueType.DOUBLE;
        break;
      case 0x31:
        exemplar.value = reader.sfixed64(end);
        exemplar.valueType = ValueType.INT;
        break;
      case 0x22:
        exemplar.spanId = reader.spanId(end);
        break;
      case 0x2a:
        exemplar.traceId = reader.traceId(end);
        break;
      case 0x3a:
        readKeyValue(reader, end, filteredAttributes, 7);
        break;
      default:
        reader.other(tag, end, EXEMPLAR);
    }
  }
  if (exemplars === undefined) return [exemplar];
  exemplars.push(exemplar);
  return exemplars;
}

/** The times, which have the same fields in every kind of point. */
function readTimes(reader: ProtoReader, tag: number, end: number, parts: Common, message: number): void {
  if (tag === 0x11) parts.startTime = reader.time(end);
  else if (tag === 0x19) parts.endTime = reader.time(end);
  else reader.other(tag, end, message);
}

function finish<V>(
  { startTime, endTime, flags, exemplars }: Common,
  attributes: DataPointRecord<V>['attributes'],
  value: V,
): Building<DataPointRecord<V>> {
  const point: Building<DataPointRecord<V>> = { startTime, endTime, attributes, value };
  if (flags !== 0) point.flags = flags;
  if (exemplars !== undefined) point.exemplars = exemplars;
  return point;
}
