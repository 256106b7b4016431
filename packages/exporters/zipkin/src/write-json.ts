/** Spans as JSON v2. */
import { type JsonBytes, jsonConstant } from '@telemetryflow/otlp';
import type { Endpoint } from './endpoint.ts';
import type { TagName } from './tag-names.ts';
import type { Tags } from './tags.ts';
import { KINDS, type SpanGroup, type ZipkinSpan } from './zipkin-span.ts';

const TRACE_ID = jsonConstant('{"traceId":');
const PARENT_ID = jsonConstant('"parentId":');
const ID = jsonConstant('"id":');
const KIND = KINDS.map((kind) => jsonConstant(kind === undefined ? '' : `"kind":"${kind}",`));
const NAME = jsonConstant('"name":');
const TIMESTAMP = jsonConstant('"timestamp":');
const DURATION = jsonConstant('"duration":');
const LOCAL_ENDPOINT = jsonConstant('"localEndpoint":{');
const REMOTE_ENDPOINT = jsonConstant('"remoteEndpoint":{');
const SERVICE_NAME = jsonConstant('"serviceName":');
const IPV4 = jsonConstant('"ipv4":');
const IPV6 = jsonConstant('"ipv6":');
const PORT = jsonConstant('"port":');
const ANNOTATIONS = jsonConstant('"annotations":[');
const ANNOTATION = jsonConstant('{"timestamp":');
const VALUE = jsonConstant(',"value":');
const TAGS = jsonConstant('"tags":{');
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5d;
const BRACE = 0x7d;

/** Longer values are not remembered. */
const MAX_REPEATED_LENGTH = 128;

/** Members that all spans of a group share, each with a comma. */
interface Known {
  readonly local: Uint8Array;
  readonly tags: Uint8Array;
}

export class JsonWriter {
  readonly #groups = new Map<SpanGroup, Known>();

  /** Forget what belongs to a batch. */
  clear(): void {
    this.#groups.clear();
  }

  write(json: JsonBytes, span: ZipkinSpan): void {
    const { annotations, tags, group } = span;
    const known = this.#groups.get(group) ?? this.#know(json, group);
    json.ensure(0);
    json.id(TRACE_ID, span.traceId, 32);
    json.id(PARENT_ID, span.parentId, 16);
    json.id(ID, span.id, 16);
    json.put(KIND[span.kind] ?? NOTHING);
    if (span.name !== '') member(json, NAME, span.name);
    integer(json, TIMESTAMP, span.timestamp);
    integer(json, DURATION, span.duration);
    json.raw(known.local);
    if (span.remote !== undefined) endpoint(json, REMOTE_ENDPOINT, span.remote);
    if (annotations.length > 0) {
      json.put(ANNOTATIONS);
      for (const { timestamp, value } of annotations) {
        json.put(ANNOTATION);
        json.number(timestamp);
        member(json, VALUE, value);
        json.close(BRACE);
      }
      json.close(BRACKET);
    }
    json.put(TAGS);
    const start = json.pos;
    writeTags(json, tags);
    if (tags.shared !== undefined) json.raw(known.tags);
    if (json.pos === start) json.pos -= TAGS.length;
    else json.close(BRACE);
    json.close(BRACE);
    // The comma behind the whole.
    json.pos--;
  }

  /** Writes behind what is there, and takes it back. */
  #know(json: JsonBytes, group: SpanGroup): Known {
    const { pos } = json;
    json.ensure(0);
    endpoint(json, LOCAL_ENDPOINT, group.local);
    const local = json.copy(pos);
    json.pos = pos;
    writeTags(json, group.tags);
    const tags = json.copy(pos);
    json.pos = pos;
    const known = { local, tags };
    this.#groups.set(group, known);
    return known;
  }
}

function writeTags(json: JsonBytes, { names, values }: Tags): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as TagName;
    const value = values[i] as string;
    if (name.entry !== undefined && name.value === value) {
      json.raw(name.entry);
      continue;
    }
    const key = name.json ?? keyOf(json, name);
    json.ensure(key.length);
    const start = json.pos;
    member(json, key, value);
    if (value.length <= MAX_REPEATED_LENGTH) name.saw(value, json.bytes, start, json.pos);
  }
}

/** Writes it behind what is there, and takes it back. */
function keyOf(json: JsonBytes, name: TagName): Uint8Array {
  const { pos } = json;
  text(json, name.text);
  json.byte(COLON);
  const key = json.copy(pos);
  json.pos = pos;
  name.json = key;
  return key;
}

const NOTHING = jsonConstant('');

function endpoint(json: JsonBytes, key: Uint8Array, { serviceName, ipv4, ipv6, port }: Endpoint): void {
  if (serviceName === '' && ipv4 === '' && ipv6 === '' && port === 0) return;
  json.put(key);
  if (serviceName !== '') member(json, SERVICE_NAME, serviceName);
  json.optional(IPV4, ipv4);
  json.optional(IPV6, ipv6);
  if (port > 0) integer(json, PORT, port);
  json.close(BRACE);
}

/** An integer behind its key; left out when 0. */
function integer(json: JsonBytes, key: Uint8Array, value: number): void {
  if (value <= 0) return;
  json.put(key);
  json.number(value);
  json.byte(COMMA);
}

function member(json: JsonBytes, key: Uint8Array, value: string): void {
  json.put(key);
  text(json, value);
  json.byte(COMMA);
}

const SNIFFED = 'yAnnotations';
const S = 0x73;
const ESCAPED_S = jsonConstant('\\u0073"');

/** A string; Zipkin takes a body with `yAnnotations"` anywhere for JSON v1, and refuses it. */
function text(json: JsonBytes, value: string): void {
  json.text(value);
  if (value.charCodeAt(value.length - 1) !== S || !value.endsWith(SNIFFED)) return;
  json.pos -= 's"'.length;
  json.put(ESCAPED_S);
}
