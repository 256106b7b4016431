/** The dimensions of metric lines: at most fifty, each key once, sorted by key so that a series is always the same text. */
import { type AttributeMap, type ResourceRecord, type ScopeRecord, valueToText } from '@telemetryflow/otlp';
import type { DynatraceConfig } from './config.ts';
import { dimensionKey, dimensionValue } from './dimension-text.ts';

/** Most dimensions of a line. */
const MAX_DIMENSIONS = 50;
const MAX_KEYS = 10_000;
/** The least important of all: they give way first. */
const SCOPE_RANK = 6;

interface Dimension {
  readonly key: string;
  /** `key=value`. */
  readonly text: string;
  /** Lower ranks stay when a line has too many. */
  readonly rank: number;
}

/** What the points of one resource and scope have in common, sorted by key. */
export type SharedDimensions = readonly Dimension[];

type Options = Pick<DynatraceConfig, 'resource_attributes' | 'tags'>;

/** Makes dimensions; remembers keys and what it made for each resource and scope. */
export class DimensionEncoder {
  readonly #included: (name: string) => boolean;
  readonly #withScope: boolean;
  readonly #tags: ReadonlySet<string>;
  readonly #keys = new Map<string, string>();
  readonly #shared = new WeakMap<ResourceRecord, WeakMap<ScopeRecord, SharedDimensions>>();

  constructor({ resource_attributes: included, tags }: Options) {
    const named = new Set(Array.isArray(included) ? (included as readonly string[]) : []);
    const all = included === 'all';
    this.#included = (name) => all || named.has(name) || Object.hasOwn(tags, name);
    this.#withScope = all;
    this.#tags = new Set(Object.keys(tags).map(dimensionKey));
  }

  /** Dimensions of a resource and scope; what the scope says wins over the resource. */
  shared(resource: ResourceRecord, scope: ScopeRecord): SharedDimensions {
    let scopes = this.#shared.get(resource);
    if (scopes === undefined) {
      scopes = new WeakMap();
      this.#shared.set(resource, scopes);
    }
    let made = scopes.get(scope);
    if (made === undefined) {
      made = this.#make(resource, scope);
      scopes.set(scope, made);
    }
    return made;
  }

  /** The end of a line's series, `,key=value` for each; `undefined` when the point alone has too many. */
  series(shared: SharedDimensions, attributes: AttributeMap, extra?: AttributeMap): string | undefined {
    const own = new Map<string, Dimension>();
    this.#add(own, extra);
    this.#add(own, attributes);
    if (own.size > MAX_DIMENSIONS) return undefined;
    let inherited = shared;
    if (own.size > 0) inherited = shared.filter(({ key }) => !own.has(key));
    const room = MAX_DIMENSIONS - own.size;
    if (inherited.length > room) inherited = mostImportant(inherited, room);
    const all = own.size === 0 ? inherited : [...own.values(), ...inherited].sort(byKey);
    let text = '';
    for (const dimension of all) text += `,${dimension.text}`;
    return text;
  }

  #make(resource: ResourceRecord, scope: ScopeRecord): SharedDimensions {
    const found = new Map<string, Dimension>();
    this.#add(found, scope.attributes);
    this.#add(found, resource.attributes, this.#included);
    if (this.#withScope) {
      this.#add(found, { 'otel.scope.name': scope.name, 'otel.scope.version': scope.version }, () => true, SCOPE_RANK);
    }
    return [...found.values()].sort(byKey);
  }

  /** Adds what has no namesake yet: of two names that give one key, the first in order stays. */
  #add(
    to: Map<string, Dimension>,
    attributes: AttributeMap | undefined,
    included?: (name: string) => boolean,
    rank?: number,
  ): void {
    if (attributes === undefined) return;
    const names = Object.keys(attributes);
    if (names.length > 1) names.sort();
    for (const name of names) {
      if (included?.(name) === false) continue;
      const key = this.#key(name);
      if (key === '' || to.has(key)) continue;
      const value = dimensionValue(valueToText(attributes[name]));
      if (value !== '') to.set(key, { key, text: `${key}=${value}`, rank: rank ?? this.#rank(key) });
    }
  }

  #key(name: string): string {
    let key = this.#keys.get(name);
    if (key === undefined) {
      if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
      key = dimensionKey(name);
      this.#keys.set(name, key);
    }
    return key;
  }

  #rank(key: string): number {
    if (key.startsWith('dt.')) return 0;
    if (key.startsWith('service.')) return 1;
    if (key === 'host.name') return 2;
    if (key.startsWith('k8s.')) return 3;
    return this.#tags.has(key) ? 4 : 5;
  }
}

function byKey(a: Dimension, b: Dimension): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function mostImportant(dimensions: SharedDimensions, room: number): SharedDimensions {
  const kept = [...dimensions].sort((a, b) => a.rank - b.rank || byKey(a, b)).slice(0, room);
  return kept.sort(byKey);
}
