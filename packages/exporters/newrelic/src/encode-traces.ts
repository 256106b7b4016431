/**
 * Spans for the Trace API, in New Relic's own format: name, times, parent and status are attributes there. Span events
 * and links have no place in it; of events the last exception becomes the error of the span.
 */
import type { Batch, EncodeContext, Encoded, Payload, Refusals } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  cutText,
  groupEntries,
  hrTimeToWholeMillis,
  type JsonBytes,
  jsonConstant,
  type SpanRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { AttributeWriter, ENTITY_NAMES } from './json-attributes.ts';
import { writeNumber, writeValidId } from './json-members.ts';
import { type ApiMessage, type JsonRequest, JsonRequests } from './json-request.ts';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['UNSET', 'OK', 'ERROR'];
const KIND_AND_STATUS = KINDS.map((kind) =>
  STATUS.map((status) => jsonConstant(`"span.kind":"${kind}","otel.status_code":"${status}",`)),
);
const UNKNOWN = jsonConstant('"span.kind":"internal","otel.status_code":"UNSET",');
const ERROR = 2;
const MAX_VALUE = 4096;
const TURN = 256;

const ID = jsonConstant('{"id":');
const TRACE_ID = jsonConstant('"trace.id":');
const TIMESTAMP = jsonConstant('"timestamp":');
const ATTRIBUTES = jsonConstant('"attributes":{');
const NAME = jsonConstant('"name":');
const DURATION = jsonConstant('"duration.ms":');
const PARENT_ID = jsonConstant('"parent.id":');
const DESCRIPTION = jsonConstant('"otel.status_description":');
const TRACE_STATE = jsonConstant('"w3c.tracestate":');
const DROPPED_ATTRIBUTES = jsonConstant('"otel.dropped_attributes_count":');
const DROPPED_EVENTS = jsonConstant('"otel.dropped_events_count":');
const DROPPED_LINKS = jsonConstant('"otel.dropped_links_count":');
const BRACE = 0x7d;

/** Names of fields are reserved already. */
const NO_FIELDS: readonly string[] = [];

/** Fields of a span: an attribute of such a name would change what the span is. */
const RESERVED: ReadonlySet<string> = new Set([
  ...ENTITY_NAMES,
  'id',
  'trace.id',
  'timestamp',
  'name',
  'duration.ms',
  'parent.id',
  'span.kind',
  'otel.status_code',
  'otel.status_description',
  'w3c.tracestate',
  'otel.dropped_attributes_count',
  'otel.dropped_events_count',
  'otel.dropped_links_count',
]);

/** What the pages of New Relic look for, and the newer names of OpenTelemetry that hold the same. */
const DISPLAY_NAMES = [
  { name: 'http.url', key: jsonConstant('"http.url":'), source: 'url.full' },
  { name: 'net.peer.name', key: jsonConstant('"net.peer.name":'), source: 'server.address' },
] as const;

/** What New Relic takes for an error, and where the last exception has it. */
const ERROR_MEMBERS = [
  { name: 'error.message', key: jsonConstant('"error.message":'), source: 'exception.message' },
  { name: 'error.class', key: jsonConstant('"error.class":'), source: 'exception.type' },
  { name: 'error.stack', key: jsonConstant('"error.stack":'), source: 'exception.stacktrace' },
] as const;

export function tracesEncoder(environment: string) {
  const attributes = new AttributeWriter({
    reserved: RESERVED,
    fields: NO_FIELDS,
    maxValue: MAX_VALUE,
    flatten: false,
  });
  const requests = new JsonRequests({
    list: 'spans',
    attributes,
    maxAttributes: Number.POSITIVE_INFINITY,
    environment,
  });

  return (batch: Batch<'traces'>, _context: EncodeContext, maxBytes: number): Generator<Encoded<ApiMessage>> =>
    requests.encode(maxBytes, function* write(request, refusals) {
      let written = 0;
      for (const [item, span] of groupEntries(batch.records())) {
        if (++written % TURN === 0) yield;
        const full = addSpan(request, refusals, attributes, span, item);
        if (full !== undefined) yield full;
      }
    });
}

/** A function of its own: the engine does not optimize the loops of generators. */
function addSpan(
  request: JsonRequest,
  refusals: Refusals,
  attributes: AttributeWriter,
  span: SpanRecord,
  item: number,
): Payload<ApiMessage> | undefined {
  const context = span.spanContext();
  const group = request.group(span.resource, span.instrumentationScope);
  const json = request.begin(group);
  if (!(writeValidId(json, ID, context.spanId) && writeValidId(json, TRACE_ID, context.traceId))) {
    request.discard();
    refusals.add('invalid', 'a span without a valid id or trace id', item);
    return undefined;
  }
  const { losses } = request;
  const ms = hrTimeToWholeMillis(span.startTime);
  writeNumber(json, TIMESTAMP, ms);
  json.put(ATTRIBUTES);
  writeFields(json, span, context);
  attributes.write(json, span.attributes, group.room, losses);
  json.close(BRACE);
  json.close(BRACE);
  // The comma behind the whole.
  json.pos--;
  if (!request.fits) {
    request.discard();
    refusals.add('too_large', 'a span of more than 900 kB', item);
    return undefined;
  }
  losses.events += lostEvents(span);
  losses.links += span.links.length;
  return request.add(item, group, ms);
}

/** What is no attribute in OpenTelemetry, as members of the attributes. */
function writeFields(json: JsonBytes, span: SpanRecord, { traceState }: ReturnType<SpanRecord['spanContext']>): void {
  const { attributes, duration, parentSpanContext: parent, status } = span;
  writeText(json, NAME, span.name);
  writeNumber(json, DURATION, (duration[0] * 1e9 + duration[1]) / 1e6);
  if (parent !== undefined) writeValidId(json, PARENT_ID, parent.spanId);
  json.put(KIND_AND_STATUS[span.kind]?.[status.code] ?? UNKNOWN);
  if (status.message) writeText(json, DESCRIPTION, status.message);
  if (status.code === ERROR) writeError(json, span);
  const state = traceState?.serialize();
  if (state) writeText(json, TRACE_STATE, state);
  for (const { name, key, source } of DISPLAY_NAMES) {
    const value = attributes[source];
    if (value !== undefined && !Object.hasOwn(attributes, name)) writeText(json, key, valueToText(value));
  }
  if (span.droppedAttributesCount > 0) writeNumber(json, DROPPED_ATTRIBUTES, span.droppedAttributesCount);
  if (span.droppedEventsCount > 0) writeNumber(json, DROPPED_EVENTS, span.droppedEventsCount);
  if (span.droppedLinksCount > 0) writeNumber(json, DROPPED_LINKS, span.droppedLinksCount);
}

/** Without one of these New Relic shows no error. The attributes of the span itself go before them. */
function writeError(json: JsonBytes, span: SpanRecord): void {
  const exception = exceptionOf(span);
  for (const { name, key, source } of ERROR_MEMBERS) {
    let value = exception?.[source];
    if (name === 'error.message') value = span.status.message || value || 'error';
    if (typeof value === 'string' && !Object.hasOwn(span.attributes, name)) writeText(json, key, value);
  }
}

/** Events that are lost: all but the exception that is the error of the span. */
function lostEvents(span: SpanRecord): number {
  const kept = span.status.code === ERROR && exceptionOf(span) !== undefined ? 1 : 0;
  return span.events.length - kept;
}

function exceptionOf({ events }: SpanRecord): AttributeMap | undefined {
  if (events.length === 0) return undefined;
  return events.findLast(({ name }) => name === 'exception')?.attributes;
}

function writeText(json: JsonBytes, key: Uint8Array, text: string): void {
  json.string(key, text.length > MAX_VALUE ? cutText(text, MAX_VALUE) : text);
}
