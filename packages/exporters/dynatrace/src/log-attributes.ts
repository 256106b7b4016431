/** Attributes as members of a log record in JSON: maps flattened to dotted keys, arrays of one type, values cut. */
import {
  type AttributeMap,
  type AttributeValue,
  cutUtf8,
  type JsonBytes,
  type JsonName,
  type PlainJson,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';

/** Deeper maps become JSON text. */
const MAX_DEPTH = 5;
const MAX_ELEMENTS = 32;
/** UTF-8. */
const MAX_VALUE_BYTES = 32_000;
const COMMA = 0x2c;
/** What a record says itself: attributes of these names would change its level, its time or its text. */
const RESERVED: ReadonlySet<string> = new Set(['content', 'timestamp', 'loglevel']);
const PREFIX = 'attr.';

/** Members by key. */
export type Members = Map<string, AttributeValue>;

/** Adds what has no namesake yet. */
export function addMembers(to: Members, attributes: AttributeMap | undefined): void {
  if (attributes !== undefined) flatten(to, attributes, '', 1);
}

/** Adds one member of ours; empty text is left out. */
export function addText(to: Members, key: string, text: string | undefined): void {
  if (text !== undefined && text !== '' && !to.has(key)) to.set(key, text);
}

function flatten(to: Members, map: AttributeMap, prefix: string, depth: number): void {
  for (const name of Object.keys(map)) {
    const value = map[name];
    const path = `${prefix}${name}`;
    if (value === null || value === undefined || path === '') continue;
    if (isMap(value) && depth < MAX_DEPTH) {
      flatten(to, value, `${path}.`, depth + 1);
      continue;
    }
    const key = RESERVED.has(path) ? `${PREFIX}${path}` : path;
    if (!to.has(key)) to.set(key, value);
  }
}

/** True for a name that is the key of its member whatever else the record has. */
export function isPlainName(name: string): boolean {
  return name !== '' && !RESERVED.has(name) && !name.startsWith(PREFIX);
}

/** True for what becomes several members: a plain object. */
export function isMap(value: AttributeValue): value is AttributeMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Writes a member and a comma; what is absent is left out. */
export function writeMember(json: JsonBytes, name: JsonName, value: AttributeValue): void {
  if (typeof value === 'string') name.text(json, cutUtf8(value, MAX_VALUE_BYTES));
  else if (typeof value === 'number' || typeof value === 'boolean') name.scalar(json, value);
  else if (Array.isArray(value)) {
    json.raw(name.key);
    json.raw(Buffer.from(cutJson(uniform(value as readonly AttributeValue[]))));
    json.byte(COMMA);
  } else if (value !== null && value !== undefined) name.text(json, cutUtf8(valueToText(value), MAX_VALUE_BYTES));
}

/** All numbers, all booleans, or all text. */
function uniform(values: readonly AttributeValue[]): readonly PlainJson[] {
  const plain = values.slice(0, MAX_ELEMENTS).map(toPlainJson);
  const kinds = new Set(plain.map((each) => typeof each));
  if (kinds.size === 1 && (kinds.has('number') || kinds.has('boolean'))) return plain;
  return plain.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
}

/** An array that is too long loses its last elements. */
function cutJson(values: readonly PlainJson[]): string {
  let kept = values;
  let text = JSON.stringify(kept);
  while (Buffer.byteLength(text) > MAX_VALUE_BYTES && kept.length > 1) {
    kept = kept.slice(0, -1);
    text = JSON.stringify(kept);
  }
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  return JSON.stringify([cutUtf8(String(kept[0]), MAX_VALUE_BYTES)]);
}
