/**
 * Dimensions of metrics: chosen attributes as printable ASCII, at most 30, resource attributes before those of the
 * scope and of the point, the latter sorted by key. Names and values are escaped once per encoder.
 */
import { type AttributeMap, type ResourceRecord, type ScopeRecord, valueToText } from '@telemetryflow/otlp';
import type { CloudwatchConfig, DimensionOptions } from './config.ts';

const MAX_NAME = 255;
const MAX_VALUE = 1024;

/** Names kept between batches; telemetry decides how many there are. */
const MAX_CACHED_NAMES = 10_000;

/** Every character CloudWatch cannot take as `_`. */
export function asciiText(text: string, max: number): string {
  const ascii = /^[\x20-\x7e]*$/.test(text) ? text : text.replaceAll(/[^\x20-\x7e]/gu, '_');
  return ascii.length <= max ? ascii : ascii.slice(0, max);
}

/** Attributes as dimensions of one series; `cut` are those that were left out. */
export interface DimensionSets {
  /** The JSON member with its comma in front (`,"Dimensions":[…]`), or `''`; more than one with rollup. */
  readonly members: readonly string[];
  readonly cut: number;
}

/** What resource and scope contribute to every point of a scope. */
export type BaseDimensions = Entries;

/** Dimensions that are being gathered. */
class Entries {
  /** `{"Name":…,"Value":` of each: no two may be equal. */
  readonly heads: string[];
  readonly values: string[];
  cut: number;

  constructor(heads: string[] = [], values: string[] = [], cut = 0) {
    this.heads = heads;
    this.values = values;
    this.cut = cut;
  }

  copy(): Entries {
    return new Entries(this.heads.slice(), this.values.slice(), this.cut);
  }
}

/** Text that is a JSON string as it stands: printable ASCII without quote and backslash. */
const PLAIN = /^[\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]*$/;

export class DimensionEncoder {
  readonly #options: DimensionOptions;
  readonly #rollup: CloudwatchConfig['dimension_rollup_option'];
  readonly #heads = new Map<string, string>();
  /** Points of one metric mostly have the same keys in the same order. */
  #lastKeys: readonly string[] = [];
  #lastSorted: readonly string[] = [];

  constructor(config: Pick<CloudwatchConfig, 'dimensions' | 'dimension_rollup_option'>) {
    this.#options = config.dimensions;
    this.#rollup = config.dimension_rollup_option;
  }

  /** To be called once per scope of a batch. */
  base(resource: ResourceRecord, scope: ScopeRecord): BaseDimensions {
    const entries = new Entries();
    for (const key of this.#options.resource) this.#add(entries, key, resource.attributes[key]);
    if (this.#options.scope) {
      this.#add(entries, 'otel.scope.name', scope.name);
      this.#add(entries, 'otel.scope.version', scope.version);
    }
    return entries;
  }

  /** The dimensions of one point; `extra` is a dimension of our own that none of the others may displace. */
  point(base: BaseDimensions, attributes: AttributeMap, extra?: readonly [key: string, value: string]): DimensionSets {
    const entries = base.copy();
    if (extra !== undefined) this.#add(entries, extra[0], extra[1]);
    for (const key of this.#keys(attributes)) this.#add(entries, key, attributes[key]);
    return { members: this.#members(entries), cut: entries.cut };
  }

  #keys(attributes: AttributeMap): readonly string[] {
    const { attributes: chosen } = this.#options;
    if (chosen === 'none') return [];
    if (chosen !== 'all') return chosen;
    const keys = Object.keys(attributes);
    if (!sameKeys(keys, this.#lastKeys)) {
      this.#lastKeys = keys;
      this.#lastSorted = keys.toSorted();
    }
    return this.#lastSorted;
  }

  #add(entries: Entries, key: string, value: AttributeMap[string]): void {
    const json = valueJson(value);
    if (json === '') return;
    const head = this.#heads.get(key) ?? this.#head(key);
    if (head === '' || entries.heads.length >= this.#options.max || entries.heads.includes(head)) {
      entries.cut++;
      return;
    }
    entries.heads.push(head);
    entries.values.push(json);
  }

  /** `''` where nothing is left of the name. */
  #head(key: string): string {
    const text = asciiText(key, MAX_NAME).replace(/^:/, '_');
    const head = text.trim() === '' ? '' : `{"Name":${JSON.stringify(text)},"Value":`;
    if (this.#heads.size >= MAX_CACHED_NAMES) this.#heads.clear();
    this.#heads.set(key, head);
    return head;
  }

  #members({ heads, values }: Entries): string[] {
    let all = '';
    for (let i = 0; i < heads.length; i++) all += `${i === 0 ? '' : ','}${heads[i]}${values[i]}}`;
    const sets = [member(all)];
    if (this.#rollup === 'none') return sets;
    if (heads.length > 1) for (const [i, head] of heads.entries()) sets.push(member(`${head}${values[i]}}`));
    if (this.#rollup === 'zero_and_single' && heads.length > 0) sets.push('');
    return sets;
  }
}

/** The value as a JSON string; `''` where it is blank. */
function valueJson(value: AttributeMap[string]): string {
  if (typeof value === 'number' && Number.isFinite(value)) return `"${value}"`;
  const raw = typeof value === 'string' ? value : valueToText(value);
  if (raw.length <= MAX_VALUE && PLAIN.test(raw)) return `"${raw}"`;
  const text = asciiText(raw, MAX_VALUE);
  return text.trim() === '' ? '' : JSON.stringify(text);
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function member(entries: string): string {
  return entries === '' ? '' : `,"Dimensions":[${entries}]`;
}
