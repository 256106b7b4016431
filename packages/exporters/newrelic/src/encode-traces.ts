/**
 * Spans for the Trace API, in New Relic's own format: name, times, parent and status are attributes there. Span events
 * and links have no place in it; of events the last exception becomes the error of the span.
 */
import { type Batch, type EncodeContext, type Encoded, Refusals } from '@telemetryflow/kernel';
import { type AttributeMap, type SpanRecord, valueToText } from '@telemetryflow/otlp';
import { ItemGroups } from './item-group.ts';
import { AttributeWriter, cut, ENTITY_NAMES } from './json-attributes.ts';
import { type ApiMessage, fits, JsonRequest } from './json-request.ts';
import type { Losses } from './losses.ts';
import { wholeMillis } from './whole-millis.ts';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['UNSET', 'OK', 'ERROR'];
const ERROR = 2;
const MAX_VALUE = 4096;
const TURN = 256;
/** Hex, and not all zero. */
const ID = /^0*[1-9a-f][0-9a-f]*$/i;

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
  const attributes = new AttributeWriter({ reserved: RESERVED, maxValue: MAX_VALUE, flatten: false });
  const common = { list: 'spans', attributes, maxAttributes: Number.POSITIVE_INFINITY, environment } as const;

  return function* encode(
    batch: Batch<'traces'>,
    _context: EncodeContext,
    maxBytes: number,
  ): Generator<Encoded<ApiMessage>> {
    const request = new JsonRequest(maxBytes);
    const groups = new ItemGroups(common, request);
    const refusals = new Refusals();
    for (const [item, span] of batch.records().entries()) {
      if (item % TURN === TURN - 1) yield;
      const { traceId, spanId } = span.spanContext();
      if (!(ID.test(traceId) && ID.test(spanId))) {
        refusals.add('invalid', 'a span without a valid id or trace id', item);
        continue;
      }
      const group = groups.of(span.resource, span.instrumentationScope);
      const ms = wholeMillis(span.startTime);
      const own = ownMembers(span, request.losses);
      const members = attributes.members(span.attributes, group.room, request.losses);
      const text = `{"id":"${spanId}","trace.id":"${traceId}","timestamp":${ms},"attributes":{${own}${members}}}`;
      if (!fits(text)) refusals.add('too_large', 'a span of more than 900 kB', item);
      else {
        const full = request.add(item, group, text, ms);
        if (full !== undefined) yield full;
      }
    }
    const last = request.end();
    if (last !== undefined) yield last;
    yield* refusals.end();
  };
}

/** What is no attribute in OpenTelemetry, as members of the attributes. */
function ownMembers(span: SpanRecord, losses: Losses): string {
  const { duration, parentSpanContext: parent, status } = span;
  let text = `"name":${jsonText(span.name)},"duration.ms":${(duration[0] * 1e9 + duration[1]) / 1e6}`;
  if (parent !== undefined && ID.test(parent.spanId)) text += `,"parent.id":"${parent.spanId}"`;
  text += `,"span.kind":"${KINDS[span.kind] ?? 'internal'}","otel.status_code":"${STATUS[status.code] ?? 'UNSET'}"`;
  if (status.message) text += `,"otel.status_description":${jsonText(status.message)}`;
  if (status.code === ERROR) text += errorMembers(span);
  const state = span.spanContext().traceState?.serialize();
  if (state) text += `,"w3c.tracestate":${jsonText(state)}`;
  for (const [name, source] of DISPLAY_NAMES) {
    const value = span.attributes[source];
    if (value !== undefined && !Object.hasOwn(span.attributes, name))
      text += `,"${name}":${jsonText(valueToText(value))}`;
  }
  if (span.droppedAttributesCount > 0) text += `,"otel.dropped_attributes_count":${span.droppedAttributesCount}`;
  if (span.droppedEventsCount > 0) text += `,"otel.dropped_events_count":${span.droppedEventsCount}`;
  if (span.droppedLinksCount > 0) text += `,"otel.dropped_links_count":${span.droppedLinksCount}`;
  losses.events += span.events.length - (status.code === ERROR && exceptionOf(span) !== undefined ? 1 : 0);
  losses.links += span.links.length;
  return text;
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

function exceptionOf({ events }: SpanRecord): AttributeMap | undefined {
  if (events.length === 0) return undefined;
  return events.findLast(({ name }) => name === 'exception')?.attributes;
}

function jsonText(text: string): string {
  return JSON.stringify(text.length > MAX_VALUE ? cut(text, MAX_VALUE) : text.toWellFormed());
}
