/** Values, times and attribute maps of flat records as JSON text. Writes strings directly, without objects between. */
import { type AttributeMap, type AttributeValue, type HrTime, quoted } from '@telemetryflow/otlp';

/** Deeper values are cut: no telemetry is that deep, and an SDK's object may contain itself. */
const MAX_DEPTH = 32;

/** How long strings may be; whether one was cut is noted. */
export interface StringLimit {
  readonly maxCharacters: number;
  truncated: boolean;
}

/** Numbers and bigints: exact, as a decimal string beyond 2^53, and NaN and infinities by name. */
export function jsonNumber(value: number | bigint): string {
  if (typeof value === 'bigint') {
    const exact = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
    return exact ? value.toString() : `"${value}"`;
  }
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A string, cut at the limit; lone surrogates become U+FFFD. */
export function jsonString(value: string, limit?: StringLimit): string {
  let text = value;
  if (limit !== undefined && text.length > limit.maxCharacters) {
    limit.truncated = true;
    text = text.slice(0, limit.maxCharacters);
  }
  return quoted(text);
}

/** Any attribute value; the empty one is `null`. */
export function jsonValue(value: AttributeValue, limit?: StringLimit, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value, limit);
    case 'number':
    case 'bigint':
      return jsonNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      break;
  }
  if (value === null || value === undefined || typeof value !== 'object' || depth > MAX_DEPTH) return 'null';
  if (value instanceof Uint8Array) {
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  }
  if (isList(value)) return `[${value.map((each) => jsonValue(each, limit, depth + 1)).join(',')}]`;
  return jsonMap(value, limit, depth + 1);
}

function isList(value: readonly AttributeValue[] | AttributeMap): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

/** A map without its empty values. */
export function jsonMap(map: AttributeMap, limit?: StringLimit, depth = 0): string {
  let text = '';
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === null || value === undefined) continue;
    text += `${text === '' ? '' : ','}${jsonString(key)}:${jsonValue(value, limit, depth)}`;
  }
  return `{${text}}`;
}

let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339 in UTC with nine fraction digits; `undefined` for a time that no calendar has. */
export function rfc3339(time: HrTime): string | undefined {
  let [seconds, nanos] = time;
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return undefined;
  nanos = Math.trunc(nanos);
  seconds = Math.trunc(seconds) + Math.floor(nanos / 1e9);
  nanos -= Math.floor(nanos / 1e9) * 1e9;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined;
  if (seconds !== lastSecond) {
    lastSecond = seconds;
    lastText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastText}.${String(nanos).padStart(9, '0')}Z`;
}

const MIN_SECONDS = Date.parse('0000-01-01T00:00:00Z') / 1000;
const MAX_SECONDS = Date.parse('9999-12-31T23:59:59Z') / 1000;

/** A time as milliseconds since the epoch in HrTime form. */
export function hrTimeOf(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
