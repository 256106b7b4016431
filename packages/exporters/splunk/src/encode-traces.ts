/** Spans as JSON events: searchable, but Splunk does not know them as traces. */
import type { HttpEncoder } from '@telemetryflow/http';
import {
  hrTimeToNanoString,
  quoted,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import type { SplunkConfig } from './config.ts';
import { encoderOf } from './encoder.ts';
import { Envelopes } from './envelope.ts';
import { EVENT_FIELDS, FieldWriter, fieldsMember } from './fields.ts';
import { jsonText } from './json-text.ts';
import { stampOf } from './time.ts';

const TURN = 256;
const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS = ['UNSET', 'OK', 'ERROR'];

export function tracesEncoder(config: SplunkConfig, hostname: string): HttpEncoder<'traces'> {
  const envelopes = new Envelopes(config, 'traces', { hostname });
  const writer = new FieldWriter(EVENT_FIELDS, envelopes.names);
  return encoderOf(config, envelopes, writer, function* writeTraces(batch, { groups, requests }) {
    const spans = batch.records();
    for (let item = 0; item < spans.length; item++) {
      if (item % TURN === TURN - 1) yield undefined;
      const span = spans[item] as SpanRecord;
      const group = groups.of(span.resource, span.instrumentationScope);
      const { index, text } = groups.envelope(group, span.resource, span.attributes);
      const stamp = stampOf(span.startTime, span.endTime);
      const event = `{${stamp}${text}"event":${eventOf(span)}${fieldsMember(group.fields.text)}`;
      const full = requests.addEvent(index, event, item);
      if (full !== undefined) yield full;
    }
  });
}

function eventOf(span: SpanRecord): string {
  const { traceId, spanId, traceState } = span.spanContext();
  const { code, message } = span.status;
  const state = traceState?.serialize() ?? '';
  return (
    `{"trace_id":${quoted(traceId)},"span_id":${quoted(spanId)}` +
    `,"parent_span_id":${quoted(span.parentSpanContext?.spanId ?? '')},"name":${quoted(span.name)}` +
    `,"attributes":${jsonText(span.attributes)}` +
    `,"start_time":${hrTimeToNanoString(span.startTime)},"end_time":${hrTimeToNanoString(span.endTime)}` +
    `,"kind":"SPAN_KIND_${(span.otlpKind === 0 ? undefined : KINDS[span.kind]) ?? 'UNSPECIFIED'}"` +
    `,"status":{${message ? `"message":${quoted(message)},` : ''}"code":"STATUS_CODE_${STATUS[code] ?? 'UNSET'}"}` +
    `${list('events', span.events.map(spanEventText))}${list('links', span.links.map(linkText))}` +
    `${state === '' ? '' : `,"trace_state":${quoted(state)}`}${dropped(span)}}`
  );
}

function spanEventText({ name, time, attributes = {} }: SpanEventRecord): string {
  return `{"name":${quoted(name)},"timestamp":${hrTimeToNanoString(time)},"attributes":${jsonText(attributes)}}`;
}

function linkText({ context, attributes = {} }: SpanLinkRecord): string {
  const state = context.traceState?.serialize() ?? '';
  return (
    `{"trace_id":${quoted(context.traceId)},"span_id":${quoted(context.spanId)}` +
    `${state === '' ? '' : `,"trace_state":${quoted(state)}`},"attributes":${jsonText(attributes)}}`
  );
}

function dropped(span: SpanRecord): string {
  const { droppedAttributesCount: attributes, droppedEventsCount: events, droppedLinksCount: links } = span;
  return (
    `${attributes > 0 ? `,"dropped_attributes_count":${attributes}` : ''}` +
    `${events > 0 ? `,"dropped_events_count":${events}` : ''}${links > 0 ? `,"dropped_links_count":${links}` : ''}`
  );
}

function list(name: string, texts: readonly string[]): string {
  return texts.length === 0 ? '' : `,"${name}":[${texts.join(',')}]`;
}
