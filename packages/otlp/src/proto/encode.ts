/** Records to an Export…ServiceRequest in protobuf. */
import type { Groups } from '../groups.ts';
import type { LogRecord, RecordOf, ResourceMetricsRecord, Signal, SpanRecord } from '../records.ts';
import { protoGroups } from './write-groups.ts';
import { writeLog } from './write-logs.ts';
import { writeResourceMetrics } from './write-metrics.ts';
import { writeSpan } from './write-spans.ts';
import { giveWriter, type ProtoWriter, type Room, takeWriter, written } from './writer.ts';

/**
 * The OTLP protobuf request of these records. **Items keep their order**, so item n of the records is item n of
 * the bytes: consecutive spans (or log records) of the same resource and scope, by identity or content, share one
 * Resource… and Scope… message; where the next one differs, a new message begins. `groupRecords` moves records of
 * one group together beforehand. Metrics: one ResourceMetrics per record.
 *
 * Never throws because of a value: functions, symbols, cycles and too deeply nested values are left out and counted
 * in the dropped count of their owner; ids that are not hex of their length are left out; lone surrogates become
 * U+FFFD.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { count, decode, decodeJson, encode } from '@telemetryflow/otlp';
 *
 * const spans = decodeJson('traces', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}');
 * const request = encode('traces', spans);
 * assert.equal(count('traces', request), 2);
 * assert.equal(decode('traces', request)[1]?.name, 'b');
 * ```
 */
export function encode<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Uint8Array {
  switch (signal) {
    case 'traces':
      return encodeTraces(records as readonly SpanRecord[]);
    case 'metrics':
      return encodeMetrics(records as readonly ResourceMetricsRecord[]);
    default:
      return encodeLogs(records as readonly LogRecord[]);
  }
}

/**
 * {@link encode} in steps of this many spans or log records: yields between two of them, where the event loop may be
 * given back. Metrics are encoded in one step. The result is in the memory that `room` gives, else in its own.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, encode, encodeSteps } from '@telemetryflow/otlp';
 *
 * const spans = decodeJson('traces', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}');
 * const steps = encodeSteps('traces', spans, 1);
 * let step = steps.next();
 * while (!step.done) {
 *   await new Promise(setImmediate); // what else waits has its turn
 *   step = steps.next();
 * }
 * assert.deepEqual(step.value, encode('traces', spans));
 * ```
 */
export function* encodeSteps<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][],
  step: number,
  room?: Room,
): Generator<undefined, Uint8Array> {
  const writer = takeWriter();
  try {
    if (signal === 'metrics') {
      for (const record of records as readonly ResourceMetricsRecord[]) writeResourceMetrics(writer, record);
    } else {
      const groups = protoGroups(writer);
      for (let from = 0; from < records.length; from += step) {
        if (from > 0) yield;
        const to = Math.min(records.length, from + step);
        if (signal === 'traces') writeSpans(writer, groups, records as readonly SpanRecord[], from, to);
        else writeLogs(writer, groups, records as readonly LogRecord[], from, to);
      }
      groups.end();
    }
    return writer.copy(0, room);
  } finally {
    giveWriter(writer);
  }
}

/**
 * An ExportTraceServiceRequest: see {@link encode}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, encodeTraces } from '@telemetryflow/otlp';
 * import type { ScopeRecord, SpanContextRecord, SpanEventRecord, SpanRecord } from '@telemetryflow/otlp';
 *
 * const context: SpanContextRecord = {
 *   traceId: '0af7651916cd43dd8448eb211c80319c',
 *   spanId: 'b7ad6b7169203331',
 *   traceFlags: 1,
 * };
 * const event: SpanEventRecord = { time: [1767225600, 5_000_000], name: 'cache miss' };
 * const instrumentationScope: ScopeRecord = { name: 'http', version: '1.2.3' };
 * const span: SpanRecord = {
 *   name: 'GET /cart',
 *   kind: 1,
 *   spanContext: () => context,
 *   parentSpanContext: { ...context, spanId: '00f067aa0ba902b7' },
 *   startTime: [1767225600, 0],
 *   endTime: [1767225600, 12_000_000],
 *   duration: [0, 12_000_000],
 *   ended: true,
 *   status: { code: 0 },
 *   attributes: { 'http.route': '/cart' },
 *   events: [event],
 *   links: [{ context: { ...context, spanId: '5fb397be34d26b51' } }],
 *   resource: { attributes: { 'service.name': 'shop' } },
 *   instrumentationScope,
 *   droppedAttributesCount: 0,
 *   droppedEventsCount: 0,
 *   droppedLinksCount: 0,
 * };
 * const [decoded] = decode('traces', encodeTraces([span]));
 * assert.deepEqual([decoded?.name, decoded?.events[0]?.name, decoded?.links.length], ['GET /cart', 'cache miss', 1]);
 * ```
 */
export function encodeTraces(spans: readonly SpanRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    writeSpans(writer, groups, spans, 0, spans.length);
    groups.end();
  });
}

/**
 * An ExportLogsServiceRequest: see {@link encode}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, encodeLogs, type LogRecord, SeverityNumber } from '@telemetryflow/otlp';
 *
 * const log: LogRecord = {
 *   hrTime: [1767225600, 0],
 *   hrTimeObserved: [1767225600, 1_000],
 *   severityNumber: SeverityNumber.ERROR,
 *   body: 'payment refused',
 *   attributes: { 'order.id': 4711 },
 *   resource: { attributes: { 'service.name': 'shop' } },
 *   instrumentationScope: { name: 'orders' },
 *   droppedAttributesCount: 0,
 * };
 * assert.equal(decode('logs', encodeLogs([log]))[0]?.body, 'payment refused');
 * ```
 */
export function encodeLogs(logs: readonly LogRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    writeLogs(writer, groups, logs, 0, logs.length);
    groups.end();
  });
}

/**
 * An ExportMetricsServiceRequest: see {@link encode}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AggregationTemporality, DataPointType, decode, encodeMetrics, ValueType } from '@telemetryflow/otlp';
 * import type { DataPointRecord, ExemplarRecord, HistogramRecord, HistogramValue } from '@telemetryflow/otlp';
 *
 * const exemplar: ExemplarRecord = { time: [60, 0], value: 0.7, filteredAttributes: {}, spanId: 'b7ad6b7169203331' };
 * const point: DataPointRecord<HistogramValue> = {
 *   startTime: [1, 0],
 *   endTime: [61, 0],
 *   attributes: { 'http.route': '/cart' },
 *   value: { buckets: { boundaries: [0.1, 1], counts: [5, 2, 0] }, count: 7, sum: 1.5 },
 *   exemplars: [exemplar],
 * };
 * const metric: HistogramRecord = {
 *   descriptor: { name: 'http.server.request.duration', description: '', unit: 's', valueType: ValueType.DOUBLE },
 *   dataPointType: DataPointType.HISTOGRAM,
 *   aggregationTemporality: AggregationTemporality.CUMULATIVE,
 *   dataPoints: [point],
 * };
 * const record = { resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 'http' }, metrics: [metric] }] };
 * const [decoded] = decode('metrics', encodeMetrics([record]));
 * assert.deepEqual(decoded?.scopeMetrics[0]?.metrics[0]?.descriptor, metric.descriptor);
 * ```
 */
export function encodeMetrics(metrics: readonly ResourceMetricsRecord[]): Uint8Array {
  return written((writer) => {
    for (const record of metrics) writeResourceMetrics(writer, record);
  });
}

function writeSpans(writer: ProtoWriter, groups: Groups, spans: readonly SpanRecord[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const span = spans[i] as SpanRecord;
    groups.enter(span);
    writeSpan(writer, span);
  }
}

function writeLogs(writer: ProtoWriter, groups: Groups, logs: readonly LogRecord[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const log = logs[i] as LogRecord;
    groups.enter(log);
    writeLog(writer, log);
  }
}
