/**
 * What clients of Dynatrace make of telemetry: lines as its library for metrics does, log records as its plugin for
 * Logstash does, with the same values as ours. Neither can be installed from npm.
 */

import { statisticsOf } from '@telemetryflow/metrics';
import {
  type AttributeMap,
  DataPointType,
  hrTimeToMillis,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';

interface Dimension {
  readonly key: string;
  readonly value: string;
}

const ESCAPED = new Set([',', '=', ' ', '\\', '"']);

function metricKey(name: string): string {
  const [first = '', ...later] = name.slice(0, 255).split('.');
  const clean = (section: string): string => section.replace(/[^a-z0-9_-]+/gi, '_');
  return [clean(first.replace(/^[^a-z_]+/i, '_')), ...later.map(clean).filter(Boolean)].join('.');
}

function dimensionKey(name: string): string {
  const clean = (section: string): string =>
    section
      .toLowerCase()
      .replace(/^[^a-z_]+/, '_')
      .replace(/[^a-z0-9_:-]+/g, '_');
  return name.slice(0, 100).split('.').map(clean).filter(Boolean).join('.');
}

function dimensionValue(value: unknown): string {
  const text = String(value)
    .slice(0, 255)
    .replace(/\p{Cc}+/gu, '_')
    .split('')
    .map((character) => (ESCAPED.has(character) ? `\\${character}` : character))
    .join('')
    .slice(0, 255);
  const [slashes = ''] = /\\+$/.exec(text) ?? [];
  return slashes.length % 2 === 0 ? text : text.slice(0, -1);
}

function dimensionsOf(attributes: AttributeMap): Dimension[] {
  return Object.entries(attributes)
    .map(([name, value]) => ({ key: dimensionKey(name), value: dimensionValue(value) }))
    .filter(({ key, value }) => key !== '' && value !== '');
}

function payloadOf(metric: MetricRecord, value: unknown): string {
  const { dataPointType: type } = metric;
  // The sums of the bench are cumulative, which is a level.
  if (type === DataPointType.GAUGE || type === DataPointType.SUM) return `gauge,${value}`;
  const { min, max, sum, count } = statisticsOf(value as never) ?? { min: 0, max: 0, sum: 0, count: 0 };
  return `gauge,min=${min},max=${max},sum=${sum},count=${count}`;
}

/** The lines of these metrics, each made by itself; what all have in common is worked out once, as by its factory. */
export function metricLines(records: readonly ResourceMetricsRecord[]): string[] {
  const lines: string[] = [];
  for (const { resource, scopeMetrics } of records) {
    for (const { scope, metrics } of scopeMetrics) {
      const { name, version } = scope;
      const common = dimensionsOf({ ...resource.attributes, 'otel.scope.name': name, 'otel.scope.version': version });
      for (const metric of metrics) {
        for (const { attributes, value, endTime } of metric.dataPoints) {
          const found: Record<string, Dimension> = {};
          for (const dimension of [...common, ...dimensionsOf(attributes)]) found[dimension.key] = dimension;
          const dimensions = Object.values(found).map((each) => `${each.key}=${each.value}`);
          const time = new Date(hrTimeToMillis(endTime)).valueOf();
          lines.push(
            `${metricKey(metric.descriptor.name)},${dimensions.join(',')} ${payloadOf(metric, value)} ${time}`,
          );
        }
      }
    }
  }
  return lines;
}

/** One record as the log API takes it. */
export function logObject(record: LogRecord): object {
  const { hrTime, severityText, spanContext: context, resource, instrumentationScope: scope } = record;
  return {
    content: record.body,
    timestamp: `${new Date(hrTime[0] * 1000).toISOString().slice(0, 19)}.${String(hrTime[1]).padStart(9, '0')}Z`,
    loglevel: severityText,
    ...(context !== undefined && { trace_id: context.traceId, span_id: context.spanId }),
    ...resource.attributes,
    'otel.scope.name': scope.name,
    'otel.scope.version': scope.version,
    ...record.attributes,
  };
}

/** The body of a request: each record is written by itself, since the limit is one of bytes. */
export function logBody(records: readonly LogRecord[], maxBytes: number): Buffer {
  const texts: string[] = [];
  let bytes = 2;
  for (const record of records) {
    const text = JSON.stringify(logObject(record));
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > maxBytes) throw new Error('more than one request');
    texts.push(text);
  }
  return Buffer.from(`[${texts.join(',')}]`);
}
