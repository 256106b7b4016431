/**
 * Attributes as the members of a JSON object, by the rules of New Relic's APIs: values are strings, numbers and
 * booleans; names that the service keeps for itself get the prefix `attr.`; no name comes twice.
 */
import { type AttributeMap, type AttributeValue, valueToText } from '@telemetryflow/otlp';
import type { Losses } from './losses.ts';

/** What differs from API to API. */
export interface AttributeRules {
  /** Names of the service: an attribute of such a name is renamed. */
  readonly reserved: ReadonlySet<string>;
  /** Longer texts are cut. */
  readonly maxValue: number;
  /** Maps become several attributes, with dots between their keys. */
  readonly flatten: boolean;
}

/** Longest name of an attribute. */
const MAX_KEY = 255;
const PREFIX = 'attr.';
/** Names kept; a service has dozens, so only generated names ever fill it. */
const MAX_KNOWN_KEYS = 2000;

/** The service gives these meanings of its own, or undefined results. */
export const ENTITY_NAMES: readonly string[] = ['entity.guid', 'entity.name', 'entity.type', 'entityGuid', 'guid'];

interface Key {
  /** The member up to its value, comma in front. */
  readonly text: string;
  /** With the prefix. */
  readonly renamed: string;
  /** The name this one would collide with, were an attribute of it renamed. */
  readonly rival: string | undefined;
  readonly tooLong: boolean;
}

const NO_NAMES: readonly string[] = [];

/** Writes attributes; names are worked out once. */
export class AttributeWriter {
  readonly #rules: AttributeRules;
  readonly #keys = new Map<string, Key>();

  constructor(rules: AttributeRules) {
    this.#rules = rules;
  }

  /**
   * The members of a map, each with a comma in front, at most `room` of them. `taken` are the fields that the exporter
   * has written for this item: an attribute of the same name keeps its value under `attr.`.
   */
  members(map: AttributeMap, room: number, losses: Losses, taken: readonly string[] = NO_NAMES): string {
    const attributes = this.#rules.flatten && hasMap(map) ? flattened(map) : map;
    let text = '';
    let left = room;
    for (const name in attributes) {
      const key = this.#keys.get(name) ?? this.#key(name);
      if (key.tooLong || left <= 0 || (key.rival !== undefined && this.#isRenamed(key.rival, attributes, taken))) {
        losses.attributes++;
        continue;
      }
      left--;
      const renamed = taken.length > 0 && taken.includes(name);
      text += (renamed ? key.renamed : key.text) + this.#value(attributes[name], losses);
    }
    return text;
  }

  #value(value: AttributeValue, losses: Losses): string {
    switch (typeof value) {
      case 'string':
        return this.#text(value, losses);
      case 'number':
        return Number.isFinite(value) ? `${value}` : `"${value}"`;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        // Digits beyond what a double holds would be refused.
        return `${Number(value)}`;
      default:
        return this.#text(valueToText(value), losses);
    }
  }

  #text(value: string, losses: Losses): string {
    const { maxValue } = this.#rules;
    if (value.length <= maxValue) return JSON.stringify(value.toWellFormed());
    losses.attributes++;
    return JSON.stringify(cut(value, maxValue));
  }

  #isRenamed(rival: string, attributes: AttributeMap, taken: readonly string[]): boolean {
    return Object.hasOwn(attributes, rival) && (this.#rules.reserved.has(rival) || taken.includes(rival));
  }

  #key(name: string): Key {
    const { reserved } = this.#rules;
    const renamed = `,${JSON.stringify(`${PREFIX}${name}`.toWellFormed())}:`;
    const rival = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
    const key: Key = {
      text: reserved.has(name) ? renamed : `,${JSON.stringify(name.toWellFormed())}:`,
      renamed,
      rival,
      tooLong: name === '' || name.length > MAX_KEY,
    };
    if (this.#keys.size >= MAX_KNOWN_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

/** The first `length` characters, and never half of one. */
export function cut(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  const half = code >= 0xd800 && code < 0xdc00;
  return text.slice(0, half ? length - 1 : length).toWellFormed();
}

function hasMap(map: AttributeMap): boolean {
  for (const name in map) if (isMap(map[name])) return true;
  return false;
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
