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

/** An ExportTraceServiceRequest: see {@link encode}. */
export function encodeTraces(spans: readonly SpanRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    writeSpans(writer, groups, spans, 0, spans.length);
    groups.end();
  });
}

/** An ExportLogsServiceRequest: see {@link encode}. */
export function encodeLogs(logs: readonly LogRecord[]): Uint8Array {
  return written((writer) => {
    const groups = protoGroups(writer);
    writeLogs(writer, groups, logs, 0, logs.length);
    groups.end();
  });
}

/** An ExportMetricsServiceRequest: see {@link encode}. */
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
