/**
 * Attributes as the members of a JSON object, by the rules of New Relic's APIs: values are strings, numbers and
 * booleans; names that the service keeps for itself get the prefix `attr.`; no name comes twice.
 */
import { type AttributeMap, type AttributeValue, quoted, valueToText } from '@telemetryflow/otlp';
import { cut } from './cut-text.ts';
import type { Losses } from './losses.ts';

/** What differs from API to API. */
export interface AttributeRules {
  /** Names of the service: an attribute of such a name is renamed. */
  readonly reserved: ReadonlySet<string>;
  /** Names that the exporter may write itself; see `taken`. */
  readonly fields: ReadonlySet<string>;
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

/** How a member starts: the first of an object, or a later one. */
interface MemberStart {
  readonly first: string;
  readonly later: string;
}

interface Key {
  /** The member up to its value. */
  readonly text: MemberStart;
  /** With the prefix. */
  readonly renamed: MemberStart;
  /** True for a name to look at twice: too long, that of a field, or one that a renamed attribute could get. */
  readonly special: boolean;
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
   * The members of a map after those in `before`, at most `room` of them. `taken` are the fields that the exporter
   * writes for this item: an attribute of the same name keeps its value under `attr.`.
   */
  members(
    before: string,
    map: AttributeMap,
    room: number,
    losses: Losses,
    taken: readonly string[] = NO_NAMES,
  ): string {
    const [own] = taken;
    let text = before;
    let left = room;
    for (const name in map) {
      const value = map[name];
      if (this.#rules.flatten && isMap(value)) return this.members(before, flattened(map), room, losses, taken);
      const key = this.#keys.get(name) ?? this.#key(name);
      if (left <= 0 || (key.special && this.#isLost(key, map, taken))) {
        losses.attributes++;
        continue;
      }
      left--;
      const start = name === own || (key.special && taken.includes(name)) ? key.renamed : key.text;
      text += text === '' ? start.first : start.later;
      text += typeof value === 'string' ? this.#text(value, losses) : this.#value(value, losses);
    }
    return text;
  }

  #value(value: AttributeValue, losses: Losses): string {
    switch (typeof value) {
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
    if (value.length <= maxValue) return quoted(value);
    losses.attributes++;
    return quoted(cut(value, maxValue));
  }

  /** True for a name that is too long, and for one that another attribute gets by being renamed. */
  #isLost({ tooLong, rival }: Key, attributes: AttributeMap, taken: readonly string[]): boolean {
    return tooLong || (rival !== undefined && this.#isRenamed(rival, attributes, taken));
  }

  #isRenamed(rival: string, attributes: AttributeMap, taken: readonly string[]): boolean {
    return Object.hasOwn(attributes, rival) && (this.#rules.reserved.has(rival) || taken.includes(rival));
  }

  #key(name: string): Key {
    const { reserved, fields } = this.#rules;
    const renamed = memberStart(`${PREFIX}${name}`);
    const rival = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
    const tooLong = name === '' || name.length > MAX_KEY;
    const key: Key = {
      text: reserved.has(name) ? renamed : memberStart(name),
      renamed,
      special: tooLong || rival !== undefined || fields.has(name),
      rival,
      tooLong,
    };
    if (this.#keys.size >= MAX_KNOWN_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

function memberStart(name: string): MemberStart {
  const first = `${quoted(name)}:`;
  return { first, later: `,${first}` };
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
