/** Log records as JSON objects of the log ingest API. */
import {
  cutUtf8,
  type HrTime,
  type JsonBytes,
  type JsonName,
  JsonNames,
  jsonConstant,
  type LogRecord,
  PerGroup,
  type ResourceRecord,
  type ScopeRecord,
  severityRange,
  valueToText,
} from '@telemetryflow/otlp';
import { addMembers, addText, isMap, isPlainName, type Members, writeMember } from './log-attributes.ts';

/** Texts that Dynatrace knows as levels, for records without a severity number. */
const LEVELS = new Set('TRACE DEBUG INFO NOTICE WARN ERROR SEVERE CRITICAL ALERT FATAL EMERGENCY'.split(' '));
/** What marks a record whose content was cut. */
const TRUNCATED = 'content.truncated';
/** Room for the mark, and for the brackets around the record. */
const MARK_BYTES = 64;
const SEVERITY_TEXT = 'otel.severity_text';
const EVENT_NAME = 'event.name';
const TRACE_ID = 'trace_id';
const SPAN_ID = 'span_id';
/** Members that a record may have besides its attributes: an attribute of such a name is looked at twice. */
const OWN_NAMES: ReadonlySet<string> = new Set([SEVERITY_TEXT, EVENT_NAME, TRACE_ID, SPAN_ID, TRUNCATED]);

const CONTENT_KEY = jsonConstant('{"content":');
const TIMESTAMP_KEY = jsonConstant('"timestamp":"');
const NOT_ZERO = /[1-9a-f]/;
const LEVEL_KEY = jsonConstant('"loglevel":');
const TRACE_ID_KEY = jsonConstant(`"${TRACE_ID}":`);
const SPAN_ID_KEY = jsonConstant(`"${SPAN_ID}":`);
const TIMESTAMP_END = jsonConstant('Z",');
const BRACE = 0x7d;

/** What all records of one resource and scope share; members have their commas. */
interface Group {
  readonly shared: ReadonlyMap<string, Uint8Array>;
  readonly members: Uint8Array;
  /** Names of attributes that are nothing but members of their record. */
  readonly plain: Map<string, JsonName>;
  /** True when a member of the record itself may have the name of one that is shared. */
  readonly mayClash: boolean;
}

/** Writes records into the `json` of a body, remembering the groups of a batch. */
export class LogJson {
  readonly #body: { readonly json: JsonBytes };
  readonly #names = new JsonNames();
  readonly #groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope));
  #second = Number.NaN;
  #secondText = '';

  constructor(body: { readonly json: JsonBytes }) {
    this.#body = body;
  }

  /** Forget the groups. */
  clear(): void {
    this.#groups.clear();
  }

  /** Writes a record; with `excess` bytes less of its content, so that it fits. */
  write(record: LogRecord, time: HrTime, excess = 0): void {
    const { json } = this.#body;
    const { spanContext, resource, instrumentationScope: scope } = record;
    const group = this.#groups.of(resource, scope);
    const level = levelOf(record);
    json.ensure(0);
    json.string(CONTENT_KEY, contentOf(record, excess));
    this.#writeTime(json, time);
    json.string(LEVEL_KEY, level);
    const hasTrace = spanContext !== undefined && NOT_ZERO.test(spanContext.traceId);
    const hasSpan = hasTrace && NOT_ZERO.test(spanContext.spanId);
    if (hasTrace) json.string(TRACE_ID_KEY, spanContext.traceId);
    if (hasSpan) json.string(SPAN_ID_KEY, spanContext.spanId);
    const { pos } = json;
    if (group.mayClash || excess > 0 || !this.#writePlain(json, record, level, group)) {
      json.pos = pos;
      // The ids of the record are those that link it to its trace: attributes of these names give way.
      const taken = new Set([hasTrace ? TRACE_ID : '', hasSpan ? SPAN_ID : '']);
      const own = membersOf(record, level, excess);
      for (const [key, member] of group.shared) if (!own.has(key) && !taken.has(key)) json.raw(member);
      for (const [key, value] of own) if (!taken.has(key)) writeMember(json, this.#names.get(key), value);
    }
    json.close(BRACE);
    // The comma behind the whole.
    json.pos--;
  }

  /** False, with some of it written, for a record that may have two members of one name. */
  #writePlain(json: JsonBytes, record: LogRecord, level: string, group: Group): boolean {
    const { attributes, severityText, eventName } = record;
    json.raw(group.members);
    if (severityText && severityText !== level) this.#names.get(SEVERITY_TEXT).text(json, severityText);
    for (const name in attributes) {
      const value = attributes[name];
      const plain = group.plain.get(name) ?? this.#plainName(group, name);
      if (plain === undefined || isMap(value)) return false;
      writeMember(json, plain, value);
    }
    if (eventName) this.#names.get(EVENT_NAME).text(json, eventName);
    return true;
  }

  #plainName({ shared, plain }: Group, name: string): JsonName | undefined {
    if (!isPlainName(name) || OWN_NAMES.has(name) || shared.has(name)) return undefined;
    const made = this.#names.get(name);
    plain.set(name, made);
    return made;
  }

  #writeTime(json: JsonBytes, [seconds, nanos]: HrTime): void {
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#secondText = new Date(seconds * 1000).toISOString().slice(0, -'000Z'.length);
    }
    json.put(TIMESTAMP_KEY);
    json.ascii(this.#secondText);
    json.ascii(String(nanos).padStart(9, '0'));
    json.put(TIMESTAMP_END);
  }

  /** Writes what is shared behind what there is, and takes it back. */
  #makeGroup(resource: ResourceRecord, scope: ScopeRecord): Group {
    const { json } = this.#body;
    const { pos } = json;
    const shared = new Map<string, Uint8Array>();
    for (const [key, value] of sharedMembers(resource, scope)) {
      const start = json.pos;
      writeMember(json, this.#names.get(key), value);
      shared.set(key, json.copy(start));
    }
    const members = json.copy(pos);
    json.pos = pos;
    return { shared, members, plain: new Map(), mayClash: [...OWN_NAMES].some((name) => shared.has(name)) };
  }
}

/** What the scope says wins over the resource. */
function sharedMembers({ attributes }: ResourceRecord, scope: ScopeRecord): Members {
  const ofScope: Members = new Map();
  addMembers(ofScope, scope.attributes);
  addText(ofScope, 'otel.scope.name', scope.name);
  addText(ofScope, 'otel.scope.version', scope.version);
  const members: Members = new Map();
  addMembers(members, attributes);
  for (const [key, value] of ofScope) members.set(key, value);
  return members;
}

/** What a record has besides its head, each key once. */
function membersOf({ attributes, severityText, eventName }: LogRecord, level: string, excess: number): Members {
  const own: Members = new Map();
  if (severityText !== level) addText(own, SEVERITY_TEXT, severityText);
  addMembers(own, attributes);
  addText(own, EVENT_NAME, eventName);
  if (excess > 0) own.set(TRUNCATED, true);
  return own;
}

function contentOf({ body }: LogRecord, excess: number): string {
  const content = valueToText(body);
  return excess > 0 ? cutJson(content, Math.max(2, jsonBytes(content) - excess - MARK_BYTES)) : content;
}

/** The beginning of a text whose JSON takes at most `max` bytes. */
function cutJson(text: string, max: number): string {
  let cut = text;
  for (let bytes = jsonBytes(cut); bytes > max && cut !== ''; bytes = jsonBytes(cut)) {
    // Escapes lie anywhere in the text: what is left is measured again.
    cut = cutUtf8(cut, Math.floor(Buffer.byteLength(cut) * (max / bytes) * 0.99));
  }
  return cut;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text.toWellFormed()));
}

function levelOf({ severityNumber, severityText }: LogRecord): string {
  const range = severityRange(severityNumber);
  if (range !== undefined) return range;
  const text = severityText?.toUpperCase() ?? '';
  return LEVELS.has(text) ? text : 'NONE';
}
