/**
 * Spans for the Trace API, in New Relic's own format: name, times, parent and status are attributes there. Span events
 * and links have no place in it; of events the last exception becomes the error of the span.
 */
import type { Batch, EncodeContext, Encoded, Payload, Refusals } from '@telemetryflow/kernel';
import { type AttributeMap, quoted, type SpanRecord, valueToText } from '@telemetryflow/otlp';
import { cut } from './cut-text.ts';
import { AttributeWriter, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, type JsonRequest, JsonRequests } from './json-request.ts';
import { wholeMillis } from './whole-millis.ts';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['UNSET', 'OK', 'ERROR'];
const KIND_AND_STATUS = KINDS.map((kind) => STATUS.map((status) => kindAndStatus(kind, status)));
const ERROR = 2;
const MAX_VALUE = 4096;
const TURN = 256;
/** Hex, and not all zero. */
const ID = /^0*[1-9a-f][0-9a-f]*$/i;

/** Names of fields are reserved already. */
const NO_FIELDS: ReadonlySet<string> = new Set();

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
  ['http.url', 'url.full'],
  ['net.peer.name', 'server.address'],
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
      let item = -1;
      for (const span of batch.records()) {
        item++;
        if (item % TURN === TURN - 1) yield;
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
  const { traceId, spanId } = span.spanContext();
  if (!(ID.test(traceId) && ID.test(spanId))) {
    refusals.add('invalid', 'a span without a valid id or trace id', item);
    return undefined;
  }
  const group = request.group(span.resource, span.instrumentationScope);
  const { losses } = request;
  const ms = wholeMillis(span.startTime);
  const members = attributes.members(fieldMembers(span), span.attributes, group.room, losses);
  const text = `{"id":"${spanId}","trace.id":"${traceId}","timestamp":${ms},"attributes":{${members}}}`;
  if (!fits(text)) {
    refusals.add('too_large', 'a span of more than 900 kB', item);
    return undefined;
  }
  losses.events += lostEvents(span);
  losses.links += span.links.length;
  return request.add(item, group, text, ms);
}

/** What is no attribute in OpenTelemetry, as members of the attributes. */
function fieldMembers(span: SpanRecord): string {
  const { attributes, duration, parentSpanContext: parent, status } = span;
  let text = `"name":${jsonText(span.name)},"duration.ms":${(duration[0] * 1e9 + duration[1]) / 1e6}`;
  if (parent !== undefined && ID.test(parent.spanId)) text += `,"parent.id":"${parent.spanId}"`;
  text += KIND_AND_STATUS[span.kind]?.[status.code] ?? kindAndStatus('internal', 'UNSET');
  if (status.message) text += `,"otel.status_description":${jsonText(status.message)}`;
  if (status.code === ERROR) text += errorMembers(span);
  const state = span.spanContext().traceState?.serialize();
  if (state) text += `,"w3c.tracestate":${jsonText(state)}`;
  for (const [name, source] of DISPLAY_NAMES) {
    const value = attributes[source];
    if (value !== undefined && !Object.hasOwn(attributes, name)) text += `,"${name}":${jsonText(valueToText(value))}`;
  }
  if (span.droppedAttributesCount > 0) text += `,"otel.dropped_attributes_count":${span.droppedAttributesCount}`;
  if (span.droppedEventsCount > 0) text += `,"otel.dropped_events_count":${span.droppedEventsCount}`;
  if (span.droppedLinksCount > 0) text += `,"otel.dropped_links_count":${span.droppedLinksCount}`;
  return text;
}

function kindAndStatus(kind: string, status: string): string {
  return `,"span.kind":"${kind}","otel.status_code":"${status}"`;
}

/** Without one of these New Relic shows no error. The attributes of the span itself go before them. */
function errorMembers(span: SpanRecord): string {
  const exception = exceptionOf(span);
  const { attributes, status } = span;
  const members: readonly (readonly [string, unknown])[] = [
    ['error.message', status.message || exception?.['exception.message'] || 'error'],
    ['error.class', exception?.['exception.type']],
    ['error.stack', exception?.['exception.stacktrace']],
  ];
  let text = '';
  for (const [name, value] of members) {
    if (typeof value === 'string' && !Object.hasOwn(attributes, name)) text += `,"${name}":${jsonText(value)}`;
  }
  return text;
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

function jsonText(text: string): string {
  return quoted(text.length > MAX_VALUE ? cut(text, MAX_VALUE) : text);
}
