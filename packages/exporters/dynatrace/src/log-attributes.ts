/** Attributes as members of a log record in JSON: maps flattened to dotted keys, arrays of one type, values cut. */
import {
  type AttributeMap,
  type AttributeValue,
  cutUtf8,
  type PlainJson,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';

/** Deeper maps become JSON text. */
const MAX_DEPTH = 5;
const MAX_ELEMENTS = 32;
/** UTF-8. */
const MAX_VALUE_BYTES = 32_000;
/** What a record says itself: attributes of these names would change its level, its time or its text. */
const RESERVED: ReadonlySet<string> = new Set(['content', 'timestamp', 'loglevel']);

/** Adds what has no namesake yet, as JSON text by key. */
export function addMembers(to: Map<string, string>, attributes: AttributeMap | undefined): void {
  if (attributes !== undefined) flatten(to, attributes, '', 1);
}

/** Adds one member of ours; empty text is left out. */
export function addText(to: Map<string, string>, key: string, text: string | undefined): void {
  if (text !== undefined && text !== '' && !to.has(key)) to.set(key, JSON.stringify(text));
}

function flatten(to: Map<string, string>, map: AttributeMap, prefix: string, depth: number): void {
  for (const name of Object.keys(map)) {
    const value = map[name];
    const path = `${prefix}${name}`;
    if (value === null || value === undefined || path === '') continue;
    if (isMap(value) && depth < MAX_DEPTH) {
      flatten(to, value, `${path}.`, depth + 1);
      continue;
    }
    const key = RESERVED.has(path) ? `attr.${path}` : path;
    if (!to.has(key)) to.set(key, memberOf(value));
  }
}

function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function memberOf(value: AttributeValue): string {
  if (Array.isArray(value)) return cutJson(uniform(value as readonly AttributeValue[]));
  if (typeof value === 'bigint' || isMap(value)) return JSON.stringify(cutUtf8(valueToText(value), MAX_VALUE_BYTES));
  const plain = toPlainJson(value);
  return typeof plain === 'string' ? JSON.stringify(cutUtf8(plain, MAX_VALUE_BYTES)) : JSON.stringify(plain);
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
