/** The message of a log event: JSON with a fixed order of keys, or the text of the body alone. */
import { type AttributeMap, type LogRecord, type PlainJson, toPlainJson, valueToText } from '@telemetryflow/otlp';
import type { CloudwatchConfig } from './config.ts';

/** Largest message in bytes of UTF-8: CloudWatch counts 26 more for each event, and takes 1 MiB. */
export const MAX_MESSAGE = 1_048_550;

/** A message that fits, or `undefined` where even an empty body would not make it fit. */
export interface Message {
  readonly text: string;
  /** Bytes of UTF-8. */
  readonly bytes: number;
  readonly truncated: boolean;
}

/** Writes messages; resources and scopes are written once per batch. */
export class MessageWriter {
  readonly #format: CloudwatchConfig['log_format'];
  readonly #tails = new Map<object, Map<object, string>>();

  constructor(format: CloudwatchConfig['log_format']) {
    this.#format = format;
  }

  write(record: LogRecord): Message | undefined {
    if (this.#format === 'body') return plainText(record);
    const rest = this.#rest(record);
    const { body } = record;
    const hasBody = body !== undefined && body !== null;
    const text = hasBody
      ? `{"body":${typeof body === 'string' ? JSON.stringify(body) : jsonText(body)}${rest}}`
      : `{${rest.slice(1)}}`;
    const bytes = Buffer.byteLength(text);
    return bytes <= MAX_MESSAGE ? { text, bytes, truncated: false } : shortened(record, rest);
  }

  #rest(record: LogRecord): string {
    const { severityNumber, severityText, eventName, spanContext, droppedAttributesCount: lost } = record;
    let text = '';
    if (severityNumber !== undefined && severityNumber !== 0)
      text += `,"severity_number":${Math.trunc(severityNumber)}`;
    if (severityText) text += `,"severity_text":${JSON.stringify(severityText)}`;
    if (eventName) text += `,"event_name":${JSON.stringify(eventName)}`;
    if (spanContext !== undefined) {
      if (/[1-9a-f]/i.test(spanContext.traceId)) text += `,"trace_id":${JSON.stringify(spanContext.traceId)}`;
      if (/[1-9a-f]/i.test(spanContext.spanId)) text += `,"span_id":${JSON.stringify(spanContext.spanId)}`;
    }
    const flags = record.flags ?? spanContext?.traceFlags ?? 0;
    if (flags > 0) text += `,"flags":${flags}`;
    if (lost > 0) text += `,"dropped_attributes_count":${lost}`;
    const attributes = mapText(record.attributes);
    if (attributes !== '{}') text += `,"attributes":${attributes}`;
    return text + this.#tail(record);
  }

  #tail({ resource, instrumentationScope: scope }: LogRecord): string {
    let scopes = this.#tails.get(resource);
    if (scopes === undefined) {
      scopes = new Map();
      this.#tails.set(resource, scopes);
    }
    let tail = scopes.get(scope);
    if (tail === undefined) {
      const attributes = mapText(resource.attributes);
      tail = attributes === '{}' ? '' : `,"resource":${attributes}`;
      const own: Record<string, PlainJson> = {
        ...(scope.name !== '' && { name: scope.name }),
        ...(scope.version && { version: scope.version }),
        ...(Object.keys(scope.attributes ?? {}).length > 0 && { attributes: toPlainJson(scope.attributes) }),
      };
      if (Object.keys(own).length > 0) tail += `,"scope":${JSON.stringify(own)}`;
      scopes.set(scope, tail);
    }
    return tail;
  }
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
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_MESSAGE) return { text, bytes, truncated: false };
  const cut = firstBytes(text, MAX_MESSAGE);
  return { text: cut, bytes: Buffer.byteLength(cut), truncated: true };
}

const TRUNCATED = ',"truncated":true';

function shortened({ body }: LogRecord, rest: string): Message | undefined {
  const room = MAX_MESSAGE - Buffer.byteLength(rest) - TRUNCATED.length - '{"body":""}'.length;
  if (body === undefined || body === null || room < 0) return undefined;
  const whole = valueToText(body).toWellFormed();
  let kept = firstBytes(whole, room);
  for (;;) {
    const json = JSON.stringify(kept);
    const over = Buffer.byteLength(json) - 2 - room;
    if (over <= 0) {
      const text = `{"body":${json}${rest}${TRUNCATED}}`;
      return { text, bytes: Buffer.byteLength(text), truncated: true };
    }
    // Escapes make text at most six times as long: each turn takes away a sixth of the excess or more.
    kept = firstBytes(kept, Math.max(0, Buffer.byteLength(kept) - Math.ceil(over / 6)));
  }
}

/** At most this many bytes of UTF-8 from the start, never half a character. */
function firstBytes(text: string, bytes: number): string {
  const all = Buffer.from(text);
  let end = Math.min(bytes, all.length);
  while (end > 0 && end < all.length && ((all[end] ?? 0) & 0xc0) === 0x80) end--;
  return all.toString('utf8', 0, end);
}
