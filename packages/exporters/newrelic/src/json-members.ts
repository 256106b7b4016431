/** Members of an item that are no attributes in OpenTelemetry, each with a comma behind it. */
import type { JsonBytes } from '@telemetryflow/otlp';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const LOWER_CASE = 0x20;
const A = 0x61;
/** Longer ones are no ids of OpenTelemetry, but may come. */
const MAX_ID = 32;

/** Whether an id is hex and not all zero. */
export function isId(id: string): boolean {
  if (typeof id !== 'string') return false;
  let notZero = 0;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if ((code - ZERO) >>> 0 > 9 && ((code | LOWER_CASE) - A) >>> 0 > 5) return false;
    notZero |= code ^ ZERO;
  }
  return notZero !== 0;
}

/** An id as it is, behind its key. */
export function writeId(json: JsonBytes, key: Uint8Array, id: string): void {
  if (id.length > MAX_ID) {
    json.string(key, id);
    return;
  }
  json.put(key);
  json.byte(QUOTE);
  json.ascii(id);
  json.byte(QUOTE);
  json.byte(COMMA);
}

/** An id as it is, behind its key; false, and nothing is written, for what is not hex or all zero. */
export function writeValidId(json: JsonBytes, key: Uint8Array, id: string): boolean {
  if (typeof id !== 'string' || id.length > MAX_ID) {
    if (!isId(id)) return false;
    json.string(key, id);
    return true;
  }
  const before = json.pos;
  json.put(key);
  json.byte(QUOTE);
  const { bytes } = json;
  let { pos } = json;
  let notZero = 0;
  let isHex = true;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if ((code - ZERO) >>> 0 > 9 && ((code | LOWER_CASE) - A) >>> 0 > 5) isHex = false;
    notZero |= code ^ ZERO;
    bytes[pos++] = code;
  }
  if (!isHex || notZero === 0) {
    json.pos = before;
    return false;
  }
  json.pos = pos;
  json.byte(QUOTE);
  json.byte(COMMA);
  return true;
}

/** A number behind its key. */
export function writeNumber(json: JsonBytes, key: Uint8Array, value: number): void {
  json.put(key);
  json.number(value);
  json.byte(COMMA);
}
