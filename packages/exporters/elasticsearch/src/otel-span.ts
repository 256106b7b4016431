/** Spans and their events as documents of OpenTelemetry's shape. */
import { hrTimeToNanoString, type SpanEventRecord, type SpanLinkRecord, type SpanRecord } from '@telemetryflow/otlp';
import { count, type DocumentParts, document, hexId, string } from './document.ts';

const KINDS = ['Internal', 'Server', 'Client', 'Producer', 'Consumer'] as const;
const STATUS = ['Unset', 'Ok', 'Error'] as const;

/** OpenTelemetry's name of the kind of a span. */
export function kindOf({ kind, otlpKind }: SpanRecord): string {
  return otlpKind === 0 ? 'Unspecified' : (KINDS[kind] ?? 'Unspecified');
}

/** Nanoseconds from start to end; never negative. */
export function durationOf({ duration: [seconds, nanos] }: SpanRecord): string {
  return seconds < 0 || nanos < 0 ? '0' : hrTimeToNanoString([seconds, nanos]);
}

export function otelSpan(
  span: SpanRecord,
  time: SpanRecord['startTime'],
  parts: DocumentParts,
  stream: string,
): string {
  const context = span.spanContext();
  const { status } = span;
  return document(
    time,
    `${stream}${string('trace_id', hexId(context.traceId))}${string(
      'span_id',
      hexId(context.spanId),
    )}${string('parent_span_id', hexId(span.parentSpanContext?.spanId))}${string(
      'trace_state',
      context.traceState?.serialize(),
    )}${string('name', span.name)},"kind":"${kindOf(span)}","duration":${durationOf(span)}${parts.attributes(
      span.attributes,
    )}${count('dropped_attributes_count', span.droppedAttributesCount)}${count(
      'dropped_events_count',
      span.droppedEventsCount,
    )}${count('dropped_links_count', span.droppedLinksCount)}${links(span.links, parts)},"status":{"code":"${STATUS[status.code] ?? 'Unset'}"${string('message', status.message)}}${parts.resource(span.resource)}${parts.scope(span.instrumentationScope)}`,
  );
}

function links(all: readonly SpanLinkRecord[], parts: DocumentParts): string {
  if (all.length === 0) return '';
  const each = all.map(({ context, attributes, droppedAttributesCount }) => {
    const members =
      string('trace_id', hexId(context.traceId)) +
      string('span_id', hexId(context.spanId)) +
      string('trace_state', context.traceState?.serialize()) +
      parts.attributes(attributes) +
      count('dropped_attributes_count', droppedAttributesCount);
    return `{${members.slice(1)}}`;
  });
  return `,"links":[${each.join(',')}]`;
}

export function otelSpanEvent(
  event: SpanEventRecord,
  time: SpanEventRecord['time'],
  span: SpanRecord,
  parts: DocumentParts,
  stream: string,
): string {
  const context = span.spanContext();
  const name = event.name === '' ? undefined : { key: 'event.name', text: event.name };
  return document(
    time,
    `${stream}${string('trace_id', hexId(context.traceId))}${string(
      'span_id',
      hexId(context.spanId),
    )}${string('event_name', event.name)}${parts.attributes(event.attributes, name)}${count(
      'dropped_attributes_count',
      event.droppedAttributesCount,
    )}${parts.resource(span.resource)}${parts.scope(span.instrumentationScope)}`,
  );
}
