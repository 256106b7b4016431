/**
 * Attributes as the members of a JSON object, by the rules of New Relic's APIs: values are strings, numbers and
 * booleans; names that the service keeps for itself get the prefix `attr.`; no name comes twice.
 */
import {
  type AttributeMap,
  type AttributeValue,
  cutText,
  type JsonBytes,
  jsonConstant,
  RepeatedValue,
  valueToText,
} from '@telemetryflow/otlp';
import type { Losses } from './losses.ts';

/** What differs from API to API. */
export interface AttributeRules {
  /** Names of the service: an attribute of such a name is renamed. */
  readonly reserved: ReadonlySet<string>;
  /** Names that the exporter may write itself, 31 at most; see {@link Taken}. */
  readonly fields: readonly string[];
  /** Longer texts are cut. */
  readonly maxValue: number;
  /** Maps become several attributes, with dots between their keys. */
  readonly flatten: boolean;
}

/** The names that the exporter writes itself for an item: an attribute of one keeps its value under `attr.`. */
export interface Taken {
  /** A bit for each of the rules' fields: 1 for the first, 2 for the second and so on. */
  readonly fields: number;
  /** One more name. */
  readonly own?: string | undefined;
}

/** Longest name of an attribute. */
const MAX_KEY = 255;
/** In front of names that mean something else to the service. */
export const PREFIX = 'attr.';
/** Names kept; a service has dozens, so only generated names ever fill it. */
const MAX_KNOWN_KEYS = 2000;

/** The service gives these meanings of its own, or undefined results. */
export const ENTITY_NAMES: readonly string[] = ['entity.guid', 'entity.name', 'entity.type', 'entityGuid', 'guid'];

/** A name, and the last value it had. */
class Key extends RepeatedValue {
  /** The member up to its value. */
  readonly text: Uint8Array;
  /** With the prefix. */
  readonly renamed: Uint8Array;
  /** The bit of a field of this name; 0 for none. */
  readonly field: number;
  /** The name this one would collide with, were an attribute of it renamed. */
  readonly rival: string | undefined;
  readonly tooLong: boolean;
  /** True for a name to look at twice: too long, that of a field, or one that a renamed attribute could get. */
  readonly special: boolean;

  constructor(name: string, { reserved, fields }: AttributeRules) {
    super();
    const at = fields.indexOf(name);
    this.renamed = memberStart(`${PREFIX}${name}`);
    this.text = reserved.has(name) ? this.renamed : memberStart(name);
    this.field = at < 0 ? 0 : 1 << at;
    this.rival = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
    this.tooLong = name === '' || name.length > MAX_KEY;
    this.special = this.tooLong || this.rival !== undefined || this.field > 0;
  }
}

const NOTHING_TAKEN: Taken = { fields: 0 };
const TRUE = jsonConstant('true');
const FALSE = jsonConstant('false');
const COMMA = 0x2c;
/** Longer values are not remembered. */
const MAX_REPEATED_LENGTH = 128;

/** Writes attributes; names are worked out once. */
export class AttributeWriter {
  readonly #rules: AttributeRules;
  readonly #keys = new Map<string, Key>();

  constructor(rules: AttributeRules) {
    this.#rules = rules;
  }

  /** Writes the members of a map, at most `room` of them, each with a comma behind it; returns how many. */
  write(json: JsonBytes, map: AttributeMap, room: number, losses: Losses, taken: Taken = NOTHING_TAKEN): number {
    const start = json.pos;
    const lost = losses.attributes;
    let written = 0;
    for (const name in map) {
      const value = map[name];
      if (typeof value === 'object' && this.#rules.flatten && isMap(value)) {
        json.pos = start;
        losses.attributes = lost;
        return this.write(json, flattened(map), room, losses, taken);
      }
      const key = this.#keys.get(name) ?? this.#key(name);
      if (written >= room || (key.special && this.#isLost(key, map, taken))) {
        losses.attributes++;
        continue;
      }
      written++;
      if (name === taken.own || (key.field & taken.fields) !== 0) {
        json.raw(key.renamed);
        this.#value(json, value, losses);
      } else if (typeof value === 'string') this.#repeated(json, key, value, losses);
      else {
        json.raw(key.text);
        this.#value(json, value, losses);
      }
    }
    return written;
  }

  /** A member with a text, copied where the same came several times. */
  #repeated(json: JsonBytes, key: Key, value: string, losses: Losses): void {
    if (key.entry !== undefined && key.value === value) {
      json.raw(key.entry);
      return;
    }
    json.ensure(key.text.length);
    const start = json.pos;
    json.put(key.text);
    this.#text(json, value, losses);
    if (value.length <= MAX_REPEATED_LENGTH) key.saw(value, json.bytes, start, json.pos);
  }

  #value(json: JsonBytes, value: AttributeValue, losses: Losses): void {
    switch (typeof value) {
      case 'number':
        if (Number.isFinite(value)) json.number(value);
        else json.text(String(value));
        break;
      case 'boolean':
        json.put(value ? TRUE : FALSE);
        break;
      case 'bigint':
        // Digits beyond what a double holds would be refused.
        this.#value(json, Number(value), losses);
        return;
      default:
        this.#text(json, valueToText(value), losses);
        return;
    }
    json.byte(COMMA);
  }

  #text(json: JsonBytes, value: string, losses: Losses): void {
    const { maxValue } = this.#rules;
    if (value.length > maxValue) losses.attributes++;
    json.text(value.length > maxValue ? cutText(value, maxValue) : value);
    json.byte(COMMA);
  }

  /** True for a name that is too long, and for one that another attribute gets by being renamed. */
  #isLost({ tooLong, rival }: Key, attributes: AttributeMap, taken: Taken): boolean {
    return tooLong || (rival !== undefined && this.#isRenamed(rival, attributes, taken));
  }

  #isRenamed(rival: string, attributes: AttributeMap, { fields, own }: Taken): boolean {
    if (!Object.hasOwn(attributes, rival)) return false;
    const key = this.#keys.get(rival) ?? this.#key(rival);
    return rival === own || this.#rules.reserved.has(rival) || (key.field & fields) !== 0;
  }

  #key(name: string): Key {
    const key = new Key(name, this.#rules);
    if (this.#keys.size >= MAX_KNOWN_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

function memberStart(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${JSON.stringify(name.toWellFormed())}:`));
}

function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Maps deeper than this stay JSON, as do maps within themselves. */
const MAX_DEPTH = 16;

/** Maps as names with dots; an attribute that has such a name already wins. */
function flattened(map: AttributeMap): AttributeMap {
  const out: Record<string, AttributeValue> = Object.create(null);
  const add = (from: AttributeMap, prefix: string, depth: number): void => {
    for (const [name, value] of Object.entries(from)) {
      const full = `${prefix}${name}`;
      if (isMap(value) && depth < MAX_DEPTH) add(value, `${full}.`, depth + 1);
      else if (prefix === '' || !Object.hasOwn(map, full)) out[full] = value;
    }
  };
  add(map, '', 0);
  return out;
}
