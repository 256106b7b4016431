/** `verbosity: detailed`: everything a record holds, in the layout of the Collector's debug exporter. */
import type {
  AttributeMap,
  AttributeValue,
  LogRecord,
  ResourceRecord,
  ScopeRecord,
  SpanContextRecord,
  SpanRecord,
} from '@telemetryflow/otlp';
import { isList, printable, structured, timeText } from './text.ts';

/** Lines of a resource's head. */
export function* resourceDetail(title: string, resource: ResourceRecord): Generator<string> {
  yield title;
  yield `Resource SchemaURL: ${printable(resource.schemaUrl ?? '')}`;
  yield* attributes('Resource attributes', resource.attributes);
}

/** Lines of a scope's head. */
export function* scopeDetail(title: string, scope: ScopeRecord): Generator<string> {
  yield title;
  yield `ScopeSchemaURL: ${printable(scope.schemaUrl ?? '')}`;
  yield `InstrumentationScope ${printable(scope.name)} ${printable(scope.version ?? '')}`.trimEnd();
  yield* attributes('InstrumentationScope attributes', scope.attributes);
}

/** Lines of one span. */
export function* spanDetail(span: SpanRecord, index: number): Generator<string> {
  yield `Span #${index}`;
  const context = span.spanContext();
  yield field('Trace ID', context.traceId);
  yield field('Parent ID', span.parentSpanContext?.spanId ?? '');
  yield field('ID', context.spanId);
  yield field('Name', printable(span.name));
  yield field('Kind', String(span.kind));
  const state = stateOf(context);
  if (state !== '') yield field('TraceState', state);
  yield field('Start time', timeText(span.startTime));
  yield field('End time', timeText(span.endTime));
  yield field('Status code', String(span.status.code));
  yield field('Status message', printable(span.status.message ?? ''));
  yield* dropped(span);
  yield* attributes('Attributes', span.attributes);
  for (const [at, event] of span.events.entries()) {
    if (at === 0) yield 'Events:';
    yield `SpanEvent #${at}`;
    yield field('Name', printable(event.name));
    yield field('Timestamp', timeText(event.time));
    yield field('DroppedAttributesCount', String(event.droppedAttributesCount ?? 0));
    yield* attributes('Attributes', event.attributes);
  }
  for (const [at, link] of span.links.entries()) {
    if (at === 0) yield 'Links:';
    yield `SpanLink #${at}`;
    yield field('Trace ID', link.context.traceId);
    yield field('ID', link.context.spanId);
    yield field('TraceState', stateOf(link.context));
    yield field('DroppedAttributesCount', String(link.droppedAttributesCount ?? 0));
    yield* attributes('Attributes', link.attributes);
  }
}

/** Lines of one log record. */
export function* logDetail(log: LogRecord, index: number): Generator<string> {
  yield `LogRecord #${index}`;
  yield `ObservedTimestamp: ${timeText(log.hrTimeObserved)}`;
  yield `Timestamp: ${timeText(log.hrTime)}`;
  yield `SeverityText: ${printable(log.severityText ?? '')}`;
  yield `SeverityNumber: ${log.severityNumber ?? 0}`;
  if (log.eventName !== undefined) yield `EventName: ${printable(log.eventName)}`;
  yield `Body: ${typed(log.body)}`;
  yield* attributes('Attributes', log.attributes);
  yield `Dropped attributes: ${log.droppedAttributesCount}`;
  yield `Trace ID: ${log.spanContext?.traceId ?? ''}`;
  yield `Span ID: ${log.spanContext?.spanId ?? ''}`;
  yield `Flags: ${log.flags ?? log.spanContext?.traceFlags ?? 0}`;
}

/** Attributes, one line each with their type; nothing when there are none. */
export function* attributes(title: string, map: AttributeMap | undefined): Generator<string> {
  const entries = Object.entries(map ?? {});
  if (entries.length === 0) return;
  yield `${title}:`;
  for (const [key, value] of entries) yield `     -> ${printable(key)}: ${typed(value)}`;
}

/** `-> Name: value`, indented. */
export function field(name: string, value: string): string {
  return `    ${name.padEnd(15)}: ${value}`.trimEnd();
}

/** A value with its type, as `Str(text)`. */
export function typed(value: AttributeValue): string {
  if (value === null || value === undefined) return 'Empty()';
  switch (typeof value) {
    case 'string':
      return `Str(${printable(value)})`;
    case 'boolean':
      return `Bool(${value})`;
    case 'bigint':
      return `Int(${value})`;
    case 'number':
      return Number.isInteger(value) && !Object.is(value, -0) ? `Int(${value})` : `Double(${structured(value)})`;
  }
  if (value instanceof Uint8Array) return `Bytes(${Buffer.from(value).toString('hex')})`;
  return `${isList(value) ? 'Slice' : 'Map'}(${printable(structured(value))})`;
}

function stateOf(context: SpanContextRecord): string {
  return printable(context.traceState?.serialize() ?? '');
}

function* dropped(span: SpanRecord): Generator<string> {
  if (span.droppedAttributesCount > 0) yield field('Dropped attributes count', String(span.droppedAttributesCount));
  if (span.droppedEventsCount > 0) yield field('Dropped events count', String(span.droppedEventsCount));
  if (span.droppedLinksCount > 0) yield field('Dropped links count', String(span.droppedLinksCount));
}
