/** One log record as an entry of a request: a flat JSON object. */
import {
  type AttributeMap,
  cutUtf8,
  type HrTime,
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanoString,
  type LogRecord,
  type ResourceRecord,
  type ScopeRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { addFields, type Fields, isFlat, jsonText, OVERRIDES } from './log-fields.ts';
import type { ResourceReader } from './resource-tags.ts';
import { singleTags } from './resource-tags.ts';
import { statusOf } from './status.ts';
import { sortedTags, tagText } from './tag-text.ts';

/** Longer messages are cut: the service takes 1 MB for a whole entry, and cuts it without a word. */
const MAX_MESSAGE_BYTES = 900_000;
const ID = /^(?=.*[1-9a-f])[0-9a-f]+$/i;

/** What all records of a resource and scope share. */
interface Shared {
  readonly host: string;
  readonly service: string;
  readonly tags: readonly string[];
  /** The tags joined, for records that add none. */
  readonly ddtags: string;
  readonly fields: Fields;
  /** The fields as members with a comma in front of each. */
  readonly text: string;
}

/** An entry that is ready. */
export interface LogEntry {
  readonly json: string;
  readonly truncated: boolean;
}

export class LogEntryWriter {
  readonly #reader: ResourceReader;
  readonly #source: string;
  readonly #shared = new Map<ResourceRecord, Map<ScopeRecord, Shared>>();

  constructor(reader: ResourceReader, source: string) {
    this.#reader = reader;
    this.#source = jsonText(source);
  }

  /** `ms` is the time that Datadog files the record under. */
  write(record: LogRecord, ms: number): LogEntry {
    const shared = this.#sharedOf(record);
    const { attributes, body, eventName, severityNumber, severityText, spanContext } = record;
    const whole = valueToText(body);
    const message = whole.length * 3 <= MAX_MESSAGE_BYTES ? whole : cutUtf8(whole, MAX_MESSAGE_BYTES);
    const truncated = message.length < whole.length;
    const status = statusOf(record);

    let json = `{"message":${JSON.stringify(message)}`;
    if (status !== '') json += `,"status":"${status}"`;
    const own = isFlat(attributes) ? undefined : overridesOf(attributes);
    json += `,"ddsource":${own?.ddsource ?? this.#source}`;
    const service = own?.service ?? shared.service;
    if (service !== '') json += `,"service":${service}`;
    const host = own?.hostname ?? shared.host;
    if (host !== '') json += `,"hostname":${host}`;
    json += `,"ddtags":${own?.tagged === true ? ddtagsOf(shared.tags, attributes) : shared.ddtags}`;
    json += `,"@timestamp":"${new Date(ms).toISOString()}","otel.timestamp":"${hrTimeToNanoString(timeOf(record, ms))}"`;
    if (severityNumber !== undefined && severityNumber !== 0) {
      json += `,"otel.severity_number":"${Math.trunc(severityNumber)}"`;
    }
    if (severityText) json += `,"otel.severity_text":${JSON.stringify(severityText)}`;
    if (spanContext !== undefined) json += traceMembers(spanContext.traceId, spanContext.spanId);
    if (eventName) json += `,"otel.event_name":${JSON.stringify(eventName)}`;
    if (truncated && attributes['truncated'] === undefined) json += ',"truncated":true';
    json += own === undefined ? this.#flat(shared, attributes) : nested(shared, attributes);
    return { json: `${json}}`, truncated };
  }

  #flat(shared: Shared, attributes: AttributeMap): string {
    let text = '';
    let clash = false;
    for (const key in attributes) {
      if (shared.fields.has(key)) clash = true;
      text += `,${keyText(key)}${jsonText(attributes[key])}`;
    }
    return clash ? nested(shared, attributes) : text + shared.text;
  }

  #sharedOf({ resource, instrumentationScope: scope }: LogRecord): Shared {
    let scopes = this.#shared.get(resource);
    if (scopes === undefined) {
      scopes = new Map();
      this.#shared.set(resource, scopes);
    }
    let shared = scopes.get(scope);
    if (shared === undefined) {
      shared = this.#share(resource, scope);
      scopes.set(scope, shared);
    }
    return shared;
  }

  #share(resource: ResourceRecord, scope: ScopeRecord): Shared {
    const { host, single, tags } = this.#reader.read(resource);
    const all = sortedTags([...tags, ...singleTags(single)]);
    const fields: Fields = new Map();
    if (scope.name !== '') fields.set('otel.scope.name', JSON.stringify(scope.name));
    if (scope.version) fields.set('otel.scope.version', JSON.stringify(scope.version));
    addFields(fields, scope.attributes ?? {});
    const { attributes } = resource;
    addFields(fields, attributes, (key) => this.#reader.isConfigured(key, attributes[key]));
    return {
      host: host === '' ? '' : JSON.stringify(host),
      service: single.service === '' ? '' : JSON.stringify(single.service),
      tags: all,
      ddtags: JSON.stringify(all.join()),
      fields,
      text: membersOf(fields),
    };
  }
}

/** The time of a record in milliseconds; `nowMs` stands in for one that is missing. */
export function millisOf({ hrTime, hrTimeObserved }: LogRecord, nowMs: number): number {
  if (!hrTimeIsZero(hrTime)) return Math.floor(hrTimeToMillis(hrTime));
  return hrTimeIsZero(hrTimeObserved) ? nowMs : Math.floor(hrTimeToMillis(hrTimeObserved));
}

function timeOf({ hrTime, hrTimeObserved }: LogRecord, ms: number): HrTime {
  if (!hrTimeIsZero(hrTime)) return hrTime;
  return hrTimeIsZero(hrTimeObserved) ? [Math.floor(ms / 1000), (ms % 1000) * 1e6] : hrTimeObserved;
}

function traceMembers(traceId: string, spanId: string): string {
  let text = '';
  if (ID.test(traceId)) {
    text += `,"dd.trace_id":"${decimal(traceId)}","otel.trace_id":"${traceId.toLowerCase()}"`;
  }
  if (ID.test(spanId)) text += `,"dd.span_id":"${decimal(spanId)}","otel.span_id":"${spanId.toLowerCase()}"`;
  return text;
}

/** The low 64 bits of an id in decimal digits, which is how traces and logs find each other. */
function decimal(id: string): string {
  return BigInt(`0x${id.slice(-16)}`).toString();
}

interface Overrides {
  readonly ddsource: string | undefined;
  readonly hostname: string | undefined;
  readonly service: string | undefined;
  readonly tagged: boolean;
}

/** What attributes of a record say about it, as JSON texts. */
function overridesOf(attributes: AttributeMap): Overrides {
  const text = (key: string): string | undefined => {
    const value = valueToText(attributes[key]);
    return value === '' ? undefined : JSON.stringify(value);
  };
  return {
    ddsource: text('ddsource'),
    hostname: text('hostname'),
    service: text('service'),
    tagged: text('ddtags') !== undefined || text('service') !== undefined,
  };
}

/** The tags of the record after those it shares; a service of its own replaces theirs. */
function ddtagsOf(shared: readonly string[], attributes: AttributeMap): string {
  const service = valueToText(attributes['service']);
  const tags = service === '' ? [...shared] : shared.filter((tag) => !tag.startsWith('service:'));
  if (service !== '') tags.push(tagText('service', service));
  sortedTags(tags);
  for (const tag of valueToText(attributes['ddtags']).split(',')) {
    const [key = '', ...value] = tag.trim().split(':');
    if (key !== '' && !tags.includes(tag.trim())) tags.push(value.length === 0 ? key : tagText(key, value.join(':')));
  }
  return JSON.stringify(tags.join());
}

/** Fields of the record, then those of scope and resource that it does not have itself. */
function nested(shared: Shared, attributes: AttributeMap): string {
  const fields: Fields = new Map();
  addFields(fields, attributes, (key) => OVERRIDES.has(key));
  for (const [key, text] of shared.fields) if (!fields.has(key)) fields.set(key, text);
  return membersOf(fields);
}

function membersOf(fields: Fields): string {
  let text = '';
  for (const [key, value] of fields) text += `,${keyText(key)}${value}`;
  return text;
}

const MAX_KEYS = 4096;
const keys = new Map<string, string>();

/** A key with its colon. */
function keyText(key: string): string {
  let text = keys.get(key);
  if (text === undefined) {
    text = `${JSON.stringify(key)}:`;
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(key, text);
  }
  return text;
}
