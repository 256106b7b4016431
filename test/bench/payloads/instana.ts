/** What IBM's clients for Node.js make of telemetry before they send it, with the same values as ours. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  AggregationTemporality,
  DataPointType,
  type MetricRecord,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const SERVER = 1;
const CONSUMER = 4;
const ERROR = 2;

const millis = ([seconds, nanos]: ReadableSpan['startTime']): number => Math.round(seconds * 1e3 + nanos / 1e6);

/** A span as `@instana/opentelemetry-exporter` makes it, with `more` tags: it sends none of resource and scope itself. */
export function spanObject(span: ReadableSpan, more: (span: ReadableSpan) => object): object {
  const { traceId, spanId, traceState } = span.spanContext();
  const { kind, status } = span;
  const parent = span.parentSpanContext?.spanId;
  const data: Record<string, unknown> = { kind: KINDS[kind] };
  const made: Record<string, unknown> = { n: 'otel', f: { e: process.pid }, data, t: traceId.slice(16), lt: traceId };
  if (parent !== undefined) made['p'] = parent;
  made['s'] = spanId;
  made['ts'] = millis(span.startTime);
  made['d'] = millis(span.duration);
  if (parent !== undefined && (kind === SERVER || kind === CONSUMER)) made['tp'] = true;
  data['service'] = span.resource.attributes['service.name'];
  data['operation'] = span.name;
  if (traceState !== undefined) data['trace_state'] = traceState;
  data['tags'] = Object.assign({}, more(span), span.attributes);
  data['events'] = span.events.slice();
  made['ec'] = status.code === ERROR ? 1 : 0;
  if (status.code === ERROR) {
    data['error'] = 'ERROR';
    data['error_detail'] = status.message;
  }
  return made;
}

/** Nothing, as the exporter sends it. */
export const asSent = (_span: ReadableSpan): object => ({});

/** The tags of resource and scope that ours sends. */
export const withResource = ({ resource, instrumentationScope: scope }: ReadableSpan): object => ({
  ...resource.attributes,
  'otel.scope.name': scope.name,
  'otel.scope.version': scope.version,
});

const VALUES = {
  'process.cpu.time|user': ['cpu', 'user'],
  'process.cpu.time|system': ['cpu', 'sys'],
  'process.memory.usage': ['mem', 'resident'],
  'process.memory.virtual': ['mem', 'virtual'],
  'process.open_file_descriptor.count': ['openFiles', 'current'],
} as const;

export const POINTS_PER_PROCESS: number = Object.keys(VALUES).length;
const SECONDS = 10;

/** What a receiver measures of so many processes at once. */
export function processes(count: number, now: number): ResourceMetricsRecord[] {
  const end = Math.floor(now / 1000);
  return Array.from({ length: count }, (_, i) => {
    const attributes = {
      'process.pid': 1000 + i,
      'process.executable.path': '/usr/bin/node',
      'process.command_args': ['/usr/bin/node', '--enable-source-maps', `/srv/app-${i}/server.js`],
      'process.owner': 'app',
      'process.creation.time': '2026-01-01T00:00:00Z',
      'host.name': 'web-1',
    };
    const metrics = Object.keys(VALUES).map((key, n): MetricRecord => {
      const [name = '', mode] = key.split('|');
      const value = mode === undefined ? 104_857_600 + i * 4096 + n : 0.25 + i / 64;
      return {
        descriptor: { name, description: '', unit: '1', valueType: 1 },
        aggregationTemporality: AggregationTemporality.DELTA,
        dataPointType: DataPointType.SUM,
        isMonotonic: mode !== undefined,
        dataPoints: [
          {
            startTime: [end - SECONDS, 0],
            endTime: [end, 0],
            value,
            attributes: mode === undefined ? {} : { 'cpu.mode': mode },
          },
        ],
      };
    });
    return { resource: { attributes }, scopeMetrics: [{ scope: { name: 'process' }, metrics }] };
  });
}

/** The snapshot of a process, as an object in the way of `@instana/metrics-util`, with the values of IBM's sensor for Go. */
export function snapshotObject(
  { resource: { attributes }, scopeMetrics }: ResourceMetricsRecord,
  host: string,
): object {
  const sections: Record<string, Record<string, number>> = {};
  for (const { metrics } of scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      for (const { value, attributes: own } of dataPoints) {
        const mode = own['cpu.mode'];
        const key = mode === undefined ? descriptor.name : `${descriptor.name}|${mode}`;
        const [section, field] = VALUES[key as keyof typeof VALUES];
        sections[section] ??= {};
        sections[section][field] = mode === undefined ? Number(value) : Number(value) / SECONDS;
      }
    }
  }
  const pid = attributes['process.pid'];
  const data = {
    pid,
    exec: attributes['process.executable.path'],
    args: attributes['process.command_args'],
    user: attributes['process.owner'],
    start: Date.parse(String(attributes['process.creation.time'])),
    'com.instana.plugin.host.name': host,
    'com.instana.plugin.host.pid': String(pid),
    ...sections,
  };
  return { name: 'com.instana.plugin.process', entityId: String(pid), data };
}
