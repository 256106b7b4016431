/** Spans as the objects that Datadog's tracers hand to an Agent, made as simply as can be. */
import { hrTimeToNanos, parentOf, type SpanRecord, valueToText } from '@telemetryflow/otlp';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['Unset', 'Ok', 'Error'];

/** The traces of a batch, each the list of its spans. */
export function agentSpans(spans: readonly SpanRecord[]): object[][] {
  const traces = Map.groupBy(spans, (span) => span.spanContext().traceId);
  return [...traces.values()].map((trace) => trace.map((span, n) => agentSpan(span, n === 0)));
}

function agentSpan(span: SpanRecord, leads: boolean): object {
  const { resource, instrumentationScope: scope, attributes, status, kind, events } = span;
  const { traceId, spanId } = span.spanContext();
  const meta: Record<string, string> = {
    'otel.scope.name': scope.name,
    'otel.scope.version': scope.version ?? '',
    env: valueToText(resource.attributes['deployment.environment.name']),
    version: valueToText(resource.attributes['service.version']),
    '_dd.hostname': valueToText(resource.attributes['host.name']),
    'span.kind': KINDS[kind] ?? '',
    'otel.trace_id': traceId,
    'otel.status_code': STATUS[status.code] ?? '',
  };
  const metrics: Record<string, number> = {};
  if (leads) {
    meta['_dd.p.tid'] = traceId.slice(0, 16);
    metrics['_sampling_priority_v1'] = 1;
  }
  if (events.length > 0) meta['events'] = JSON.stringify(events);
  for (const map of [resource.attributes, attributes]) {
    for (const key in map) {
      const value = map[key];
      if (typeof value === 'number' && map === attributes) metrics[key] = value;
      else meta[key] = valueToText(value);
    }
  }
  const start = hrTimeToNanos(span.startTime);
  return {
    service: valueToText(resource.attributes['service.name']),
    name: `http.${KINDS[kind]}.request`,
    resource: span.name,
    type: 'web',
    trace_id: BigInt(`0x${traceId.slice(16)}`),
    span_id: BigInt(`0x${spanId}`),
    parent_id: BigInt(`0x${parentOf(span) ?? '0'}`),
    start,
    duration: hrTimeToNanos(span.endTime) - start,
    error: status.code === 2 ? 1 : 0,
    meta,
    metrics,
  };
}
