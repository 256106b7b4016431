/** One span, log record or data point as one line of plain JSON, for people and scripts. */
import {
  type AttributeMap,
  type HrTime,
  hrTimeIsZero,
  type LogRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SpanContextRecord,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import { hrTimeOf, jsonMap, jsonString, jsonValue, rfc3339, type StringLimit } from './flat-value.ts';

/** What all records of a batch share; resources and scopes are written once each. */
export interface FlatContext {
  /** Milliseconds since the epoch, for what has no time of its own. */
  readonly now: number;
  readonly envelopes: Map<object, string>;
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['unset', 'ok', 'error'];
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** `,"name":value`, or nothing for an undefined value. */
export function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`;
}

/** A non-empty string, quoted. */
export function text(value: string | undefined, limit?: StringLimit): string | undefined {
  return value === undefined || value === '' ? undefined : jsonString(value, limit);
}

/** A time, quoted; nothing for an unknown one. */
export function time(value: HrTime): string | undefined {
  const formatted = hrTimeIsZero(value) ? undefined : rfc3339(value);
  return formatted === undefined ? undefined : `"${formatted}"`;
}

/** A map that holds something. */
export function map(attributes: AttributeMap | undefined, limit?: StringLimit): string | undefined {
  const json = attributes === undefined ? '{}' : jsonMap(attributes, limit);
  return json === '{}' ? undefined : json;
}

function count(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : String(value);
}

/** The first two keys of every record. */
export function head(signal: 'log' | 'span' | 'metric', at: string | undefined, context: FlatContext): string {
  return `{"signal":"${signal}","time":${at ?? `"${rfc3339(hrTimeOf(context.now))}"`}`;
}

/** The last keys of every record, and its end. */
export function tail(resource: ResourceRecord, scope: ScopeRecord, context: FlatContext, truncated: boolean): string {
  const cut = truncated ? ',"truncated":true' : '';
  return `${resourceJson(resource, context)}${scopeJson(scope, context)}${cut}}`;
}

function resourceJson(resource: ResourceRecord, context: FlatContext): string {
  let json = context.envelopes.get(resource);
  if (json === undefined) {
    json = member('resource', map(resource.attributes));
    context.envelopes.set(resource, json);
  }
  return json;
}

function scopeJson(scope: ScopeRecord, context: FlatContext): string {
  let json = context.envelopes.get(scope);
  if (json === undefined) {
    const inner = `${member('name', text(scope.name))}${member('version', text(scope.version))}${member('attributes', map(scope.attributes))}`;
    json = inner === '' ? '' : `,"scope":{${inner.slice(1)}}`;
    context.envelopes.set(scope, json);
  }
  return json;
}

function ids(context: SpanContextRecord | undefined): string {
  if (context === undefined) return '';
  const trace = context.traceId === NO_TRACE ? undefined : text(context.traceId);
  const span = context.spanId === NO_SPAN ? undefined : text(context.spanId);
  return `${member('trace_id', trace)}${member('span_id', span)}`;
}

/** A log record. */
export function flatLog(record: LogRecord, context: FlatContext, limit?: StringLimit): string {
  const { attributes, body, hrTime, hrTimeObserved, spanContext } = record;
  const flags = record.flags ?? spanContext?.traceFlags;
  const line =
    head('log', time(hrTime) ?? time(hrTimeObserved), context) +
    member('observed_time', time(hrTimeObserved)) +
    member('severity_number', count(record.severityNumber)) +
    member('severity_text', text(record.severityText)) +
    member('event_name', text(record.eventName)) +
    (body === undefined || body === null ? '' : `,"body":${jsonValue(body, limit)}`) +
    ids(spanContext) +
    member('flags', count(flags)) +
    member('attributes', map(attributes, limit)) +
    member('dropped_attributes_count', count(record.droppedAttributesCount));
  return line + tail(record.resource, record.instrumentationScope, context, limit?.truncated === true);
}

/** A span. */
export function flatSpan(span: SpanRecord, context: FlatContext, limit?: StringLimit): string {
  const own = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  const start = time(span.startTime);
  const line =
    head('span', start, context) +
    member('name', text(span.name, limit)) +
    member('kind', span.otlpKind === undefined ? text(KINDS[span.kind]) : undefined) +
    ids(own) +
    member('parent_span_id', parent === NO_SPAN ? undefined : text(parent)) +
    member('trace_state', text(own.traceState?.serialize())) +
    member('flags', count(span.flags ?? own.traceFlags)) +
    member('start_time', start) +
    member('end_time', time(span.endTime)) +
    `,"duration_ns":${nanoseconds(span.startTime, span.endTime)}` +
    `,"status":{"code":"${STATUS[span.status.code] ?? 'unset'}"${member('message', text(span.status.message, limit))}}` +
    list('events', span.events, (event) => eventJson(event, limit)) +
    list('links', span.links, (link) => linkJson(link, limit)) +
    member('attributes', map(span.attributes, limit)) +
    member('dropped_attributes_count', count(span.droppedAttributesCount)) +
    member('dropped_events_count', count(span.droppedEventsCount)) +
    member('dropped_links_count', count(span.droppedLinksCount));
  return line + tail(span.resource, span.instrumentationScope, context, limit?.truncated === true);
}

function nanoseconds(start: HrTime, end: HrTime): string {
  const seconds = end[0] - start[0];
  const nanos = Math.trunc(end[1] - start[1]);
  const plain = seconds * 1e9 + nanos;
  if (Number.isSafeInteger(plain)) return String(plain);
  return Number.isFinite(plain) ? `"${BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(nanos)}"` : '0';
}

/** `,"name":[…]`, or nothing for an empty list. */
export function list<T>(name: string, items: readonly T[], write: (item: T) => string): string {
  return items.length === 0 ? '' : `,"${name}":[${items.map(write).join(',')}]`;
}

function object(members: string): string {
  return `{${members.slice(1)}}`;
}

function eventJson(event: SpanEventRecord, limit: StringLimit | undefined): string {
  return object(
    member('time', time(event.time)) +
      member('name', text(event.name, limit)) +
      member('attributes', map(event.attributes, limit)) +
      member('dropped_attributes_count', count(event.droppedAttributesCount)),
  );
}

function linkJson(link: SpanLinkRecord, limit: StringLimit | undefined): string {
  return object(
    ids(link.context) +
      member('trace_state', text(link.context.traceState?.serialize())) +
      member('attributes', map(link.attributes, limit)) +
      member('dropped_attributes_count', count(link.droppedAttributesCount)),
  );
}
