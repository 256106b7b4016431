/** Writes Span messages. */
import { contextFlags } from '../flags.ts';
import type { SpanEventRecord, SpanLinkRecord, SpanRecord } from '../records.ts';
import { writeAttributes } from './write-values.ts';
import type { ProtoWriter } from './writer.ts';

/** Writes one span as field 2 of a ScopeSpans. */
export function writeSpan(writer: ProtoWriter, span: SpanRecord): void {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  writer.ensure(0);
  const start = writer.open(0x12, 2);
  writer.id(0x0a, context.traceId, 32);
  writer.id(0x12, context.spanId, 16);
  if (context.traceState) writer.text(0x1a, context.traceState.serialize());
  if (parent) writer.validId(0x22, parent.spanId, 16);
  writer.text(0x2a, span.name);
  writer.int32(0x30, otlpKind(span));
  writer.time(0x39, span.startTime);
  writer.time(0x41, span.endTime);
  const dropped = writeAttributes(writer, 0x4a, span.attributes, 4);
  writer.uint32(0x50, span.droppedAttributesCount + dropped);
  const { events, links, status } = span;
  for (let i = 0; i < events.length; i++) writeEvent(writer, events[i] as SpanEventRecord);
  writer.uint32(0x60, span.droppedEventsCount);
  for (let i = 0; i < links.length; i++) writeLink(writer, links[i] as SpanLinkRecord);
  writer.uint32(0x70, span.droppedLinksCount);
  if (status.code !== 0 || status.message) {
    const statusStart = writer.open(0x7a, 1);
    writer.text(0x12, status.message);
    writer.int32(0x18, status.code);
    writer.close(statusStart, 1);
  }
  const flags = span.flags ?? contextFlags(context.traceFlags, parent?.isRemote);
  if (flags !== 0) {
    writer.bytes[writer.pos++] = 0x85;
    writer.bytes[writer.pos++] = 0x01;
    writer.fixed32(flags);
  }
  writer.close(start, 2);
}

/** OTLP's kind: one above JavaScript's, or as received where JavaScript has none. */
export function otlpKind(span: SpanRecord): number {
  return span.kind === 0 && span.otlpKind !== undefined ? span.otlpKind : span.kind + 1;
}

function writeEvent(writer: ProtoWriter, event: SpanEventRecord): void {
  writer.ensure(0);
  const start = writer.open(0x5a, 1);
  writer.time(0x09, event.time);
  writer.text(0x12, event.name);
  const dropped = writeAttributes(writer, 0x1a, event.attributes, 5);
  writer.uint32(0x20, (event.droppedAttributesCount ?? 0) + dropped);
  writer.close(start, 1);
}

function writeLink(writer: ProtoWriter, link: SpanLinkRecord): void {
  const { context } = link;
  writer.ensure(0);
  const start = writer.open(0x6a, 1);
  writer.id(0x0a, context.traceId, 32);
  writer.id(0x12, context.spanId, 16);
  if (context.traceState) writer.text(0x1a, context.traceState.serialize());
  const dropped = writeAttributes(writer, 0x22, link.attributes, 5);
  writer.uint32(0x28, (link.droppedAttributesCount ?? 0) + dropped);
  const flags = link.flags ?? contextFlags(context.traceFlags, context.isRemote);
  if (flags !== 0) {
    writer.bytes[writer.pos++] = 0x35;
    writer.fixed32(flags);
  }
  writer.close(start, 1);
}
