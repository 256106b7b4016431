/** Reads ResourceMetrics messages into records. */
import { emptyAttributes, type MutableAttributes } from '../attributes.ts';
import {
  AggregationTemporality,
  type DataPointRecord,
  DataPointType,
  type ExponentialHistogramValue,
  type HistogramValue,
  type MetricDescriptorRecord,
  type MetricRecord,
  type SummaryValue,
  ValueType,
} from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import { readExponential, readHistogram, readNumber, readSummary } from './read-points.ts';
import { readKeyValue } from './read-values.ts';
import type { ProtoReader } from './reader.ts';

const METRIC = messageOperation('Metric');
const GAUGE = messageOperation('Gauge');
const SUM = messageOperation('Sum');
const HISTOGRAM = messageOperation('Histogram');

/** The member of `Metric.data` that was read: the last one, should several be set. */
interface Data {
  readonly tag: number;
  readonly numbers: DataPointRecord<number | bigint | undefined>[];
  readonly histograms: DataPointRecord<HistogramValue>[];
  readonly exponentials: DataPointRecord<ExponentialHistogramValue>[];
  readonly summaries: DataPointRecord<SummaryValue>[];
  temporality: number;
  isMonotonic: boolean;
}

/** Reads one Metric, with its length. */
export function readMetric(reader: ProtoReader, limit: number): MetricRecord {
  const end = reader.element(limit);
  let name = '';
  let description = '';
  let unit = '';
  let metadata: MutableAttributes | undefined;
  let data: Data | undefined;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        name = reader.string(end);
        break;
      case 0x12:
        description = reader.string(end);
        break;
      case 0x1a:
        unit = reader.string(end);
        break;
      case 0x2a:
      case 0x3a:
      case 0x4a:
      case 0x52:
      case 0x5a:
        data = readData(reader, end, tag, data);
        break;
      case 0x62:
        metadata ??= emptyAttributes();
        readKeyValue(reader, end, metadata, 4);
        break;
      default:
        reader.other(tag, end, METRIC);
    }
  }
  const valueType = data === undefined ? ValueType.DOUBLE : typeOf(data);
  return metric({ name, description, unit, valueType, ...(metadata && { metadata }) }, data);
}

function metric(descriptor: MetricDescriptorRecord, data: Data | undefined): MetricRecord {
  const gauge = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  if (data === undefined) return { ...gauge, dataPointType: DataPointType.GAUGE, dataPoints: [], noData: true };
  const { temporality } = data;
  const base =
    temporality === 1 || temporality === 2
      ? { descriptor, aggregationTemporality: temporality - 1 }
      : { ...gauge, otlpTemporality: temporality };
  switch (data.tag) {
    case 0x2a:
      return { ...gauge, dataPointType: DataPointType.GAUGE, dataPoints: data.numbers };
    case 0x3a:
      return { ...base, dataPointType: DataPointType.SUM, isMonotonic: data.isMonotonic, dataPoints: data.numbers };
    case 0x4a:
      return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: data.histograms };
    case 0x52:
      return { ...base, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints: data.exponentials };
    default:
      return { ...gauge, dataPointType: DataPointType.SUMMARY, dataPoints: data.summaries };
  }
}

/** The type of the first point that has a value. */
function typeOf(data: Data): number {
  for (const point of data.numbers) if (point.valueType !== undefined) return point.valueType;
  return ValueType.DOUBLE;
}

function readData(reader: ProtoReader, limit: number, kind: number, previous: Data | undefined): Data {
  const end = reader.length(limit);
  const data =
    previous?.tag === kind
      ? previous
      : {
          tag: kind,
          numbers: [],
          histograms: [],
          exponentials: [],
          summaries: [],
          temporality: 0,
          isMonotonic: false,
        };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readPoint(reader, end, data);
    else if (tag === 0x10 && kind !== 0x2a && kind !== 0x5a) data.temporality = reader.int32(end);
    else if (tag === 0x18 && kind === 0x3a) data.isMonotonic = reader.bool(end);
    else reader.other(tag, end, kind === 0x3a ? SUM : kind === 0x2a || kind === 0x5a ? GAUGE : HISTOGRAM);
  }
  return data;
}

function readPoint(reader: ProtoReader, end: number, data: Data): void {
  switch (data.tag) {
    case 0x4a:
      data.histograms.push(readHistogram(reader, end));
      break;
    case 0x52:
      data.exponentials.push(readExponential(reader, end));
      break;
    case 0x5a:
      data.summaries.push(readSummary(reader, end));
      break;
    default:
      data.numbers.push(readNumber(reader, end));
  }
}
