/** The message of a log event: JSON with a fixed order of keys, or the text of the body alone. */
import {
  type AttributeMap,
  cutUtf8,
  type LogRecord,
  type PlainJson,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';

/** Largest message in bytes of UTF-8: CloudWatch counts 26 more for each event, and takes 1 MiB. */
export const MAX_MESSAGE = 1_048_550;

/** A message that fits. */
export interface Message {
  /** As a JSON string, quotes included. */
  readonly json: string;
  /** Bytes of UTF-8 of the message itself. */
  readonly bytes: number;
  readonly truncated: boolean;
}

/** What all records of a resource and scope end with: as it is, within a JSON string, and its length in bytes. */
interface Tail {
  readonly text: string;
  readonly escaped: string;
  readonly bytes: number;
}

/** Writes messages; resources and scopes are written once per batch. */
export class MessageWriter {
  readonly #format: CloudwatchConfig['log_format'];
  readonly #tails = new Map<object, Map<object, Tail>>();

  constructor(format: CloudwatchConfig['log_format']) {
    this.#format = format;
  }

  /** `undefined` where even an empty body would not make the message fit. */
  write(record: LogRecord): Message | undefined {
    if (this.#format === 'body') return plainText(record);
    const tail = this.#tail(record);
    const { body } = record;
    const own = ownMembers(record);
    let front: string;
    if (body !== undefined && body !== null) {
      front = `{"body":${typeof body === 'string' ? JSON.stringify(body) : jsonText(body)}${own}`;
    } else if (own !== '') {
      front = `{${own.slice(1)}`;
    } else {
      return messageOf(`{${tail.text.replace(/^,/, '')}`, false);
    }
    const bytes = Buffer.byteLength(front) + tail.bytes;
    if (bytes > MAX_MESSAGE) return shortened(record, own + tail.text.slice(0, -1));
    const escaped = JSON.stringify(front);
    return { json: `${escaped.slice(0, -1)}${tail.escaped}`, bytes, truncated: false };
  }

  #tail({ resource, instrumentationScope: scope }: LogRecord): Tail {
    let scopes = this.#tails.get(resource);
    if (scopes === undefined) {
      scopes = new Map();
      this.#tails.set(resource, scopes);
    }
    let tail = scopes.get(scope);
    if (tail === undefined) {
      const attributes = mapText(resource.attributes);
      let text = attributes === '{}' ? '' : `,"resource":${attributes}`;
      const own: Record<string, PlainJson> = {
        ...(scope.name !== '' && { name: scope.name }),
        ...(scope.version && { version: scope.version }),
        ...(Object.keys(scope.attributes ?? {}).length > 0 && { attributes: toPlainJson(scope.attributes) }),
      };
      if (Object.keys(own).length > 0) text += `,"scope":${JSON.stringify(own)}`;
      text += '}';
      tail = { text, escaped: JSON.stringify(text).slice(1), bytes: Buffer.byteLength(text) };
      scopes.set(scope, tail);
    }
    return tail;
  }
}

/** Hex, and not all zero. */
const ID = /^0*[1-9a-f][0-9a-f]*$/i;

/** What a record has besides body, resource and scope, each member with its comma in front. */
function ownMembers(record: LogRecord): string {
  const { severityNumber, severityText, eventName, spanContext, droppedAttributesCount: lost } = record;
  let text = '';
  if (severityNumber !== undefined && severityNumber !== 0) text += `,"severity_number":${Math.trunc(severityNumber)}`;
  if (severityText) text += `,"severity_text":${JSON.stringify(severityText)}`;
  if (eventName) text += `,"event_name":${JSON.stringify(eventName)}`;
  if (spanContext !== undefined) {
    const { traceId, spanId } = spanContext;
    if (ID.test(traceId)) text += `,"trace_id":"${traceId}"`;
    if (ID.test(spanId)) text += `,"span_id":"${spanId}"`;
  }
  const flags = record.flags ?? spanContext?.traceFlags ?? 0;
  if (flags > 0) text += `,"flags":${flags}`;
  if (lost > 0) text += `,"dropped_attributes_count":${lost}`;
  const attributes = mapText(record.attributes);
  return attributes === '{}' ? text : `${text},"attributes":${attributes}`;
}

function messageOf(text: string, truncated: boolean): Message {
  return { json: JSON.stringify(text), bytes: Buffer.byteLength(text), truncated };
}

/** An AnyValue as JSON; integers beyond 2^53 and numbers that are not finite as strings. */
function jsonText(value: LogRecord['body']): string {
  return JSON.stringify(toPlainJson(value));
}

/** Most maps hold only what `JSON.stringify` writes right by itself. */
function mapText(map: AttributeMap): string {
  for (const key in map) {
    const value = map[key];
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) continue;
    return jsonText(map);
  }
  return JSON.stringify(map);
}

function plainText({ body }: LogRecord): Message {
  // CloudWatch refuses empty messages.
  const text = (valueToText(body) || ' ').toWellFormed();
  return Buffer.byteLength(text) <= MAX_MESSAGE ? messageOf(text, false) : messageOf(cutUtf8(text, MAX_MESSAGE), true);
}

const TRUNCATED = ',"truncated":true';

function shortened({ body }: LogRecord, rest: string): Message | undefined {
  const room = MAX_MESSAGE - Buffer.byteLength(rest) - TRUNCATED.length - '{"body":""}'.length;
  if (body === undefined || body === null || room < 0) return undefined;
  const whole = valueToText(body).toWellFormed();
  let kept = cutUtf8(whole, room);
  for (;;) {
    const json = JSON.stringify(kept);
    const over = Buffer.byteLength(json) - 2 - room;
    if (over <= 0) {
      return messageOf(`{"body":${json}${rest}${TRUNCATED}}`, true);
    }
    // Escapes make text at most six times as long: each turn takes away a sixth of the excess or more.
    kept = cutUtf8(kept, Math.max(0, Buffer.byteLength(kept) - Math.ceil(over / 6)));
  }
}
