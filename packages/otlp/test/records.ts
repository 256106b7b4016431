/** Small records for the codec tests. */
import type { LogRecord, MetricRecord, ResourceMetricsRecord, SpanRecord } from '@telemetryflow/otlp';

export const resource = { attributes: {} };
export const scope = { name: '' };

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A span of no resource and scope, with these fields changed. */
export function spanOf(fields: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'span',
    kind: 0,
    spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }),
    startTime: [1, 2],
    endTime: [3, 4],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    duration: [2, 2],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...fields,
  };
}

/** A log record of no resource and scope, with these fields changed. */
export function logOf(fields: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: [1, 2],
    hrTimeObserved: [1, 3],
    attributes: {},
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: scope,
    ...fields,
  };
}

/** One metric of no resource and scope. */
export function metricsOf(...metrics: MetricRecord[]): ResourceMetricsRecord[] {
  return [{ resource, scopeMetrics: [{ scope, metrics }] }];
}
