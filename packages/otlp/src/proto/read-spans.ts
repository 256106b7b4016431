/** Reads Span messages into records. */
import { emptyAttributes } from '../attributes.ts';
import { HAS_IS_REMOTE, IS_REMOTE } from '../flags.ts';
import type {
  HrTime,
  ResourceRecord,
  ScopeRecord,
  SpanContextRecord,
  SpanEventRecord,
  SpanLinkRecord,
  SpanRecord,
} from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import type { Building } from './read-groups.ts';
import { readKeyValue } from './read-values.ts';
import type { ProtoReader } from './reader.ts';

const SPAN = messageOperation('Span');
const EVENT = messageOperation('Event');
const LINK = messageOperation('Link');
const STATUS = messageOperation('Status');

const ZERO_SPAN_ID = '0'.repeat(16);
const NO_TIME: HrTime = Object.freeze([0, 0] as const);
const UNSET: SpanRecord['status'] = Object.freeze({ code: 0 });
const NO_EVENTS: readonly SpanEventRecord[] = Object.freeze([]);
const NO_LINKS: readonly SpanLinkRecord[] = Object.freeze([]);

/** A trace state as it came over the wire. */
class ReceivedTraceState {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  serialize(): string {
    return this.text;
  }
}

/** Reads one span, with its length. */
export function readSpan(
  reader: ProtoReader,
  limit: number,
  resource: ResourceRecord,
  instrumentationScope: ScopeRecord,
): SpanRecord {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  let traceId = '';
  let spanId = '';
  let traceState = '';
  let parentSpanId = '';
  let name = '';
  let otlpKind = 0;
  let startTime = NO_TIME;
  let endTime = NO_TIME;
  let droppedAttributesCount = 0;
  let droppedEventsCount = 0;
  let droppedLinksCount = 0;
  let flags = 0;
  let events: SpanEventRecord[] | undefined;
  let links: SpanLinkRecord[] | undefined;
  let status: SpanRecord['status'] = UNSET;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        traceId = reader.traceId(end);
        break;
      case 0x12:
        spanId = reader.spanId(end);
        break;
      case 0x1a:
        traceState = reader.string(end);
        break;
      case 0x22:
        parentSpanId = reader.spanId(end);
        break;
      case 0x2a:
        name = reader.string(end);
        break;
      case 0x30:
        otlpKind = reader.int32(end);
        break;
      case 0x39:
        startTime = reader.time(end);
        break;
      case 0x41:
        endTime = reader.time(end);
        break;
      case 0x4a:
        readKeyValue(reader, end, attributes, 4);
        break;
      case 0x50:
        droppedAttributesCount = reader.uint32(end);
        break;
      case 0x5a:
        events ??= [];
        events.push(readEvent(reader, end));
        break;
      case 0x60:
        droppedEventsCount = reader.uint32(end);
        break;
      case 0x6a:
        links ??= [];
        links.push(readLink(reader, end));
        break;
      case 0x70:
        droppedLinksCount = reader.uint32(end);
        break;
      case 0x7a:
        status = readStatus(reader, end, status);
        break;
      case 0x85:
        flags = reader.fixed32(end);
        break;
      default:
        reader.other(tag, end, SPAN);
    }
  }
  const known = otlpKind > 0 && otlpKind < 6;
  const context = spanContext(traceId, spanId, flags, traceState);
  return {
    name,
    kind: known ? otlpKind - 1 : 0,
    spanContext: () => context,
    parentSpanContext:
      parentSpanId === '' || parentSpanId === ZERO_SPAN_ID
        ? undefined
        : remoteContext(traceId, parentSpanId, flags, ''),
    startTime,
    endTime,
    status,
    attributes,
    links: links ?? NO_LINKS,
    events: events ?? NO_EVENTS,
    duration: difference(startTime, endTime),
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount,
    droppedEventsCount,
    droppedLinksCount,
    flags,
    otlpKind: known ? undefined : otlpKind,
  };
}

function spanContext(traceId: string, spanId: string, flags: number, traceState: string): SpanContextRecord {
  const traceFlags = flags & 0xff;
  if (traceState === '') return { traceId, spanId, traceFlags };
  return { traceId, spanId, traceFlags, traceState: new ReceivedTraceState(traceState) };
}

/** The context of a parent or link target: the flags say whether it is remote, if they know. */
function remoteContext(traceId: string, spanId: string, flags: number, traceState: string): SpanContextRecord {
  const traceFlags = flags & 0xff;
  if ((flags & HAS_IS_REMOTE) === 0) return spanContext(traceId, spanId, flags, traceState);
  const isRemote = (flags & IS_REMOTE) !== 0;
  if (traceState === '') return { traceId, spanId, traceFlags, isRemote };
  return { traceId, spanId, traceFlags, isRemote, traceState: new ReceivedTraceState(traceState) };
}

function difference(start: HrTime, end: HrTime): HrTime {
  const seconds = end[0] - start[0];
  const nanos = end[1] - start[1];
  return nanos < 0 ? [seconds - 1, nanos + 1_000_000_000] : [seconds, nanos];
}

function readStatus(reader: ProtoReader, limit: number, previous: SpanRecord['status']): SpanRecord['status'] {
  const end = reader.length(limit);
  const status: Building<SpanRecord['status']> = { ...previous };
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x18) status.code = reader.int32(end);
    else if (tag === 0x12) status.message = reader.string(end);
    else reader.other(tag, end, STATUS);
  }
  return status;
}

function readEvent(reader: ProtoReader, limit: number): SpanEventRecord {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  let time = NO_TIME;
  let name = '';
  let droppedAttributesCount = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x09:
        time = reader.time(end);
        break;
      case 0x12:
        name = reader.string(end);
        break;
      case 0x1a:
        readKeyValue(reader, end, attributes, 5);
        break;
      case 0x20:
        droppedAttributesCount = reader.uint32(end);
        break;
      default:
        reader.other(tag, end, EVENT);
    }
  }
  return { time, name, attributes, droppedAttributesCount };
}

function readLink(reader: ProtoReader, limit: number): SpanLinkRecord {
  const end = reader.element(limit);
  const attributes = emptyAttributes();
  let traceId = '';
  let spanId = '';
  let traceState = '';
  let droppedAttributesCount = 0;
  let flags = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        traceId = reader.traceId(end);
        break;
      case 0x12:
        spanId = reader.spanId(end);
        break;
      case 0x1a:
        traceState = reader.string(end);
        break;
      case 0x22:
        readKeyValue(reader, end, attributes, 5);
        break;
      case 0x28:
        droppedAttributesCount = reader.uint32(end);
        break;
      case 0x35:
        flags = reader.fixed32(end);
        break;
      default:
        reader.other(tag, end, LINK);
    }
  }
  return { context: remoteContext(traceId, spanId, flags, traceState), attributes, droppedAttributesCount, flags };
}
