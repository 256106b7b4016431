/** Changes of spans that several backends need. */
import { hrTimeToNanos, type SpanRecord, someField } from '@telemetryflow/otlp';
import type { ItemTransform } from './transform-items.ts';

/** Field numbers of Span. */
const START = 7;
const END = 8;

/** A span that ends before it starts (two clocks) ends when it starts: unsigned durations wrap around below zero. */
export const spanEndNotBeforeStart: ItemTransform<'traces'> = {
  concerns(request, start, end) {
    let began = -1;
    let ended = -1;
    someField(request, start, end, (number, _type, from) => {
      if (number === START) began = from;
      else if (number === END) ended = from;
      return false;
    });
    return began >= 0 && (ended < 0 || isBefore(request, ended, began));
  },
  change(span) {
    if (hrTimeToNanos(span.endTime) >= hrTimeToNanos(span.startTime)) return span;
    return withSpanFields(span, { endTime: span.startTime, duration: [0, 0] });
  },
};

/** A copy with other values in some fields. Made field by field: the spans of an SDK are class instances. */
export function withSpanFields(span: SpanRecord, changes: Partial<SpanRecord>): SpanRecord {
  const { flags, otlpKind, parentSpanContext } = span;
  const context = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    ...(parentSpanContext !== undefined && { parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    ...(flags !== undefined && { flags }),
    ...(otlpKind !== undefined && { otlpKind }),
    ...changes,
  };
}

/** Compares two little-endian fixed64 values. */
function isBefore(bytes: Uint8Array, a: number, b: number): boolean {
  for (let at = 7; at >= 0; at--) {
    const difference = (bytes[a + at] as number) - (bytes[b + at] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
