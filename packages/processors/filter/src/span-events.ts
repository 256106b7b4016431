/** A span with other events. */
import type { SpanEventRecord, SpanRecord } from '@telemetryflow/otlp';

/** A copy, field by field: SDK spans keep theirs on a prototype, where a spread would not see them. */
export function withEvents(span: SpanRecord, events: readonly SpanEventRecord[]): SpanRecord {
  const context = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    flags: span.flags,
    otlpKind: span.otlpKind,
  };
}
