/**
 * A log record as a flat object of AppLogs. The customer declares the fields of a log type, so names are made of
 * letters, digits and `_`; of two attributes with one name that of the record wins, then that of the scope.
 */
import {
  type AttributeMap,
  type AttributeValue,
  type LogRecord,
  quoted,
  type ResourceRecord,
  type ScopeRecord,
  severityText,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';
import { timeOf } from './time.ts';

/** Largest record. Source: the vendor's plugins for Fluentd and Logstash. */
const MAX_RECORD_BYTES = 1_000_000;
/** The vendor's marker of what was cut. */
const TRUNCATED = '##TRUNCATED###';
/** Fields that no attribute may replace. */
const RESERVED: readonly string[] = [
  '_zl_timestamp',
  's247agentuid',
  'loglevel',
  'message',
  'service_name',
  'trace_id',
  'span_id',
];
/** Values of fields with these beginnings do not count for the header Log-Size. */
const UNCOUNTED = /^(?:_zl|s247|inode)/;
const MAX_NAMES = 4096;

/** A record ready to be sent. */
export interface RecordText {
  readonly text: string;
  /** Bytes of its values, as the header Log-Size counts them. */
  readonly size: number;
}

/** Members of one object, without those that other objects have already. */
interface Members {
  readonly list: readonly Member[];
}
interface Member {
  readonly name: string;
  /** `,"name":value`. */
  readonly text: string;
  readonly size: number;
}

/** Writes the records of an exporter. `agent`: the host of records that name none; `undefined` leaves the host out. */
export class RecordWriter {
  readonly #agent: string | undefined;
  readonly #names = new Map<string, string>();
  readonly #shared = new WeakMap<object, Members>();

  constructor(agent: string | undefined) {
    this.#agent = agent;
  }

  /** `undefined` for a record whose attributes alone are too large. */
  write(record: LogRecord, now: number): RecordText | undefined {
    const { resource, instrumentationScope: scope, spanContext } = record;
    const level = severityText(record);
    const service = valueToText(resource.attributes['service.name']);
    const message = valueToText(record.body).toWellFormed();
    let size = Buffer.byteLength(message);
    let head = `{"_zl_timestamp":${timeOf(record, now)}`;
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
    const used = new Set(RESERVED);
    const take = ({ list }: Members): void => {
      for (const { name, text, size: bytes } of list) {
        if (used.has(name)) continue;
        used.add(name);
        tail += text;
        size += bytes;
      }
    };
    take(this.#members(record.attributes));
    take(this.#ofScope(scope));
    take(this.#ofResource(resource));
    return fitted({ head: `${head},"message":`, message, tail: `${tail}}`, size });
  }

  #ofScope(scope: ScopeRecord): Members {
    let known = this.#shared.get(scope);
    if (known === undefined) {
      known = this.#members(scope.attributes ?? {});
      this.#shared.set(scope, known);
    }
    return known;
  }

  #ofResource(resource: ResourceRecord): Members {
    let known = this.#shared.get(resource);
    if (known === undefined) {
      known = this.#members(resource.attributes, this.#agent === undefined ? undefined : 'host.name');
      this.#shared.set(resource, known);
    }
    return known;
  }

  #members(attributes: AttributeMap, except?: string): Members {
    const list: Member[] = [];
    for (const key in attributes) {
      const value = attributes[key];
      if (value === null || value === undefined || key === except) continue;
      const name = this.#nameOf(key);
      const { json, bytes } = fieldValue(value);
      list.push({ name, text: `,"${name}":${json}`, size: UNCOUNTED.test(name) ? 0 : bytes });
    }
    return { list };
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
  const cut = `${beginning(message, room)}${TRUNCATED}`;
  return {
    text: `${head}${quoted(cut)}${tail}`,
    size: size - Buffer.byteLength(message) + Buffer.byteLength(cut),
  };
}

/** As much of a text as takes this many bytes as JSON. */
function beginning(text: string, bytes: number): string {
  let low = 0;
  let high = Math.min(text.length, bytes);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (Buffer.byteLength(quoted(text.slice(0, middle))) - 2 <= bytes) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low).toWellFormed();
}
