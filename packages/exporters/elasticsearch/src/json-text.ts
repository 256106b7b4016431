/**
 * JSON text with what dynamic mapping needs and `JSON.stringify` cannot say: doubles carry a radix point, 64-bit
 * integers all their digits.
 */
import { type AttributeMap, cutText, DOUBLES, toPlainJson } from '@telemetryflow/otlp';

/** Everything but the characters that stand in a JSON string as they are. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;
/** `flattened` refuses values deeper than 20, with what is around the value. */
const MAX_DEPTH = 16;

/** A quoted string; lone surrogates become U+FFFD. */
export function jsonString(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

/** An integer; what is beyond 64 bits becomes the nearest that fits. */
export function jsonInteger(value: number | bigint): string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '0' : String(value);
    return jsonInteger(BigInt(Math.trunc(value)));
  }
  if (value > MAX_INT64) return MAX_INT64.toString();
  return (value < MIN_INT64 ? MIN_INT64 : value).toString();
}

/** A double with a radix point or an exponent; what is not finite has no number in JSON and becomes a string. */
export function jsonDouble(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (!Number.isInteger(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return text.includes('e') ? text : `${text}.0`;
}

/** Attribute values of any type as JSON. */
export class JsonValues {
  readonly #maxText: number;
  readonly #ancestors: object[] = [];

  /** Strings longer than `maxText` characters are cut; `Infinity` for none. */
  constructor(maxText: number) {
    this.#maxText = maxText;
  }

  string(text: string): string {
    return jsonString(text.length > this.#maxText ? cutText(text, this.#maxText) : text);
  }

  /** `marked`: an integral number that is a double. */
  value(value: unknown, marked: boolean): string {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        return !marked && Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : jsonDouble(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        return jsonInteger(value);
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        return 'null';
    }
  }

  #object(value: object): string {
    if (value instanceof Uint8Array) {
      return this.string(Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'));
    }
    const ancestors = this.#ancestors;
    if (value instanceof Date || value instanceof Map || ancestors.length >= MAX_DEPTH || ancestors.includes(value)) {
      return this.text(value);
    }
    ancestors.push(value);
    try {
      return Array.isArray(value) ? this.#array(value) : this.map(value);
    } finally {
      ancestors.pop();
    }
  }

  #array(values: readonly unknown[] & { readonly [DOUBLES]?: ReadonlySet<number> }): string {
    const doubles = values[DOUBLES];
    let text = '';
    for (let i = 0; i < values.length; i++) {
      if (i > 0) text += ',';
      text += this.value(values[i], doubles?.has(i) === true);
    }
    return `[${text}]`;
  }

  /** A map; attributes of metrics write it in another way. */
  protected map(value: object): string {
    const map = value as AttributeMap;
    const doubles = map[DOUBLES];
    const names = new Names(map);
    let text = '';
    for (const key of Object.keys(map)) {
      if (text !== '') text += ',';
      text += names.member(key) + this.value(map[key], doubles?.has(key) === true);
    }
    return `{${text}}`;
  }

  /** Any value as a string that holds its JSON; text as it is. */
  text(value: unknown): string {
    const plain = toPlainJson(value as AttributeMap);
    return this.string(typeof plain === 'string' ? plain : JSON.stringify(plain));
  }
}

const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;
/** Longer ones make a term that the server refuses. */
const LONGEST_KEY = 1024;
const known = new Map<string, string>();

/** Names of the members of one object: each is unlike all others, even where two keys become the same JSON. */
export class Names {
  readonly #map: AttributeMap;
  #changed: Set<string> | undefined;

  constructor(map: AttributeMap) {
    this.#map = map;
  }

  /** `"key":` */
  member(key: string): string {
    const text = known.get(key);
    if (text !== undefined) return text;
    const safe = legal(key);
    if (safe !== key) return this.#renamed(safe);
    const member = `${jsonString(key)}:`;
    if (key.length <= MAX_KEY_LENGTH) {
      // Keys that are made up per item would fill the cache for good; starting over costs one encoding per key.
      if (known.size >= MAX_KEYS) known.clear();
      known.set(key, member);
    }
    return member;
  }

  #renamed(name: string): string {
    this.#changed ??= new Set();
    let unique = name;
    // The server refuses documents with a member twice.
    while (this.#changed.has(unique) || Object.hasOwn(this.#map, unique)) unique += '\ufffd';
    this.#changed.add(unique);
    return `${jsonString(unique)}:`;
  }
}

/** The reserved character of `flattened` and lone surrogates replaced, and what is too long cut. */
function legal(key: string): string {
  return cutText(key, LONGEST_KEY).replaceAll('\0', '\ufffd');
}
