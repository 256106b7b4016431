/** Applies a change of attributes to the records of each signal; untouched records are shared. */
import type { AttributeMap, LogRecord, MetricRecord, ResourceMetricsRecord, SpanRecord } from '@telemetryflow/otlp';
import type { Subject } from './match.ts';

/** Gives the changed attributes, or the same map to leave the item alone. */
export type Change = (subject: Subject) => AttributeMap;

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];

export function changeSpan(span: SpanRecord, change: Change): SpanRecord {
  const attributes = change({
    resource: span.resource,
    scope: span.instrumentationScope,
    attributes: span.attributes,
    spanName: span.name,
    spanKind: KINDS[span.kind] ?? '',
  });
  return attributes === span.attributes ? span : spanWith(span, attributes);
}

export function changeLog(log: LogRecord, change: Change): LogRecord {
  const attributes = change({
    resource: log.resource,
    scope: log.instrumentationScope,
    attributes: log.attributes,
    logBody: log.body,
    severityText: log.severityText,
  });
  return attributes === log.attributes ? log : logWith(log, attributes);
}

/** Field by field: SDK spans keep theirs on a prototype, where a spread would not see them. */
function spanWith(span: SpanRecord, attributes: AttributeMap): SpanRecord {
  const context = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes,
    links: span.links,
    events: span.events,
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

function logWith(log: LogRecord, attributes: AttributeMap): LogRecord {
  return {
    hrTime: log.hrTime,
    hrTimeObserved: log.hrTimeObserved,
    spanContext: log.spanContext,
    severityText: log.severityText,
    severityNumber: log.severityNumber,
    body: log.body,
    bodyIsDouble: log.bodyIsDouble,
    eventName: log.eventName,
    resource: log.resource,
    instrumentationScope: log.instrumentationScope,
    attributes,
    droppedAttributesCount: log.droppedAttributesCount,
    flags: log.flags,
  };
}

export function changeMetrics(metrics: ResourceMetricsRecord, change: Change): ResourceMetricsRecord {
  const { resource } = metrics;
  const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: list }) => ({
    scope,
    metrics: list.map((metric) => {
      const subject = { resource, scope, metricName: metric.descriptor.name };
      const dataPoints = metric.dataPoints.map((point) => {
        const attributes = change({ ...subject, attributes: point.attributes });
        return attributes === point.attributes ? point : { ...point, attributes };
      });
      return { ...metric, dataPoints } as MetricRecord;
    }),
  }));
  return { resource, scopeMetrics };
}
