/**
 * A span as a map of the Agent's intake. Numbers are `metrics`, all else is text in `meta`, where what is said of the
 * span wins over its scope, and that over its resource. Names as the vendor's own translator has them
 * (`pkg/trace/transform/transform.go` of DataDog/datadog-agent).
 */
import {
  type AttributeMap,
  type AttributeValue,
  cutUtf8,
  durationNanos,
  hrTimeToNanoString,
  hrTimeToNanos,
  PerGroup,
  parentOf,
  quoted,
  type ResourceRecord,
  type ScopeRecord,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';
import { hasConvention, KINDS, type Lookup, operationOf, resourceOf, typeOf } from './agent-names.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { ResourceReader } from './resource-tags.ts';

/** Bytes; the Agent cuts longer ones. */
const MAX_NAME = 100;
const MAX_RESOURCE = 5000;
const NO_PARENT = '0'.repeat(16);
/** Kept because whoever made the trace decided so: it would not have come here otherwise. */
const AUTO_KEEP = 1;
const STATUS = ['Unset', 'Ok', 'Error'];
const ERROR = 2;
const PRIORITY = '_sampling_priority_v1';
/** Name of the event that an exception is. The Agent marks its span, and may keep the trace for it. */
const EXCEPTION = 'exception';

/** Attributes that are fields of their own, or of which the fields are made. */
const FIELDS: ReadonlySet<string> = new Set(['service.name', 'operation.name', 'resource.name', 'span.type']);
/** Names of OpenTelemetry for which Datadog has its own. */
const TAGS: ReadonlyMap<string, string> = new Map([
  ['client.address', 'http.client_ip'],
  ['http.request.body.size', 'http.request.content_length'],
  ['http.request.header.referrer', 'http.referrer'],
  ['http.request.method', 'http.method'],
  ['http.response.body.size', 'http.response.content_length'],
  ['http.response.status_code', 'http.status_code'],
  ['network.protocol.version', 'http.version'],
  ['sampling.priority', PRIORITY],
  ['server.address', 'http.server_name'],
  ['url.full', 'http.url'],
  ['user_agent.original', 'http.useragent'],
]);
const HEADER = 'http.request.header.';

/** What all spans of one resource and scope share. */
interface Group {
  readonly attributes: AttributeMap;
  readonly hasConvention: boolean;
  readonly service: string;
  readonly tags: readonly { readonly key: string; readonly bytes: Buffer }[];
}

/** Writes spans, remembering the groups of a batch: use a new one for each. */
export class AgentSpans {
  readonly #reader: ResourceReader;
  readonly #groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope));

  constructor(reader: ResourceReader) {
    this.#reader = reader;
  }

  /** `leads`: the first span of its trace in a request says what is true of all. */
  write(out: MsgpackWriter, span: SpanRecord, leads: boolean): void {
    const { name, kind, attributes, status } = span;
    const { traceId, spanId } = span.spanContext();
    const group = this.#groups.of(span.resource, span.instrumentationScope);
    const look = group.hasConvention || hasConvention(attributes) ? lookupIn(attributes, group.attributes) : NOTHING;
    const service = valueToText(attributes['service.name']) || group.service;
    const member = (key: string, text: string, most: number): void => {
      out.key(key);
      out.text(cutUtf8(text, most));
    };
    out.smallMap(12);
    member('service', service, MAX_NAME);
    member('name', operationOf(kind, look), MAX_NAME);
    member('resource', resourceOf(name, kind, look), MAX_RESOURCE);
    member('type', typeOf(kind, look), MAX_NAME);
    out.key('trace_id');
    out.hex64(traceId.slice(16));
    out.key('span_id');
    out.hex64(spanId);
    out.key('parent_id');
    out.hex64(parentOf(span) ?? NO_PARENT);
    out.key('start');
    out.int64(hrTimeToNanos(span.startTime));
    out.key('duration');
    out.int64(durationNanos(span));
    out.key('error');
    out.smallInteger(status.code === ERROR ? 1 : 0);
    const own = ownTags(span, leads);
    out.key('meta');
    writeMeta(out, attributes, own, group);
    out.key('metrics');
    writeMetrics(out, attributes, own, leads);
  }

  #makeGroup(resource: ResourceRecord, scope: ScopeRecord): Group {
    const { host, single } = this.#reader.read(resource);
    const tags = new Map<string, string>();
    const put = (key: string, text: string): void => {
      if (text !== '' && !tags.has(key)) tags.set(key, text);
    };
    put('otel.scope.name', scope.name);
    put('otel.scope.version', scope.version ?? '');
    for (const key in scope.attributes) put(key, valueToText(scope.attributes[key]));
    put('env', single.env);
    put('version', single.version);
    put('_dd.hostname', host);
    for (const key in resource.attributes) {
      if (!FIELDS.has(key) && key !== 'service') put(tagOf(key), valueToText(resource.attributes[key]));
    }
    for (const [key, value] of this.#reader.hostTags) put(key, value);
    return {
      attributes: resource.attributes,
      hasConvention: hasConvention(resource.attributes),
      service: single.service || 'unnamed-service',
      tags: [...tags].map(([key, text]) => ({ key, bytes: tagBytes(key, text) })),
    };
  }
}

const NOTHING: Lookup = () => '';

function lookupIn(...maps: readonly AttributeMap[]): Lookup {
  return (...names) => {
    for (const attributes of maps) {
      for (const name of names) {
        const text = valueToText(attributes[name]);
        if (text !== '') return text;
      }
    }
    return '';
  };
}

function tagBytes(key: string, text: string): Buffer {
  const out = new MsgpackWriter();
  out.text(key);
  out.text(text);
  return out.copy();
}

function tagOf(key: string): string {
  const known = TAGS.get(key);
  if (known !== undefined) return known;
  return key.startsWith(HEADER) ? `http.request.headers.${key.slice(HEADER.length)}` : key;
}

/** Tags of a span that are no attributes of it. */
function ownTags(span: SpanRecord, leads: boolean): ReadonlyMap<string, string> {
  const { kind, status, events, links, attributes } = span;
  const { traceId, traceState } = span.spanContext();
  const tags = new Map([
    ['span.kind', KINDS[kind] ?? 'unspecified'],
    ['otel.trace_id', traceId],
    ['otel.status_code', STATUS[status.code] ?? 'Unset'],
  ]);
  const high = traceId.slice(0, 16);
  if (leads && high !== NO_PARENT) tags.set('_dd.p.tid', high);
  if (status.message) {
    tags.set('otel.status_description', status.message);
    if (status.code === ERROR && attributes['error.msg'] === undefined) tags.set('error.msg', status.message);
  }
  const state = traceState?.serialize() ?? '';
  if (state !== '') tags.set('w3c.tracestate', state);
  if (events.length > 0) tags.set('events', eventsJson(events));
  if (events.some(({ name }) => name === EXCEPTION)) tags.set('_dd.span_events.has_exception', 'true');
  if (links.length > 0) tags.set('_dd.span_links', linksJson(links));
  return tags;
}

function writeMeta(out: MsgpackWriter, attributes: AttributeMap, own: ReadonlyMap<string, string>, group: Group): void {
  const at = out.map();
  let count = 0;
  for (const [key, text] of own) {
    out.key(key);
    out.text(text);
    count++;
  }
  const named = new Set<string>(own.keys());
  for (const key in attributes) {
    const value = attributes[key];
    const tag = tagTaken(attributes, key);
    if (tag === undefined || value === null || value === undefined) continue;
    named.add(tag);
    if (own.has(tag) || numberOf(value) !== undefined) continue;
    out.key(tag);
    out.text(valueToText(value));
    count++;
  }
  for (const { key, bytes } of group.tags) {
    if (named.has(key)) continue;
    out.raw(bytes);
    count++;
  }
  out.count(at, count);
}

function writeMetrics(
  out: MsgpackWriter,
  attributes: AttributeMap,
  own: ReadonlyMap<string, string>,
  leads: boolean,
): void {
  const at = out.map();
  let count = 0;
  for (const key in attributes) {
    const number = numberOf(attributes[key]);
    const tag = tagTaken(attributes, key);
    if (number === undefined || tag === undefined || own.has(tag) || (leads && tag === PRIORITY)) continue;
    out.key(tag);
    out.double(number);
    count++;
  }
  if (leads) {
    out.key(PRIORITY);
    out.double(numberOf(attributes[PRIORITY] ?? attributes['sampling.priority']) ?? AUTO_KEEP);
    count++;
  }
  out.count(at, count);
}

/** The tag that an attribute becomes; `undefined` for one that is a field, or whose tag the span has already. */
function tagTaken(attributes: AttributeMap, key: string): string | undefined {
  if (FIELDS.has(key)) return undefined;
  const tag = tagOf(key);
  return tag === key || attributes[tag] === undefined ? tag : undefined;
}

/** A number that a double holds exactly; `undefined` for all that is text. */
function numberOf(value: AttributeValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'bigint') return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

function eventsJson(events: readonly SpanEventRecord[]): string {
  let list = '';
  for (const { name, time, attributes, droppedAttributesCount = 0 } of events) {
    list += `,{"time_unix_nano":${hrTimeToNanoString(time)},"name":${quoted(name)}`;
    if (hasAny(attributes)) list += `,"attributes":${JSON.stringify(toPlainJson(attributes))}`;
    if (droppedAttributesCount > 0) list += `,"dropped_attributes_count":${droppedAttributesCount}`;
    list += '}';
  }
  return `[${list.slice(1)}]`;
}

function linksJson(links: readonly SpanLinkRecord[]): string {
  let list = '';
  for (const { context, attributes, droppedAttributesCount = 0 } of links) {
    const state = context.traceState?.serialize() ?? '';
    list += `,{"trace_id":${quoted(context.traceId)},"span_id":${quoted(context.spanId)}`;
    if (state !== '') list += `,"tracestate":${quoted(state)}`;
    if (hasAny(attributes)) list += `,"attributes":{${textMembers(attributes)}}`;
    if (droppedAttributesCount > 0) list += `,"dropped_attributes_count":${droppedAttributesCount}`;
    list += '}';
  }
  return `[${list.slice(1)}]`;
}

function hasAny(attributes: AttributeMap | undefined): attributes is AttributeMap {
  for (const _ in attributes) return true;
  return false;
}

/** Attributes of links are texts at Datadog. */
function textMembers(attributes: AttributeMap): string {
  let members = '';
  for (const key in attributes) members += `,${quoted(key)}:${quoted(valueToText(attributes[key]))}`;
  return members.slice(1);
}
