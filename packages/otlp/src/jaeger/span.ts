/** What a span becomes in Jaeger's model, for all ways of writing it: api_v2 as protobuf or JSON, and Thrift. */
import { isInt64Number } from '../attributes.ts';
import {
  type AttributeMap,
  DOUBLES,
  type HrTime,
  type ResourceRecord,
  type SpanContextRecord,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '../records.ts';
import { parentOf, spanDuration, validIds } from '../span-ids.ts';
import { wholeHrTime } from '../time.ts';
import { fitsInt64, valueToText } from '../values.ts';

/** Types of tags. */
export type JaegerTagType = 'string' | 'bool' | 'int64' | 'float64' | 'binary';

/** A tag's value: a string, a boolean, a number (a bigint where it is an int64 beyond 2^53), or bytes. */
export type JaegerTagValue = string | boolean | number | bigint | Uint8Array;

/**
 * Tags in order: keys and values, in step. One value per key: readers keep only the last of several.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JaegerTags, type JaegerTagType, type JaegerTagValue } from '@telemetryflow/otlp';
 *
 * const tags = new JaegerTags();
 * tags.add('http.status_code', 200);
 * tags.set('http.status_code', 404);
 * const [value, type]: [JaegerTagValue | undefined, JaegerTagType] = [tags.values[0], tags.typeAt(0)];
 * assert.deepEqual([tags.keys, value, type], [['http.status_code'], 404, 'int64']);
 * ```
 */
export class JaegerTags {
  readonly keys: string[] = [];
  readonly values: JaegerTagValue[] = [];
  #doubles: Set<string> | undefined = undefined;

  /** A tag whose key is not there yet. */
  add(key: string, value: JaegerTagValue): void {
    this.keys.push(key);
    this.values.push(value);
  }

  /** A number that is a float64 although it is whole. */
  addDouble(key: string, value: number): void {
    this.add(key, value);
    this.#doubles ??= new Set();
    this.#doubles.add(key);
  }

  /** A tag in the place of one with its key, if there is one. */
  set(key: string, value: JaegerTagValue): void {
    const at = this.keys.indexOf(key);
    if (at < 0) this.add(key, value);
    else this.values[at] = value;
  }

  /** The type of a tag; of numbers, the whole ones are int64 but for those that `addDouble` added. */
  typeAt(index: number): JaegerTagType {
    const value = this.values[index];
    switch (typeof value) {
      case 'string':
        return 'string';
      case 'boolean':
        return 'bool';
      case 'number':
        if (!isInt64Number(value)) return 'float64';
        return this.#doubles?.has(this.keys[index] as string) === true ? 'float64' : 'int64';
      case 'bigint':
        return 'int64';
      default:
        return 'binary';
    }
  }

  /** The same tags, to be changed. */
  copy(): JaegerTags {
    const copy = new JaegerTags();
    copy.keys.push(...this.keys);
    copy.values.push(...this.values);
    copy.#doubles = this.#doubles;
    return copy;
  }
}

/** The parent of a span, or a span it follows from. */
export interface JaegerReference {
  readonly traceId: string;
  readonly spanId: string;
  readonly childOf: boolean;
}

/** An event of a span. */
export interface JaegerLog {
  /** In whole seconds and nanoseconds. */
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
  /** Both in whole seconds and nanoseconds. */
  readonly start: HrTime;
  readonly duration: HrTime;
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
 * `undefined` for a span whose ids Jaeger would refuse. References hold neither attributes nor the state of links: these
 * are a log `link` at the start of the span, unless `linkLogs` is false.
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
 * const [log]: readonly JaegerLog[] = jaeger?.logs ?? [];
 * assert.deepEqual([jaeger?.references, log?.fields.values, log?.time], [[parent], ['retry'], [0, 5]]);
 * assert.deepEqual([jaeger?.tags.keys, jaeger?.tags.values], [['span.kind'], ['server']]);
 * ```
 */
export function jaegerSpan(span: SpanRecord, linkLogs = true): JaegerSpan | undefined {
  const context = span.spanContext();
  if (!validIds(context)) return undefined;
  const { traceId, spanId } = context;
  const parent = parentOf(span);
  const references: JaegerReference[] = [];
  if (parent !== undefined) references.push({ traceId, spanId: parent, childOf: true });
  const logs: JaegerLog[] = [];
  for (const event of span.events) logs.push(eventLog(event));
  for (const link of span.links) {
    if (!validIds(link.context)) continue;
    const own = link.context.traceId === traceId;
    // Jaeger takes any reference into its own trace for the parent of a root.
    const reparents = own && parent === undefined;
    const isParent = own && link.context.spanId === parent;
    if (!reparents && !isParent) {
      references.push({ traceId: link.context.traceId, spanId: link.context.spanId, childOf: isChildOf(link) });
    }
    if (reparents || (linkLogs && holdsMore(link))) logs.push(linkLog(span, link));
  }
  return {
    traceId,
    spanId,
    name: span.name,
    references,
    sampled: (context.traceFlags & 1) === 1,
    start: wholeHrTime(span.startTime),
    duration: spanDuration(span),
    tags: tagsOf(span, context),
    logs,
  };
}

/** Than ids. */
function holdsMore({ attributes, context }: SpanLinkRecord): boolean {
  return Object.keys(attributes ?? {}).length > 0 || Boolean(context.traceState?.serialize());
}

function isChildOf({ attributes }: SpanLinkRecord): boolean {
  return attributes?.['opentracing.ref_type'] === 'child_of';
}

/** The name of an event gives way to an attribute `event`. */
function eventLog({ time, name, attributes, droppedAttributesCount }: SpanEventRecord): JaegerLog {
  const fields = new JaegerTags();
  if (attributes === undefined || !Object.hasOwn(attributes, 'event')) fields.add('event', name);
  addCount(fields, DROPPED_ATTRIBUTES, droppedAttributesCount);
  addAttributes(fields, attributes);
  return { time: wholeHrTime(time), fields };
}

function linkLog(span: SpanRecord, { context, attributes }: SpanLinkRecord): JaegerLog {
  const fields = new JaegerTags();
  fields.add('event', 'link');
  fields.add('trace_id', context.traceId);
  fields.add('span_id', context.spanId);
  const state = context.traceState?.serialize();
  if (state) fields.add('w3c.tracestate', state);
  addAttributes(fields, attributes);
  return { time: wholeHrTime(span.startTime), fields };
}

/**
 * A resource as a process; one without a name is `unknown_service`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type JaegerProcess, jaegerProcess } from '@telemetryflow/otlp';
 *
 * const attributes = { 'service.name': 'shop', 'cloud.region': 'eu-west-1' };
 * const process: JaegerProcess = jaegerProcess({ attributes });
 * assert.deepEqual([process.serviceName, process.tags.keys], ['shop', ['cloud.region']]);
 * ```
 */
export function jaegerProcess({ attributes }: ResourceRecord): JaegerProcess {
  const tags = new JaegerTags();
  for (const key of Object.keys(attributes)) if (key !== 'service.name') addAttribute(tags, attributes, key);
  const name = valueToText(attributes['service.name']);
  return {
    serviceName: name === '' || name === 'OTLPResourceNoServiceName' ? 'unknown_service' : name,
    tags,
  };
}

const DROPPED_ATTRIBUTES = 'otel.dropped_attributes_count';

/** Keys that we write ourselves. */
const OWN: ReadonlySet<string> = new Set([
  'span.kind',
  'otel.status_code',
  'error',
  'otel.status_description',
  'w3c.tracestate',
  DROPPED_ATTRIBUTES,
  'otel.dropped_events_count',
  'otel.dropped_links_count',
  'otel.scope.name',
  'otel.library.name',
  'otel.scope.version',
  'otel.library.version',
  'event',
  'trace_id',
  'span_id',
]);

/** What we say beats what the span says, which beats what the scope says: who comes first wins. */
function tagsOf(span: SpanRecord, { traceState }: SpanContextRecord): JaegerTags {
  const { instrumentationScope: scope, status } = span;
  const tags = new JaegerTags();
  const kind = KINDS[span.kind];
  if (kind !== undefined) tags.add('span.kind', kind);
  if (status.code === OK) tags.add('otel.status_code', 'OK');
  if (status.code === ERROR) {
    tags.add('otel.status_code', 'ERROR');
    tags.add('error', true);
  }
  if (status.message) tags.add('otel.status_description', status.message);
  const state = traceState?.serialize();
  if (state) tags.add('w3c.tracestate', state);
  addCount(tags, DROPPED_ATTRIBUTES, span.droppedAttributesCount);
  addCount(tags, 'otel.dropped_events_count', span.droppedEventsCount);
  addCount(tags, 'otel.dropped_links_count', span.droppedLinksCount);
  if (scope.name !== '') {
    tags.add('otel.scope.name', scope.name);
    tags.add('otel.library.name', scope.name);
  }
  if (scope.version) {
    tags.add('otel.scope.version', scope.version);
    tags.add('otel.library.version', scope.version);
  }
  addAttributes(tags, span.attributes);
  if (scope.attributes !== undefined) {
    for (const key of Object.keys(scope.attributes)) {
      if (!tags.keys.includes(key)) addAttribute(tags, scope.attributes, key);
    }
  }
  return tags;
}

function addCount(tags: JaegerTags, key: string, count: number | undefined): void {
  if (count !== undefined && count > 0) tags.add(key, count);
}

/** All but those whose keys are there already. */
function addAttributes(tags: JaegerTags, attributes: AttributeMap | undefined): void {
  if (attributes === undefined) return;
  for (const key of Object.keys(attributes)) {
    if (!OWN.has(key) || !tags.keys.includes(key)) addAttribute(tags, attributes, key);
  }
}

function addAttribute(tags: JaegerTags, attributes: AttributeMap, key: string): void {
  const value = attributes[key];
  switch (typeof value) {
    case 'string':
      tags.add(key, value);
      return;
    case 'boolean':
      tags.add(key, value);
      return;
    case 'number':
      // Not a number and infinities would make Jaeger's answers invalid JSON.
      if (!Number.isFinite(value)) tags.add(key, String(value));
      else if (attributes[DOUBLES]?.has(key) === true) tags.addDouble(key, value);
      else tags.add(key, value);
      return;
    case 'bigint':
      if (fitsInt64(value)) tags.add(key, value);
      else tags.add(key, value.toString());
      return;
    default:
      if (value instanceof Uint8Array) tags.add(key, value);
      else tags.add(key, valueToText(value));
  }
}
