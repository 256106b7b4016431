/** One log record as an entry of a request: a flat JSON object. */
import {
  type AttributeMap,
  hrTimeToNanoString,
  type LogRecord,
  PerGroup,
  quoted,
  quotedStart,
  type ResourceRecord,
  type ScopeRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { addFields, type Fields, isReserved, jsonText, OVERRIDES } from './log-fields.ts';
import type { ResourceReader } from './resource-tags.ts';
import { singleTags } from './resource-tags.ts';
import { statusOf } from './status.ts';
import { cleanTag, sortedTags, tagText } from './tag-text.ts';

/** Longer messages are cut, as JSON: the service takes 1 MB for a whole entry, and cuts it without a word. */
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
  readonly #shared = new PerGroup((resource, scope) => this.#share(resource, scope));

  constructor(reader: ResourceReader, source: string) {
    this.#reader = reader;
    this.#source = jsonText(source);
  }

  /** `ms` is the time that Datadog files the record under. */
  write(record: LogRecord, ms: number): LogEntry {
    const shared = this.#shared.of(record.resource, record.instrumentationScope);
    const { attributes, body, eventName, severityNumber, severityText, spanContext } = record;
    const whole = quoted(valueToText(body));
    const isLong = whole.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(whole) - 2 > MAX_MESSAGE_BYTES;
    const message = isLong ? quotedStart(valueToText(body), MAX_MESSAGE_BYTES + 2) : whole;
    const status = statusOf(record);

    let json = `{"message":${message}`;
    if (status !== '') json += `,"status":"${status}"`;
    const members = flat(shared, attributes);
    const own = members === undefined ? overridesOf(attributes) : undefined;
    json += `,"ddsource":${own?.ddsource ?? this.#source}`;
    const service = own?.service ?? shared.service;
    if (service !== '') json += `,"service":${service}`;
    const host = own?.hostname ?? shared.host;
    if (host !== '') json += `,"hostname":${host}`;
    json += `,"ddtags":${own?.tagged === true ? ddtagsOf(shared.tags, attributes) : shared.ddtags}`;
    json += `,"@timestamp":"${isoTime(ms)}","otel.timestamp":"${nanosOf(record, ms)}"`;
    if (severityNumber !== undefined && severityNumber !== 0) {
      json += `,"otel.severity_number":"${Math.trunc(severityNumber)}"`;
    }
    if (severityText) json += `,"otel.severity_text":${quoted(severityText)}`;
    if (spanContext !== undefined) json += traceMembers(spanContext.traceId, spanContext.spanId);
    if (eventName) json += `,"otel.event_name":${quoted(eventName)}`;
    if (isLong && attributes['truncated'] === undefined) json += ',"truncated":true';
    json += members ?? nested(shared, attributes);
    return { json: `${json}}`, truncated: isLong };
  }

  #share(resource: ResourceRecord, scope: ScopeRecord): Shared {
    const { host, single, tags } = this.#reader.read(resource);
    const all = sortedTags([...tags, ...singleTags(single)]);
    const fields: Fields = new Map();
    if (scope.name !== '') fields.set('otel.scope.name', quoted(scope.name));
    if (scope.version) fields.set('otel.scope.version', quoted(scope.version));
    addFields(fields, scope.attributes ?? {});
    const { attributes } = resource;
    addFields(fields, attributes, (key) => this.#reader.isConfigured(key, attributes[key]));
    return {
      host: host === '' ? '' : quoted(host),
      service: single.service === '' ? '' : quoted(single.service),
      tags: all,
      ddtags: JSON.stringify(all.join()),
      fields,
      text: membersOf(fields),
    };
  }
}

/** When a record happened, in nanoseconds; `ms` stands in for a time that is missing. */
function nanosOf({ hrTime, hrTimeObserved }: LogRecord, ms: number): string {
  const own = hrTimeToNanoString(hrTime);
  if (own !== '0') return own;
  const observed = hrTimeToNanoString(hrTimeObserved);
  return observed === '0' ? `${ms}000000` : observed;
}

function traceMembers(traceId: string, spanId: string): string {
  let text = '';
  if (ID.test(traceId)) {
    text += `,"dd.trace_id":"${decimal(traceId)}","otel.trace_id":"${traceId.toLowerCase()}"`;
  }
  if (ID.test(spanId)) text += `,"dd.span_id":"${decimal(spanId)}","otel.span_id":"${spanId.toLowerCase()}"`;
  return text;
}

const MILLION = 1_000_000;
const TWO_32 = 4_294_967_296;

/**
 * The low 64 bits of an id in decimal digits, which is how traces and logs find each other. Divided by a million by
 * hand: a bigint takes several times as long.
 */
function decimal(id: string): string {
  const high = Number.parseInt(id.slice(-16, -8), 16) || 0;
  const low = Number.parseInt(id.slice(-8), 16);
  const rest = (high % MILLION) * TWO_32 + low;
  const millions = Math.floor(high / MILLION) * TWO_32 + Math.floor(rest / MILLION);
  return millions === 0 ? String(rest) : `${millions}${String(rest % MILLION).padStart(6, '0')}`;
}

let lastSecond = Number.NaN;
let lastText = '';

/** ISO 8601 in UTC with three digits of fraction; records mostly come from the same second. */
function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastText}${String(ms - second * 1000).padStart(3, '0')}Z`;
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
    return value === '' ? undefined : quoted(value);
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
    const clean = value.length === 0 ? cleanTag(key) : tagText(key, value.join(':'));
    if (key !== '' && !tags.includes(clean)) tags.push(clean);
  }
  return JSON.stringify(tags.join());
}

/** Members of a record whose attributes are one field each, under keys that nothing else has; else `undefined`. */
function flat({ fields, text: after }: Shared, attributes: AttributeMap): string | undefined {
  let text = '';
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value === 'object' || isReserved(key) || fields.has(key)) return undefined;
    text += `,${keyText(key)}${jsonText(value)}`;
  }
  return text + after;
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
    text = `${quoted(key)}:`;
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(key, text);
  }
  return text;
}
