/** What a span becomes in Jaeger's model, for all ways of writing it: api_v2 as protobuf or JSON, and Thrift. */
import { isDouble } from '../attributes.ts';
import type { AttributeMap, AttributeValue, HrTime, ResourceRecord, SpanLinkRecord, SpanRecord } from '../records.ts';
import { durationNanos, parentOf, validIds } from '../span-ids.ts';
import { valueToText } from '../values.ts';

/** A tag's value by the type it has in Jaeger. */
export type JaegerTagValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int64'; readonly value: number | bigint }
  | { readonly type: 'float64'; readonly value: number }
  | { readonly type: 'binary'; readonly value: Uint8Array };

/** One value per key: readers keep only the last of several. */
export type JaegerTags = Map<string, JaegerTagValue>;

/** The parent of a span, or a span it follows from. */
export interface JaegerReference {
  readonly traceId: string;
  readonly spanId: string;
  readonly childOf: boolean;
}

/** An event of a span. */
export interface JaegerLog {
  readonly time: HrTime;
  readonly fields: JaegerTags;
}

/** A span in Jaeger's model. */
export interface JaegerSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  /** The parent comes first. */
  readonly references: readonly JaegerReference[];
  readonly sampled: boolean;
  readonly start: HrTime;
  readonly durationNanos: bigint;
  readonly tags: JaegerTags;
  readonly logs: readonly JaegerLog[];
}

/** The service that a span is of. */
export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: JaegerTags;
}

const KINDS: readonly (string | undefined)[] = [undefined, 'server', 'client', 'producer', 'consumer'];
const OK = 1;
const ERROR = 2;

/**
 * The key of a record: Jaeger's own text of a trace id, which is 16 digits where the high half is zero.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { jaegerTraceKey } from '@telemetryflow/otlp';
 *
 * assert.equal(jaegerTraceKey('0000000000000000b7ad6b7169203331'), 'b7ad6b7169203331');
 * assert.equal(jaegerTraceKey('0af7651916cd43dd8448eb211c80319c'), '0af7651916cd43dd8448eb211c80319c');
 * ```
 */
export function jaegerTraceKey(traceId: string): string {
  return traceId.startsWith('0'.repeat(16)) ? traceId.slice(16) : traceId;
}

/**
 * `undefined` for a span whose ids Jaeger would refuse.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, type JaegerLog, type JaegerReference, jaegerSpan } from '@telemetryflow/otlp';
 *
 * const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
 * const span = { ...ids, parentSpanId: '00f067aa0ba902b7', kind: 2, events: [{ name: 'retry', timeUnixNano: '5' }] };
 * const [record] = decodeJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
 * assert.ok(record);
 * const jaeger = jaegerSpan(record);
 * const parent: JaegerReference = { traceId: ids.traceId, spanId: '00f067aa0ba902b7', childOf: true };
 * const log: JaegerLog = { time: [0, 5], fields: new Map([['event', { type: 'string', value: 'retry' }]]) };
 * assert.deepEqual([jaeger?.references, jaeger?.logs], [[parent], [log]]);
 * assert.deepEqual(jaeger?.tags.get('span.kind'), { type: 'string', value: 'server' });
 * ```
 */
export function jaegerSpan(span: SpanRecord): JaegerSpan | undefined {
  const context = span.spanContext();
  if (!validIds(context)) return undefined;
  const parent = parentOf(span);
  const references: JaegerReference[] = [];
  if (parent !== undefined) references.push({ traceId: context.traceId, spanId: parent, childOf: true });
  const logs: JaegerLog[] = span.events.map(({ time, name, attributes, droppedAttributesCount }) => {
    const fields: JaegerTags = new Map([['event', text(name)]]);
    addAll(fields, attributes);
    addCount(fields, 'otel.dropped_attributes_count', droppedAttributesCount);
    return { time, fields };
  });
  for (const link of span.links) {
    const { traceId, spanId } = link.context;
    if (!validIds(link.context)) continue;
    // Jaeger takes any reference into its own trace for the parent of a root.
    const reparents = parent === undefined && traceId === context.traceId;
    const isParent = traceId === context.traceId && spanId === parent;
    if (!reparents && !isParent) references.push({ traceId, spanId, childOf: isChildOf(link) });
    if (reparents || Object.keys(link.attributes ?? {}).length > 0) logs.push(linkLog(span, link));
  }
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    name: span.name.toWellFormed(),
    references,
    sampled: (context.traceFlags & 1) === 1,
    start: span.startTime,
    durationNanos: durationNanos(span),
    tags: tagsOf(span),
    logs,
  };
}

function isChildOf({ attributes }: SpanLinkRecord): boolean {
  return attributes?.['opentracing.ref_type'] === 'child_of';
}

function linkLog(span: SpanRecord, { context, attributes }: SpanLinkRecord): JaegerLog {
  const fields: JaegerTags = new Map();
  addAll(fields, attributes);
  fields.set('event', text('link')).set('trace_id', text(context.traceId)).set('span_id', text(context.spanId));
  return { time: span.startTime, fields };
}

/**
 * A resource as a process; one without a name is `unknown_service`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type JaegerProcess, type JaegerTags, type JaegerTagValue, jaegerProcess } from '@telemetryflow/otlp';
 *
 * const region: JaegerTagValue = { type: 'string', value: 'eu-west-1' };
 * const tags: JaegerTags = new Map([['cloud.region', region]]);
 * const expected: JaegerProcess = { serviceName: 'shop', tags };
 * assert.deepEqual(jaegerProcess({ attributes: { 'service.name': 'shop', 'cloud.region': 'eu-west-1' } }), expected);
 * ```
 */
export function jaegerProcess({ attributes }: ResourceRecord): JaegerProcess {
  const tags: JaegerTags = new Map();
  addAll(tags, attributes);
  tags.delete('service.name');
  const name = valueToText(attributes['service.name']);
  return {
    serviceName: name === '' || name === 'OTLPResourceNoServiceName' ? 'unknown_service' : name.toWellFormed(),
    tags,
  };
}

/** What we say beats what the span says, which beats what the scope says. */
function tagsOf(span: SpanRecord): JaegerTags {
  const { instrumentationScope: scope, status } = span;
  const tags: JaegerTags = new Map();
  addAll(tags, scope.attributes);
  addAll(tags, span.attributes);
  if (scope.name !== '') tags.set('otel.scope.name', text(scope.name)).set('otel.library.name', text(scope.name));
  if (scope.version !== undefined && scope.version !== '') {
    tags.set('otel.scope.version', text(scope.version)).set('otel.library.version', text(scope.version));
  }
  const kind = KINDS[span.kind];
  if (kind !== undefined) tags.set('span.kind', text(kind));
  if (status.code === OK) tags.set('otel.status_code', text('OK'));
  if (status.code === ERROR) {
    tags.set('otel.status_code', text('ERROR')).set('error', { type: 'bool', value: true });
  }
  if (status.message !== undefined && status.message !== '') tags.set('otel.status_description', text(status.message));
  const state = span.spanContext().traceState?.serialize() ?? '';
  if (state !== '') tags.set('w3c.tracestate', text(state));
  addCount(tags, 'otel.dropped_attributes_count', span.droppedAttributesCount);
  addCount(tags, 'otel.dropped_events_count', span.droppedEventsCount);
  addCount(tags, 'otel.dropped_links_count', span.droppedLinksCount);
  return tags;
}

function text(value: string): JaegerTagValue {
  // Half of a surrogate pair is no character: readers refuse it, or differ in what they make of it.
  return { type: 'string', value: value.toWellFormed() };
}

function addCount(tags: JaegerTags, key: string, count: number | undefined): void {
  if (count !== undefined && count > 0) tags.set(key, { type: 'int64', value: count });
}

function addAll(tags: JaegerTags, attributes: AttributeMap | undefined): void {
  if (attributes === undefined) return;
  for (const key of Object.keys(attributes))
    tags.set(key.toWellFormed(), tagValue(attributes[key], isDouble(attributes, key)));
}

function tagValue(value: AttributeValue, double: boolean): JaegerTagValue {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'boolean':
      return { type: 'bool', value };
    case 'number':
      // Not a number and infinities would make Jaeger's answers invalid JSON.
      if (!Number.isFinite(value)) return text(String(value));
      return { type: !double && Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'int64' : 'float64', value };
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? { type: 'int64', value } : text(value.toString());
    case 'object':
      if (value instanceof Uint8Array) return { type: 'binary', value };
      return text(valueToText(value));
    default:
      return text(valueToText(value));
  }
}
