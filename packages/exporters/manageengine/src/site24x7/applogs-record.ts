/**
 * A log record as a flat object of AppLogs. The customer declares the fields of a log type, so names are made of
 * letters, digits and `_`; of two attributes with one name that of the record wins, then that of the scope.
 */
import {
  type AttributeMap,
  type AttributeValue,
  type LogRecord,
  logMillis,
  PerGroup,
  quoted,
  quotedStart,
  type ResourceRecord,
  type ScopeRecord,
  severityText,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';

/** Largest record. Source: the vendor's plugins for Fluentd and Logstash. */
const MAX_RECORD_BYTES = 1_000_000;
/** The vendor's marker of what was cut. */
const TRUNCATED = '##TRUNCATED###';
/** Fields that no attribute may replace. */
const RESERVED: ReadonlySet<string> = new Set([
  '_zl_timestamp',
  's247agentuid',
  'loglevel',
  'message',
  'service_name',
  'trace_id',
  'span_id',
]);
/** Values of fields with these beginnings do not count for the header Log-Size. */
const UNCOUNTED = /^(?:_zl|s247|inode)/;
const MAX_NAMES = 4096;

/** A record ready to be sent. */
export interface RecordText {
  readonly text: string;
  /** Bytes of its values, as the header Log-Size counts them. */
  readonly size: number;
}

interface Member {
  readonly name: string;
  /** `,"name":value`. */
  readonly text: string;
  readonly size: number;
}

export interface RecordOptions {
  /** The host of records that name none; `undefined` leaves the host out of all. */
  readonly agent: string | undefined;
  /** The `monitor_group` of records without one; `''` for none. */
  readonly group: string;
}

/** Writes the records of an exporter. */
export class RecordWriter {
  readonly #agent: string | undefined;
  readonly #group: string;
  readonly #names = new Map<string, string>();
  readonly #shared = new PerGroup((resource, scope) => this.#sharedBy(resource, scope));

  constructor({ agent, group }: RecordOptions) {
    this.#agent = agent;
    this.#group = group;
  }

  /** Forget what records share: before each batch. */
  clear(): void {
    this.#shared.clear();
  }

  /** `undefined` for a record whose attributes alone are too large. */
  write(record: LogRecord, now: number): RecordText | undefined {
    const { resource, instrumentationScope: scope, spanContext } = record;
    const level = severityText(record);
    const service = valueToText(resource.attributes['service.name']);
    const message = valueToText(record.body).toWellFormed();
    let size = Buffer.byteLength(message);
    let head = `{"_zl_timestamp":${logMillis(record, now)}`;
    if (this.#agent !== undefined) {
      head += `,"s247agentuid":${quoted(valueToText(resource.attributes['host.name']) || this.#agent)}`;
    }
    let tail = '';
    const add = (name: string, value: string): void => {
      tail += `,"${name}":${quoted(value)}`;
      size += Buffer.byteLength(value);
    };
    if (level !== '') {
      head += `,"loglevel":${quoted(level)}`;
      size += Buffer.byteLength(level);
    }
    if (service !== '') add('service_name', service);
    if (spanContext !== undefined) {
      add('trace_id', spanContext.traceId);
      add('span_id', spanContext.spanId);
    }
    const used = new Set<string>();
    const { attributes } = record;
    for (const key in attributes) {
      const name = this.#nameOf(key);
      const value = attributes[key];
      if (value === null || value === undefined || RESERVED.has(name) || used.has(name)) continue;
      used.add(name);
      const { json, bytes } = fieldValue(value);
      tail += `,"${name}":${json}`;
      if (!UNCOUNTED.test(name)) size += bytes;
    }
    for (const { name, text, size: bytes } of this.#shared.of(resource, scope)) {
      if (used.has(name)) continue;
      tail += text;
      size += bytes;
    }
    return fitted({ head: `${head},"message":`, message, tail: `${tail}}`, size });
  }

  /** What the scope and the resource add to each of their records, without what they say twice. */
  #sharedBy(resource: ResourceRecord, scope: ScopeRecord): readonly Member[] {
    const members = new Map<string, Member>();
    const collect = (attributes: AttributeMap, except?: string): void => {
      for (const key in attributes) {
        const name = this.#nameOf(key);
        const value = attributes[key];
        const left = value === null || value === undefined || key === except || RESERVED.has(name) || members.has(name);
        if (left) continue;
        const { json, bytes } = fieldValue(value);
        members.set(name, { name, text: `,"${name}":${json}`, size: UNCOUNTED.test(name) ? 0 : bytes });
      }
    };
    collect(scope.attributes ?? {});
    // The host has a field of its own there.
    collect(resource.attributes, this.#agent === undefined ? undefined : 'host.name');
    if (this.#group !== '') collect({ 'monitor.group': this.#group });
    return [...members.values()];
  }

  #nameOf(key: string): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      name = key.replaceAll(/[^A-Za-z0-9_]/g, '_') || '_';
      if (this.#names.size >= MAX_NAMES) this.#names.clear();
      this.#names.set(key, name);
    }
    return name;
  }
}

function fieldValue(value: AttributeValue): { readonly json: string; readonly bytes: number } {
  const plain = typeof value === 'string' ? value : toPlainJson(value);
  if (typeof plain === 'number' || typeof plain === 'boolean') {
    const json = String(plain);
    return { json, bytes: json.length };
  }
  const text = (typeof plain === 'string' ? plain : JSON.stringify(plain)).toWellFormed();
  return { json: quoted(text), bytes: Buffer.byteLength(text) };
}

interface Draft extends Pick<RecordText, 'size'> {
  readonly head: string;
  readonly message: string;
  readonly tail: string;
}

function fitted({ head, message, tail, size }: Draft): RecordText | undefined {
  const text = `${head}${quoted(message)}${tail}`;
  if (3 * text.length <= MAX_RECORD_BYTES || Buffer.byteLength(text) <= MAX_RECORD_BYTES) return { text, size };
  const room = MAX_RECORD_BYTES - Buffer.byteLength(`${head}""${tail}`) - TRUNCATED.length;
  if (room < 0) return undefined;
  const start = quotedStart(message, room + 2) ?? '""';
  return {
    text: `${head}${start.slice(0, -1)}${TRUNCATED}"${tail}`,
    size: size - Buffer.byteLength(message) + Buffer.byteLength(JSON.parse(start) as string) + TRUNCATED.length,
  };
}
