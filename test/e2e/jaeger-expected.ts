/** What Jaeger must show of given spans, written down from its mapping and independent of the exporter's code. */
import { type AttributeMap, type AttributeValue, type HrTime, isDouble, type SpanRecord } from '@telemetryflow/otlp';
import type { JaegerTrace, StoredTag } from './referees/jaeger.ts';

/** One span in the words of the query API, lists sorted. */
export interface ShownSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly duration: number;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly logs: readonly Readonly<Record<string, unknown>>[];
}

/** What Jaeger adds of its own, or what is said in two ways; compared where the test names them. */
const ADDED: ReadonlySet<string> = new Set([
  '@jaeger@format',
  'internal.span.format',
  'span.kind',
  'otel.library.name',
  'otel.library.version',
]);

const micros = ([seconds, nanos]: HrTime): number => seconds * 1_000_000 + Math.floor(nanos / 1000);

/**
 * `own`: sent by a protocol of Jaeger's own, where it keeps the numbers of dropped attributes and events without name.
 */
export function expectedSpan(span: SpanRecord, own: boolean): ShownSpan {
  const context = span.spanContext();
  const [seconds, nanos] = [span.endTime[0] - span.startTime[0], span.endTime[1] - span.startTime[1]];
  const { status } = span;
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    service: String(span.resource.attributes['service.name']),
    start: micros(span.startTime),
    duration: Math.floor((seconds * 1e9 + nanos) / 1000),
    tags: {
      ...tagsOf(span.attributes),
      'otel.scope.name': span.instrumentationScope.name,
      'otel.scope.version': span.instrumentationScope.version,
      ...(status.code === 1 && { 'otel.status_code': 'OK' }),
      ...(status.code === 2 && { 'otel.status_code': 'ERROR', error: true }),
      ...(own && droppedTag(span.droppedAttributesCount)),
      ...(status.message !== undefined && status.message !== '' && { 'otel.status_description': status.message }),
    },
    logs: span.events.map(({ time, name, attributes = {}, droppedAttributesCount }) => ({
      ...((own || name !== '') && { event: name }),
      ...tagsOf(attributes),
      ...(own && droppedTag(droppedAttributesCount)),
      timestamp: micros(time),
    })),
  };
}

function droppedTag(count: number | undefined): Record<string, unknown> {
  return count ? { 'otel.dropped_attributes_count': count } : {};
}

function tagsOf(attributes: AttributeMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(attributes).map((key) => [key.toWellFormed(), shown(attributes[key], isDouble(attributes, key))]),
  );
}

function shown(value: AttributeValue, double: boolean): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? (double ? value : Number(value)) : String(value);
  if (value instanceof Uint8Array) return value.length === 0 ? null : Buffer.from(value).toString('base64');
  if (value === null || value === undefined) return '';
  return typeof value === 'boolean' ? value : JSON.stringify(value, plain);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** The spans of a trace as {@link expectedSpan} writes them. */
export function shownSpans({ spans, processes }: JaegerTrace): ShownSpan[] {
  return spans.map((span) => ({
    traceId: span.traceID,
    spanId: span.spanID,
    parentId: span.references.find(({ refType, traceID }) => refType === 'CHILD_OF' && traceID === span.traceID)
      ?.spanID,
    name: span.operationName,
    service: processes[span.processID]?.serviceName ?? '',
    start: span.startTime,
    duration: span.duration,
    tags: record(span.tags),
    logs: span.logs.map(({ timestamp, fields }) => ({ ...record(fields), timestamp })),
  }));
}

function record(tags: readonly StoredTag[]): Record<string, unknown> {
  return Object.fromEntries(tags.filter(({ key }) => !ADDED.has(key)).map(({ key, value }) => [key, value]));
}

/** In one order, to compare sets of spans. */
export function bySpan(a: ShownSpan, b: ShownSpan): number {
  return a.spanId < b.spanId ? -1 : 1;
}
