/** Spans and log records as exporters of OpenTelemetry JS take them: an SDK's own objects as they are. */
import type { AttributeMap, LogRecord, SpanContextRecord, SpanRecord } from '@telemetryflow/otlp';
import { isSdkResource, plainAttributes, plainValue, sdkResource } from './adapt-values.ts';

/** A `ReadableSpan`. */
export function adaptSpan(span: SpanRecord): unknown {
  if (isSdkResource(span.resource)) return span;
  return Object.assign(new AdaptedSpan(span.spanContext()), {
    name: span.name,
    kind: span.kind,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: plainAttributes(span.attributes),
    links: span.links.map(plainMember),
    events: span.events.map(plainMember),
    duration: span.duration,
    ended: span.ended,
    resource: sdkResource(span.resource),
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  });
}

/** Encoded twice, a span is the same twice: its context is a member, and not within a function of its own. */
class AdaptedSpan {
  readonly context: SpanContextRecord;

  constructor(context: SpanContextRecord) {
    this.context = context;
  }

  spanContext(): SpanContextRecord {
    return this.context;
  }
}

/** A `ReadableLogRecord`. */
export function adaptLog(log: LogRecord): unknown {
  if (isSdkResource(log.resource)) return log;
  return {
    hrTime: log.hrTime,
    hrTimeObserved: log.hrTimeObserved,
    spanContext: log.spanContext,
    severityText: log.severityText,
    severityNumber: log.severityNumber,
    body: plainValue(log.body),
    eventName: log.eventName,
    resource: sdkResource(log.resource),
    instrumentationScope: log.instrumentationScope,
    attributes: plainAttributes(log.attributes),
    droppedAttributesCount: log.droppedAttributesCount,
  };
}

function plainMember<T extends { readonly attributes?: AttributeMap }>(member: T): T {
  if (member.attributes === undefined) return member;
  const attributes = plainAttributes(member.attributes);
  return attributes === member.attributes ? member : { ...member, attributes };
}
