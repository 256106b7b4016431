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
export interface BaseDimensions {
  readonly entries: readonly string[];
  readonly names: readonly string[];
  readonly cut: number;
}

export class DimensionEncoder {
  readonly #options: DimensionOptions;
  readonly #rollup: CloudwatchConfig['dimension_rollup_option'];
  readonly #names = new Map<string, string>();

  constructor(config: Pick<CloudwatchConfig, 'dimensions' | 'dimension_rollup_option'>) {
    this.#options = config.dimensions;
    this.#rollup = config.dimension_rollup_option;
  }

  /** To be called once per scope of a batch. */
  base(resource: ResourceRecord, scope: ScopeRecord): BaseDimensions {
    const entries: string[] = [];
    const names: string[] = [];
    let cut = 0;
    for (const key of this.#options.resource) cut += this.#add(entries, names, key, resource.attributes[key]);
    if (this.#options.scope) {
      cut += this.#add(entries, names, 'otel.scope.name', scope.name);
      cut += this.#add(entries, names, 'otel.scope.version', scope.version);
    }
    return { entries, names, cut };
  }

  /** The dimensions of one point; `extra` is a dimension of our own that none of the others may displace. */
  point(base: BaseDimensions, attributes: AttributeMap, extra?: readonly [key: string, value: string]): DimensionSets {
    const entries = [...base.entries];
    const names = [...base.names];
    let { cut } = base;
    if (extra !== undefined) cut += this.#add(entries, names, extra[0], extra[1]);
    for (const key of this.#keys(attributes)) cut += this.#add(entries, names, key, attributes[key]);
    return { members: this.#members(entries), cut };
  }

  #keys(attributes: AttributeMap): readonly string[] {
    const { attributes: chosen } = this.#options;
    if (chosen === 'none') return [];
    return chosen === 'all' ? Object.keys(attributes).sort() : chosen;
  }

  /** 1 when the attribute has a value and there is no place for it. */
  #add(entries: string[], names: string[], key: string, value: AttributeMap[string]): number {
    const text = asciiText(typeof value === 'string' ? value : valueToText(value), MAX_VALUE);
    if (text.trim() === '') return 0;
    const name = this.#name(key);
    if (name === '' || names.includes(name) || entries.length >= this.#options.max) return 1;
    names.push(name);
    entries.push(`{"Name":${name},"Value":${JSON.stringify(text)}}`);
    return 0;
  }

  /** The name as a JSON string; `''` where nothing is left of it. */
  #name(key: string): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      const text = asciiText(key, MAX_NAME).replace(/^:/, '_');
      name = text.trim() === '' ? '' : JSON.stringify(text);
      if (this.#names.size >= MAX_CACHED_NAMES) this.#names.clear();
      this.#names.set(key, name);
    }
    return name;
  }

  #members(entries: readonly string[]): string[] {
    const all = member(entries);
    if (this.#rollup === 'none') return [all];
    const sets = [all];
    if (entries.length > 1) for (const entry of entries) sets.push(member([entry]));
    if (this.#rollup === 'zero_and_single' && entries.length > 0) sets.push('');
    return sets;
  }
}

function member(entries: readonly string[]): string {
  return entries.length === 0 ? '' : `,"Dimensions":[${entries.join(',')}]`;
}
