/** The requests of `@newrelic/telemetry-sdk`, with the same values as ours. */
import telemetry from '@newrelic/telemetry-sdk';
import {
  type AttributeMap,
  DataPointType,
  hrTimeToMillis,
  type LogRecord,
  type ResourceMetricsRecord,
  type ResourceRecord,
  type ScopeRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';

const { Span, SpanBatch } = telemetry.telemetry.spans;
const { CountMetric, GaugeMetric, MetricBatch } = telemetry.telemetry.metrics;

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['UNSET', 'OK', 'ERROR'];

function common(resource: ResourceRecord, scope: ScopeRecord): Record<string, unknown> {
  return {
    ...resource.attributes,
    'otel.library.name': scope.name,
    'otel.library.version': scope.version,
    'instrumentation.provider': 'opentelemetry',
  };
}

const millis = (time: SpanRecord['startTime']): number => Math.floor(hrTimeToMillis(time));

/** Spans as a user of the SDK makes them. */
export function spanBatch(records: readonly SpanRecord[]): InstanceType<typeof SpanBatch> {
  const [first] = records as [SpanRecord];
  const all = records.map((span) => {
    const { traceId, spanId, traceState } = span.spanContext();
    const error = span.status.code === 2;
    const exception = error ? span.events.findLast(({ name }) => name === 'exception')?.attributes : undefined;
    return new Span(
      spanId,
      traceId,
      millis(span.startTime),
      span.name,
      span.parentSpanContext?.spanId as string,
      undefined as never,
      (span.duration[0] * 1e9 + span.duration[1]) / 1e6,
      {
        ...span.attributes,
        'span.kind': KINDS[span.kind],
        'otel.status_code': STATUS[span.status.code],
        'otel.status_description': span.status.message || undefined,
        'w3c.tracestate': traceState?.serialize() || undefined,
        'otel.dropped_attributes_count': span.droppedAttributesCount || undefined,
        'otel.dropped_events_count': span.droppedEventsCount || undefined,
        'otel.dropped_links_count': span.droppedLinksCount || undefined,
        'error.message': error ? span.status.message || exception?.['exception.message'] || 'error' : undefined,
        'error.class': exception?.['exception.type'],
        'error.stack': exception?.['exception.stacktrace'],
      } as never,
    );
  });
  return new SpanBatch(common(first.resource, first.instrumentationScope) as never, all);
}

/** Gauges and counters as a user of the SDK makes them. */
export function metricBatch(records: readonly ResourceMetricsRecord[]): InstanceType<typeof MetricBatch> {
  const batch = new MetricBatch(
    common(records[0]?.resource as ResourceRecord, records[0]?.scopeMetrics[0]?.scope as ScopeRecord) as never,
  );
  for (const metric of records.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all))) {
    const { name, unit, description } = metric.descriptor;
    for (const { attributes, value, startTime, endTime } of metric.dataPoints) {
      const own = { ...attributes, unit, description } as never;
      const [start, end] = [millis(startTime), millis(endTime)];
      batch.addMetric(
        metric.dataPointType === DataPointType.SUM
          ? new CountMetric(name, value as number, own, start, end - start)
          : new GaugeMetric(name, value as number, own, end),
      );
    }
  }
  return batch;
}

/** Log records as a user of the SDK makes them: a batch of these is a plain object. */
export function logBatch(records: readonly LogRecord[]): { readonly logs: readonly object[] } {
  const [first] = records as [LogRecord];
  const all = records.map((record) => ({
    timestamp: millis(record.hrTime),
    message: record.body as string,
    attributes: {
      ...record.attributes,
      level: record.severityText?.toLowerCase(),
      'severity.number': record.severityNumber,
      'severity.text': record.severityText,
      'trace.id': record.spanContext?.traceId,
      'span.id': record.spanContext?.spanId,
      'event.name': record.eventName,
      'w3c.flags': record.spanContext?.traceFlags || undefined,
      'otel.dropped_attributes_count': record.droppedAttributesCount || undefined,
    } as AttributeMap,
  }));
  return { common: { attributes: common(first.resource, first.instrumentationScope) }, logs: all } as {
    logs: object[];
  };
}
