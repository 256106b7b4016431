/** Records to an Export…ServiceRequest in protobuf. */
import type { LogRecord, RecordOf, ResourceMetricsRecord, Signal, SpanRecord } from '../records.ts';
import { protoGroups } from './write-groups.ts';
import { writeLog } from './write-logs.ts';
import { writeResourceMetrics } from './write-metrics.ts';
import { writeSpan } from './write-spans.ts';
import { written } from './writer.ts';

/**
 * The OTLP protobuf request of these records. **Items keep their order**, so item n of the records is item n of
 * the bytes: consecutive spans (or log records) of the same resource and scope, by identity or content, share one
 * Resource… and Scope… message; where the next one differs, a new message begins. `groupRecords` moves records of
 * one group together beforehand. Metrics: one ResourceMetrics per record.
 *
 * Never throws because of a value: functions, symbols, cycles and too deeply nested values are left out and counted
 * in the dropped count of their owner; ids that are not hex of their length are left out; lone surrogates become
 * U+FFFD.
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

/** An ExportTraceServiceRequest: see {@link encode}. */
export function encodeTraces(spans: readonly SpanRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i] as SpanRecord;
      groups.enter(span);
      writeSpan(writer, span);
    }
    groups.end();
  });
}

/** An ExportLogsServiceRequest: see {@link encode}. */
export function encodeLogs(logs: readonly LogRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    for (let i = 0; i < logs.length; i++) {
      const log = logs[i] as LogRecord;
      groups.enter(log);
      writeLog(writer, log);
    }
    groups.end();
  });
}

/** An ExportMetricsServiceRequest: see {@link encode}. */
export function encodeMetrics(metrics: readonly ResourceMetricsRecord[]): Uint8Array {
  return written((writer) => {
    for (const record of metrics) writeResourceMetrics(writer, record);
  });
}
