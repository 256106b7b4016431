/** Writes spans of OTLP/JSON. */
import { contextFlags } from '../flags.ts';
import { otlpKind } from '../proto/write-spans.ts';
import type { SpanEventRecord, SpanLinkRecord, SpanRecord } from '../records.ts';
import { jsonConstant } from './bytes.ts';
import { writeAttributes } from './write-values.ts';
import type { JsonWriter } from './writer.ts';

const OPEN = jsonConstant('{');
const TRACE_ID = jsonConstant('"traceId":');
const SPAN_ID = jsonConstant('"spanId":');
const TRACE_STATE = jsonConstant('"traceState":');
const PARENT = jsonConstant('"parentSpanId":');
const NAME = jsonConstant('"name":');
const KIND = jsonConstant('"kind":');
const START = jsonConstant('"startTimeUnixNano":');
const END = jsonConstant('"endTimeUnixNano":');
const TIME = jsonConstant('"timeUnixNano":');
const ATTRIBUTES = jsonConstant('"attributes":[');
const DROPPED_ATTRIBUTES = jsonConstant('"droppedAttributesCount":');
const EVENTS = jsonConstant('"events":[');
const DROPPED_EVENTS = jsonConstant('"droppedEventsCount":');
const LINKS = jsonConstant('"links":[');
const DROPPED_LINKS = jsonConstant('"droppedLinksCount":');
const STATUS = jsonConstant('"status":{');
const MESSAGE = jsonConstant('"message":');
const CODE = jsonConstant('"code":');
const FLAGS = jsonConstant('"flags":');

const BRACE = 0x7d;
const BRACKET = 0x5d;

/** Writes one span and a comma. */
export function writeSpan(writer: JsonWriter, span: SpanRecord): void {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  writer.ensure(0);
  writer.put(OPEN);
  writer.id(TRACE_ID, context.traceId, 32);
  writer.id(SPAN_ID, context.spanId, 16);
  if (context.traceState) writer.optional(TRACE_STATE, context.traceState.serialize());
  if (parent) writer.validId(PARENT, parent.spanId, 16);
  writer.optional(NAME, span.name);
  writer.int32(KIND, otlpKind(span));
  writer.time(START, span.startTime);
  writer.time(END, span.endTime);
  const dropped = writeAttributes(writer, ATTRIBUTES, span.attributes, 4);
  writer.uint32(DROPPED_ATTRIBUTES, span.droppedAttributesCount + dropped);
  const { events, links, status } = span;
  if (events.length > 0) {
    writer.put(EVENTS);
    for (let i = 0; i < events.length; i++) writeEvent(writer, events[i] as SpanEventRecord);
    writer.close(BRACKET);
  }
  writer.uint32(DROPPED_EVENTS, span.droppedEventsCount);
  if (links.length > 0) {
    writer.put(LINKS);
    for (let i = 0; i < links.length; i++) writeLink(writer, links[i] as SpanLinkRecord);
    writer.close(BRACKET);
  }
  writer.uint32(DROPPED_LINKS, span.droppedLinksCount);
  if (status.code !== 0 || status.message) {
    writer.put(STATUS);
    writer.optional(MESSAGE, status.message);
    writer.int32(CODE, status.code);
    writer.close(BRACE);
  }
  writer.uint32(FLAGS, span.flags ?? contextFlags(context.traceFlags, parent?.isRemote));
  writer.close(BRACE);
}

function writeEvent(writer: JsonWriter, event: SpanEventRecord): void {
  writer.ensure(0);
  writer.put(OPEN);
  writer.time(TIME, event.time);
  writer.optional(NAME, event.name);
  const dropped = writeAttributes(writer, ATTRIBUTES, event.attributes, 5);
  writer.uint32(DROPPED_ATTRIBUTES, (event.droppedAttributesCount ?? 0) + dropped);
  writer.close(BRACE);
}

function writeLink(writer: JsonWriter, link: SpanLinkRecord): void {
  const { context } = link;
  writer.ensure(0);
  writer.put(OPEN);
  writer.id(TRACE_ID, context.traceId, 32);
  writer.id(SPAN_ID, context.spanId, 16);
  if (context.traceState) writer.optional(TRACE_STATE, context.traceState.serialize());
  const dropped = writeAttributes(writer, ATTRIBUTES, link.attributes, 5);
  writer.uint32(DROPPED_ATTRIBUTES, (link.droppedAttributesCount ?? 0) + dropped);
  writer.uint32(FLAGS, link.flags ?? contextFlags(context.traceFlags, context.isRemote));
  writer.close(BRACE);
}
