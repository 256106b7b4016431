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
import { AgentTags, PRIORITY, type Tag } from './agent-tags.ts';
import { type MsgpackWriter, packed } from './msgpack-writer.ts';
import type { ResourceReader } from './resource-tags.ts';

/** Bytes; the Agent cuts longer ones. */
const MAX_NAME = 100;
const MAX_RESOURCE = 5000;
const NO_PARENT = '0'.repeat(16);
/** Kept because whoever made the trace decided so: it would not have come here otherwise. */
const AUTO_KEEP = 1;
const STATUS = ['Unset', 'Ok', 'Error'];
const ERROR = 2;
/** Name of the event that an exception is. The Agent marks its span, and may keep the trace for it. */
const EXCEPTION = 'exception';

const SERVICE = packed('service');
const NAME = packed('name');
const RESOURCE = packed('resource');
const TYPE = packed('type');
const TRACE_ID = packed('trace_id');
const SPAN_ID = packed('span_id');
const PARENT_ID = packed('parent_id');
const START = packed('start');
const DURATION = packed('duration');
const IS_ERROR = packed('error');
const META = packed('meta');
const METRICS = packed('metrics');

/** What all spans of one resource and scope share. */
interface Group {
  readonly attributes: AttributeMap;
  readonly hasConvention: boolean;
  readonly service: string;
  /** Each with its name and value as MessagePack. */
  readonly tags: readonly { readonly tag: Tag; readonly bytes: Uint8Array }[];
  /** All of them, one behind the other. */
  readonly block: Uint8Array;
}

/** Writes spans into one buffer, batch after batch. */
export class AgentSpans {
  readonly #out: MsgpackWriter;
  readonly #reader: ResourceReader;
  readonly #tags = new AgentTags();
  readonly #groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope));
  /** The numbers of the span at hand, and their names. */
  readonly #numbers: number[] = [];
  readonly #numberTags: Tag[] = [];
  /** Number of the span at hand. */
  #span = 0;
  #members = 0;

  constructor(reader: ResourceReader, out: MsgpackWriter) {
    this.#reader = reader;
    this.#out = out;
  }

  /** To be called before the first span of a batch. */
  begin(): void {
    this.#groups.clear();
    this.#tags.begin();
  }

  /** `leads`: the first span of its trace in a request says what is true of all. */
  write(span: SpanRecord, leads: boolean): void {
    const out = this.#out;
    const { name, kind, attributes, status } = span;
    const { traceId, spanId } = span.spanContext();
    const group = this.#groups.of(span.resource, span.instrumentationScope);
    const look = group.hasConvention || hasConvention(attributes) ? lookupIn(attributes, group.attributes) : NOTHING;
    out.smallMap(12);
    writeField(out, SERVICE, valueToText(attributes['service.name']) || group.service, MAX_NAME);
    writeField(out, NAME, operationOf(kind, look), MAX_NAME);
    writeField(out, RESOURCE, resourceOf(name, kind, look), MAX_RESOURCE);
    writeField(out, TYPE, typeOf(kind, look), MAX_NAME);
    out.raw(TRACE_ID);
    out.hex64(traceId, 16);
    out.raw(SPAN_ID);
    out.hex64(spanId);
    out.raw(PARENT_ID);
    out.hex64(parentOf(span) ?? NO_PARENT);
    out.raw(START);
    out.int64(hrTimeToNanos(span.startTime));
    out.raw(DURATION);
    out.int64(durationNanos(span));
    out.raw(IS_ERROR);
    out.smallInteger(status.code === ERROR ? 1 : 0);
    out.raw(META);
    this.#writeMeta(span, group, leads);
    out.raw(METRICS);
    this.#writeMetrics(attributes, leads);
  }

  /** Texts; the numbers are left for {@link #writeMetrics}. */
  #writeMeta(span: SpanRecord, group: Group, leads: boolean): void {
    const out = this.#out;
    const { attributes } = span;
    const at = out.map();
    this.#span++;
    this.#members = 0;
    this.#numbers.length = 0;
    this.#writeOwn(span, leads);
    for (const key in attributes) {
      const value = attributes[key];
      const tag = this.#tags.of(attributes, key);
      if (tag === undefined || value === null || value === undefined) continue;
      if (tag.span === this.#span || (leads && tag.name === PRIORITY)) continue;
      tag.span = this.#span;
      if (typeof value === 'string') {
        this.#write(tag, value);
        continue;
      }
      const number = numberOf(value);
      if (number === undefined) this.#write(tag, valueToText(value));
      else {
        this.#numberTags[this.#numbers.length] = tag;
        this.#numbers.push(number);
      }
    }
    this.#writeShared(group);
    out.count(at, this.#members);
  }

  /** Tags of the group that the span does not have itself: mostly all. */
  #writeShared({ tags, block }: Group): void {
    const missing = tags.filter(({ tag }) => tag.span !== this.#span);
    this.#members += missing.length;
    if (missing.length === tags.length) this.#out.raw(block);
    else for (const { bytes } of missing) this.#out.raw(bytes);
  }

  /** Tags of a span that are no attributes of it. */
  #writeOwn(span: SpanRecord, leads: boolean): void {
    const { kind, status, events, links, attributes } = span;
    const { traceId, traceState } = span.spanContext();
    this.#own('span.kind', KINDS[kind] ?? 'unspecified');
    this.#own('otel.trace_id', traceId);
    this.#own('otel.status_code', STATUS[status.code] ?? 'Unset');
    if (leads && !traceId.startsWith(NO_PARENT)) this.#own('_dd.p.tid', traceId.slice(0, 16));
    if (status.message) {
      this.#own('otel.status_description', status.message);
      if (status.code === ERROR && attributes['error.msg'] === undefined) this.#own('error.msg', status.message);
    }
    const state = traceState?.serialize() ?? '';
    if (state !== '') this.#own('w3c.tracestate', state);
    if (events.length > 0) this.#own('events', eventsJson(events));
    if (events.some(({ name }) => name === EXCEPTION)) this.#own('_dd.span_events.has_exception', 'true');
    if (links.length > 0) this.#own('_dd.span_links', linksJson(links));
  }

  #own(name: string, text: string): void {
    const tag = this.#tags.named(name);
    tag.span = this.#span;
    this.#write(tag, text);
  }

  #write(tag: Tag, text: string): void {
    this.#out.raw(tag.bytes);
    this.#out.text(text);
    this.#members++;
  }

  #writeMetrics(attributes: AttributeMap, leads: boolean): void {
    const out = this.#out;
    const at = out.map();
    for (let n = 0; n < this.#numbers.length; n++) {
      out.raw((this.#numberTags[n] as Tag).bytes);
      out.double(this.#numbers[n] as number);
    }
    if (leads) {
      out.raw(this.#tags.named(PRIORITY).bytes);
      out.double(numberOf(attributes[PRIORITY] ?? attributes['sampling.priority']) ?? AUTO_KEEP);
    }
    out.count(at, this.#numbers.length + (leads ? 1 : 0));
  }

  #makeGroup(resource: ResourceRecord, scope: ScopeRecord): Group {
    const { host, single } = this.#reader.read(resource);
    const tags = new Map<Tag, string>();
    const put = (tag: Tag | undefined, text: string): void => {
      if (tag !== undefined && text !== '' && !tags.has(tag)) tags.set(tag, text);
    };
    const own = (name: string, text: string): void => put(this.#tags.named(name), text);
    own('otel.scope.name', scope.name);
    own('otel.scope.version', scope.version ?? '');
    for (const key in scope.attributes) own(key, valueToText(scope.attributes[key]));
    own('env', single.env);
    own('version', single.version);
    own('_dd.hostname', host);
    const { attributes } = resource;
    for (const key in attributes) {
      if (key !== 'service') put(this.#tags.of(attributes, key), valueToText(attributes[key]));
    }
    for (const [key, value] of this.#reader.hostTags) own(key, value);
    const written = [...tags].map(([tag, text]) => ({ tag, bytes: packed(tag.name, text) }));
    return {
      attributes,
      hasConvention: hasConvention(attributes),
      service: single.service || 'unnamed-service',
      tags: written,
      block: Buffer.concat(written.map(({ bytes }) => bytes)),
    };
  }
}

function writeField(out: MsgpackWriter, key: Uint8Array, text: string, most: number): void {
  out.raw(key);
  out.text(cutUtf8(text, most));
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
