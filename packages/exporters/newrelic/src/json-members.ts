/** Members of an item that are no attributes in OpenTelemetry, each with a comma behind it. */
import type { JsonBytes } from '@telemetryflow/otlp';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const LOWER_CASE = 0x20;
const A = 0x61;
/** Longer ones are no ids of OpenTelemetry, but may come. */
const MAX_ID = 32;
const HEX_NOT_ZERO = /^(?!0*$)[0-9a-f]+$/i;

/** An id as it is, behind its key; false, and nothing is written, for what is not hex or all zero. */
export function writeValidId(json: JsonBytes, key: Uint8Array, id: string): boolean {
  if (typeof id !== 'string' || id.length > MAX_ID) {
    if (typeof id !== 'string' || !HEX_NOT_ZERO.test(id)) return false;
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
