/** `verbosity: normal`: one line per metric, span and log record. */
import type { LogRecord, MetricRecord, ResourceMetricsRecord, SpanRecord } from '@telemetryflow/otlp';
import { metricLine } from './points.ts';
import { duration } from './quantity.ts';
import { attributesText, printable, timeText, valueText } from './text.ts';

const SPAN_KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS = ['', 'ok', 'error'];

/** One line per metric of a resource. */
export function* metricLines(record: ResourceMetricsRecord): Generator<string> {
  for (const metric of metricsOf(record)) yield metricLine(metric);
}

/** All metrics of a resource, in order. */
export function* metricsOf(record: ResourceMetricsRecord): Generator<MetricRecord> {
  for (const scope of record.scopeMetrics) yield* scope.metrics;
}

/** `span  GET /cart  12 ms  server  error: timed out  shop  trace=… span=… {…}`. */
export function spanLine(span: SpanRecord): string {
  const { traceId, spanId } = span.spanContext();
  const [seconds, nanos] = span.duration;
  const { code, message } = span.status;
  const status = STATUS[code] ?? `status ${code}`;
  const parts = [
    'span',
    printable(span.name) || '(no name)',
    duration(seconds + nanos / 1e9),
    SPAN_KINDS[span.kind] ?? `kind ${span.kind}`,
    message === undefined || message === '' ? status : `${status}: ${valueText(message)}`,
    valueText(span.resource.attributes['service.name'] ?? ''),
    `trace=${traceId} span=${spanId}`,
  ];
  const more = [
    ...(span.events.length > 0 ? [counted(span.events.length, 'event')] : []),
    ...(span.links.length > 0 ? [counted(span.links.length, 'link')] : []),
  ];
  return `${[...parts, ...more].filter((part) => part !== '').join('  ')}${attributesText(span.attributes)}`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** `log  2026-11-24T12:00:00.000Z  INFO  shop  request handled  {…}`. */
export function logLine(log: LogRecord): string {
  const time = log.hrTime[0] === 0 && log.hrTime[1] === 0 ? log.hrTimeObserved : log.hrTime;
  const severity = log.severityText ?? (log.severityNumber === undefined ? '' : severityName(log.severityNumber));
  const parts = [
    'log',
    timeText(time).replace(/(\.\d{3})\d+Z$/, '$1Z'),
    printable(severity),
    valueText(log.resource.attributes['service.name'] ?? ''),
    log.eventName === undefined ? '' : `event ${printable(log.eventName)}`,
    log.body === undefined || log.body === null ? '' : valueText(log.body),
  ];
  return `${parts.filter((part) => part !== '').join('  ')}${attributesText(log.attributes)}`;
}

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** OTLP severity numbers come in ranges of four: 9 is INFO, 10 is INFO2. */
function severityName(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > 24) return number === 0 ? '' : `severity ${number}`;
  const step = (number - 1) % 4;
  return `${SEVERITIES[Math.floor((number - 1) / 4)]}${step === 0 ? '' : step + 1}`;
}
