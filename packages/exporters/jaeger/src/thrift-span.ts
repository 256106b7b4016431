/** The structs of jaeger.thrift: Process and Span. */
import {
  type HrTime,
  hrTimeIsZero,
  type JaegerProcess,
  type JaegerSpan,
  type JaegerTags,
  type JaegerTagValue,
} from '@telemetryflow/otlp';
import { THRIFT, type ThriftWriter } from './thrift-writer.ts';

/** Enums: TagType, whose order differs from api_v2, and SpanRefType. */
const TAG_TYPES = { string: 0, float64: 1, bool: 2, int64: 3, binary: 4 } as const;
const CHILD_OF = 0;
const FOLLOWS_FROM = 1;
const NO_PARENT = '0000000000000000';

export function writeProcess(writer: ThriftWriter, { serviceName, tags }: JaegerProcess): void {
  writer.string(1, serviceName);
  writeTags(writer, 2, tags);
  writer.stop();
}

/** The parent has a field of its own; references hold the links. */
export function writeSpan(writer: ThriftWriter, span: JaegerSpan): void {
  const [first] = span.references;
  const parent = first?.childOf === true && first.traceId === span.traceId ? first.spanId : undefined;
  const links = parent === undefined ? span.references : span.references.slice(1);
  writer.hex64(1, span.traceId.slice(16));
  writer.hex64(2, span.traceId.slice(0, 16));
  writer.hex64(3, span.spanId);
  writer.hex64(4, parent ?? NO_PARENT);
  writer.string(5, span.name);
  if (links.length > 0) {
    writer.structs(6, links.length);
    for (const { traceId, spanId, childOf } of links) {
      writer.i32(1, childOf ? CHILD_OF : FOLLOWS_FROM);
      writer.hex64(2, traceId.slice(16));
      writer.hex64(3, traceId.slice(0, 16));
      writer.hex64(4, spanId);
      writer.stop();
    }
  }
  writer.i32(7, span.sampled ? 1 : 0);
  writer.i64(8, micros(span.start));
  writer.i64(9, durationMicros(span.duration));
  writeTags(writer, 10, span.tags);
  if (span.logs.length > 0) {
    writer.structs(11, span.logs.length);
    for (const { time, fields } of span.logs) {
      writer.i64(1, micros(time));
      writeTags(writer, 2, fields, true);
      writer.stop();
    }
  }
  writer.stop();
}

/** Cut off, never rounded: a child must not begin before its parent. */
function micros([seconds, nanos]: HrTime): number {
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

/** At least 1 for a span that took time: Jaeger marks spans of 0 as faulty. */
function durationMicros(duration: HrTime): number {
  return hrTimeIsZero(duration) ? 0 : Math.max(1, micros(duration));
}

function writeTags(writer: ThriftWriter, id: number, tags: JaegerTags, required = false): void {
  const { keys, values } = tags;
  if (keys.length === 0 && !required) return;
  writer.structs(id, keys.length);
  for (let i = 0; i < keys.length; i++) {
    const value = values[i] as JaegerTagValue;
    const type = tags.typeAt(i);
    writer.key(1, keys[i] as string);
    writer.i32(2, TAG_TYPES[type]);
    if (typeof value === 'string') writer.string(3, value);
    else if (typeof value === 'boolean') writer.bool(5, value);
    else if (typeof value === 'object') writer.bytes(7, value);
    else if (type === 'int64') writer.i64(6, value);
    else writer.double(4, Number(value));
    writer.stop();
  }
}

/** The start of a Batch up to its spans; the last four bytes are their number, to be filled in. */
export function writeBatchHead(writer: ThriftWriter, process: Uint8Array): void {
  writer.field(THRIFT.struct, 1);
  writer.raw(process);
  writer.structs(2, 0);
}
