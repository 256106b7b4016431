/** The size of records in OTLP protobuf, guessed by one walk: for bounds in bytes before anything is encoded. */
import type {
  AttributeMap,
  DataPointRecord,
  ExponentialBuckets,
  ExponentialHistogramValue,
  HistogramValue,
  LogRecord,
  MetricRecord,
  RecordOf,
  ResourceMetricsRecord,
  Signal,
  SpanRecord,
  SummaryValue,
} from './records.ts';
import { DataPointType } from './records.ts';

/** Framing and what is always there: ids, times, kind, flags. */
const SPAN = 62;
const LOG = 24;
const EVENT = 15;
const LINK = 38;
const POINT = 20;
const EXEMPLAR = 58;
/** A time, or another field of 64 bits. */
const FIXED64 = 9;
/** Trace id, span id and flags of a log record. */
const CONTEXT = 33;
/** Framing of a resource or scope with the fields it usually has. */
const GROUP = 40;
/** Values nested deeper than this are not looked at (a cycle that branches would take forever), but guessed. */
const MAX_DEPTH = 4;
const DEEP = 24;
/** Tags and lengths around a key and its value. */
const KEY_VALUE = 8;

/**
 * About how many bytes `encode` would make of these records: within a fifth, unless text is far from ASCII.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DataPointType, encodeMetrics, estimateBytes, ValueType } from '@telemetryflow/otlp';
 * import type { ExponentialBuckets, ExponentialHistogramRecord, ExponentialHistogramValue } from '@telemetryflow/otlp';
 *
 * const positive: ExponentialBuckets = { offset: 4, bucketCounts: [5, 2] };
 * const negative: ExponentialBuckets = { offset: 0, bucketCounts: [] };
 * const value: ExponentialHistogramValue = { count: 7, sum: 1.5, scale: 3, zeroCount: 0, positive, negative };
 * const metric: ExponentialHistogramRecord = {
 *   descriptor: { name: 'http.server.request.duration', description: '', unit: 's', valueType: ValueType.DOUBLE },
 *   dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
 *   aggregationTemporality: 1,
 *   dataPoints: Array(100).fill({ startTime: [1, 0], endTime: [61, 0], attributes: { 'http.route': '/cart' }, value }),
 * };
 * const records = [{ resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'http' }, metrics: [metric] }] }];
 * const ratio = estimateBytes('metrics', records) / encodeMetrics(records).length;
 * assert.ok(ratio > 0.8 && ratio < 1.2, `${ratio}`);
 * ```
 */
export function estimateBytes<S extends Signal>(signal: S, records: readonly RecordOf[S][]): number {
  switch (signal) {
    case 'traces':
      return grouped(records as readonly SpanRecord[], spanBytes);
    case 'metrics':
      return metricsBytes(records as readonly ResourceMetricsRecord[]);
    default:
      return grouped(records as readonly LogRecord[], logBytes);
  }
}

function grouped<T extends SpanRecord | LogRecord>(records: readonly T[], bytes: (record: T) => number): number {
  let total = 0;
  let last: T | undefined;
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as T;
    if (record.resource !== last?.resource) total += GROUP + attributesBytes(record.resource.attributes);
    if (record.instrumentationScope !== last?.instrumentationScope) total += GROUP;
    last = record;
    total += bytes(record);
  }
  return total;
}

function spanBytes(span: SpanRecord): number {
  let total = SPAN + textBytes(span.name) + attributesBytes(span.attributes);
  if (span.parentSpanContext !== undefined) total += 10;
  const { events, links } = span;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as SpanRecord['events'][number];
    total += EVENT + textBytes(event.name) + attributesBytes(event.attributes);
  }
  for (let i = 0; i < links.length; i++) total += LINK + attributesBytes(links[i]?.attributes);
  return total + textBytes(span.status.message);
}

function logBytes(log: LogRecord): number {
  let total = LOG + valueBytes(log.body, 0) + attributesBytes(log.attributes);
  if (log.spanContext !== undefined) total += CONTEXT;
  if (log.severityNumber !== undefined) total += 2;
  if (log.severityText) total += 2 + textBytes(log.severityText);
  if (log.eventName) total += 2 + textBytes(log.eventName);
  return total;
}

function metricsBytes(records: readonly ResourceMetricsRecord[]): number {
  let total = 0;
  for (const { resource, scopeMetrics } of records) {
    total += GROUP + attributesBytes(resource.attributes);
    for (const { metrics } of scopeMetrics) {
      total += GROUP;
      for (const metric of metrics) total += metricBytes(metric);
    }
  }
  return total;
}

function metricBytes(metric: MetricRecord): number {
  const { name, description, unit } = metric.descriptor;
  let total = 16 + textBytes(name) + textBytes(description) + textBytes(unit);
  for (const point of metric.dataPoints) {
    total += POINT + attributesBytes(point.attributes) + (point.exemplars?.length ?? 0) * EXEMPLAR;
    total += pointValueBytes(metric.dataPointType, point) + (point.startTime[0] === 0 ? 0 : FIXED64);
  }
  return total;
}

function pointValueBytes(type: number, point: DataPointRecord<unknown>): number {
  switch (type) {
    case DataPointType.HISTOGRAM: {
      const value = point.value as HistogramValue;
      const buckets = value.buckets.counts.length;
      return statisticsBytes(value) + (buckets === 0 ? 0 : buckets * 16 - 4);
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const value = point.value as ExponentialHistogramValue;
      const { positive, negative, zeroCount, zeroThreshold } = value;
      const zero = (zeroCount ? FIXED64 : 0) + (zeroThreshold ? FIXED64 : 0);
      return statisticsBytes(value) + zero + 2 + bucketsBytes(positive) + bucketsBytes(negative);
    }
    case DataPointType.SUMMARY:
      return 10 + (point.value as SummaryValue).quantiles.length * 20;
    default:
      return 0;
  }
}

/** JavaScript may put a number, or nothing, where a text belongs: `encode` writes it as a text. */
function textBytes(text: string | undefined): number {
  return typeof text === 'string' ? text.length : String(text ?? '').length;
}

/** What a histogram may leave out. */
function statisticsBytes({ sum, min, max }: HistogramValue | ExponentialHistogramValue): number {
  return (sum === undefined ? 0 : FIXED64) + (min === undefined ? 0 : FIXED64) + (max === undefined ? 0 : FIXED64);
}

function bucketsBytes({ bucketCounts }: ExponentialBuckets): number {
  return bucketCounts.length === 0 ? 2 : 6 + bucketCounts.length;
}

function attributesBytes(attributes: AttributeMap | undefined): number {
  if (attributes === undefined) return 0;
  let total = 0;
  for (const key in attributes) total += KEY_VALUE + key.length + valueBytes(attributes[key], 0);
  return total;
}

function valueBytes(value: unknown, depth: number): number {
  switch (typeof value) {
    case 'string':
      return value.length;
    case 'number':
      return Number.isInteger(value) ? 2 : 8;
    case 'object':
      return value === null ? 0 : depth > MAX_DEPTH ? DEEP : objectBytes(value, depth + 1);
    default:
      return 1;
  }
}

function objectBytes(value: object, depth: number): number {
  if (value instanceof Uint8Array) return value.length;
  let total = 2;
  if (Array.isArray(value)) for (const item of value) total += 4 + valueBytes(item, depth);
  else if (value instanceof Map) {
    for (const [key, item] of value) total += KEY_VALUE + String(key).length + valueBytes(item, depth);
  } else for (const [key, item] of Object.entries(value)) total += KEY_VALUE + key.length + valueBytes(item, depth);
  return total;
}
