/** One log record as an entry of a request: a flat JSON object. */
import {
  type AttributeMap,
  cutUtf8,
  type HrTime,
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanoString,
  type LogRecord,
  PerGroup,
  type ResourceRecord,
  type ScopeRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { addFields, type Fields, isReserved, jsonText, OVERRIDES } from './log-fields.ts';
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
  readonly #shared = new PerGroup((resource, scope) => this.#share(resource, scope));

  constructor(reader: ResourceReader, source: string) {
    this.#reader = reader;
    this.#source = jsonText(source);
  }

  /** `ms` is the time that Datadog files the record under. */
  write(record: LogRecord, ms: number): LogEntry {
    const shared = this.#shared.of(record.resource, record.instrumentationScope);
    const { attributes, body, eventName, severityNumber, severityText, spanContext } = record;
    const whole = valueToText(body);
    const message = whole.length * 3 <= MAX_MESSAGE_BYTES ? whole : cutUtf8(whole, MAX_MESSAGE_BYTES);
    const truncated = message.length < whole.length;
    const status = statusOf(record);

    let json = `{"message":${JSON.stringify(message)}`;
    if (status !== '') json += `,"status":"${status}"`;
    const members = flat(shared, attributes);
    const own = members === undefined ? overridesOf(attributes) : undefined;
    json += `,"ddsource":${own?.ddsource ?? this.#source}`;
    const service = own?.service ?? shared.service;
    if (service !== '') json += `,"service":${service}`;
    const host = own?.hostname ?? shared.host;
    if (host !== '') json += `,"hostname":${host}`;
    json += `,"ddtags":${own?.tagged === true ? ddtagsOf(shared.tags, attributes) : shared.ddtags}`;
    json += `,"@timestamp":"${isoTime(ms)}","otel.timestamp":"${hrTimeToNanoString(timeOf(record, ms))}"`;
    if (severityNumber !== undefined && severityNumber !== 0) {
      json += `,"otel.severity_number":"${Math.trunc(severityNumber)}"`;
    }
    if (severityText) json += `,"otel.severity_text":${JSON.stringify(severityText)}`;
    if (spanContext !== undefined) json += traceMembers(spanContext.traceId, spanContext.spanId);
    if (eventName) json += `,"otel.event_name":${JSON.stringify(eventName)}`;
    if (truncated && attributes['truncated'] === undefined) json += ',"truncated":true';
    json += members ?? nested(shared, attributes);
    return { json: `${json}}`, truncated };
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
    text = `${JSON.stringify(key)}:`;
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(key, text);
  }
  return text;
}
