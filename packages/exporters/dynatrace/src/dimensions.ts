/** The dimensions of metric lines: at most fifty, each key once, sorted by key so that a series is always the same text. */
import { type AttributeMap, type ResourceRecord, type ScopeRecord, valueToText } from '@telemetryflow/otlp';
import type { DynatraceConfig } from './config.ts';
import { dimensionKey, dimensionValue } from './dimension-text.ts';

/** Most dimensions of a line. */
const MAX_DIMENSIONS = 50;
const MAX_KEYS = 10_000;
/** Sets of names of one resource and scope; a service has few. */
const MAX_LAYOUTS = 200;
/** The least important of all: they give way first. */
const SCOPE_RANK = 6;

interface Dimension {
  readonly key: string;
  /** The attribute it is made of. */
  readonly name: string;
  /** `key=value`. */
  readonly text: string;
  /** Lower ranks stay when a line has too many. */
  readonly rank: number;
}

/** What the points of one resource and scope have in common. */
export interface SharedDimensions {
  /** Sorted by key. */
  readonly all: readonly Dimension[];
  /** How to write the points whose attributes have these names in this order; `undefined` where names may meet. */
  readonly layouts: Map<string, Layout | undefined>;
  /** That of the last point: most have the names of the one before. */
  last: { readonly names: readonly string[]; readonly layout: Layout | undefined };
}

/** The text of a series with gaps: before each value, in order of its key, comes what is shared up to there. */
interface Layout {
  readonly gaps: readonly { readonly before: string; readonly key: string; readonly name: string }[];
  readonly end: string;
}

type Options = Pick<DynatraceConfig, 'resource_attributes' | 'tags'>;

/** Makes dimensions; remembers keys and what it made for each resource and scope. */
export class DimensionEncoder {
  readonly #included: (name: string) => boolean;
  readonly #withScope: boolean;
  readonly #tags: ReadonlySet<string>;
  #collisions = 0;
  readonly #keys = new Map<string, string>();
  readonly #shared = new WeakMap<ResourceRecord, WeakMap<ScopeRecord, SharedDimensions>>();

  constructor({ resource_attributes: included, tags }: Options) {
    const named = new Set(Array.isArray(included) ? (included as readonly string[]) : []);
    const all = included === 'all';
    this.#included = (name) => all || named.has(name) || Object.hasOwn(tags, name);
    this.#withScope = all;
    this.#tags = new Set(Object.keys(tags).map(dimensionKey));
  }

  /** How many attributes gave way to another name of the same key since the last call. */
  takeCollisions(): number {
    const count = this.#collisions;
    this.#collisions = 0;
    return count;
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
      made = { all: this.#make(resource, scope), layouts: new Map(), last: { names: [], layout: undefined } };
      // Of a point without attributes.
      made.last = { names: [], layout: this.#layout(made.all, []) };
      scopes.set(scope, made);
    }
    return made;
  }

  /** The end of a line's series, `,key=value` for each; `undefined` when the point alone has too many. */
  series(shared: SharedDimensions, attributes: AttributeMap, extra?: AttributeMap): string | undefined {
    const layout = extra === undefined ? this.#layoutFor(shared, attributes) : undefined;
    if (layout === undefined) return this.#merged(shared, attributes, extra);
    let text = '';
    for (const { before, key, name } of layout.gaps) {
      const value = dimensionValue(valueToText(attributes[name]));
      text += value === '' ? before : before + key + value;
    }
    return text + layout.end;
  }

  #layoutFor(shared: SharedDimensions, attributes: AttributeMap): Layout | undefined {
    const { names: known } = shared.last;
    let count = 0;
    for (const name in attributes) if (name !== known[count++]) count = Number.POSITIVE_INFINITY;
    if (count === known.length) return shared.last.layout;
    const names = Object.keys(attributes);
    const id = JSON.stringify(names);
    let layout = shared.layouts.get(id);
    if (layout === undefined && !shared.layouts.has(id)) {
      if (shared.layouts.size >= MAX_LAYOUTS) shared.layouts.clear();
      layout = this.#layout(shared.all, names);
      shared.layouts.set(id, layout);
    }
    shared.last = { names, layout };
    return layout;
  }

  /** `undefined` where some have to give way: keys that meet, or too many of them. */
  #layout(shared: readonly Dimension[], names: readonly string[]): Layout | undefined {
    const own = names.map((name) => ({ name, key: this.#key(name) })).sort(byKey);
    const keys = new Set([...shared, ...own].map(({ key }) => key));
    if (keys.size < shared.length + own.length || keys.size > MAX_DIMENSIONS || keys.has('')) return undefined;
    let next = 0;
    const upTo = (key: string | undefined): string => {
      let text = '';
      for (let each = shared[next]; each !== undefined; each = shared[++next]) {
        if (key !== undefined && each.key > key) break;
        text += `,${each.text}`;
      }
      return text;
    };
    const gaps = own.map(({ name, key }) => ({ before: upTo(key), key: `,${key}=`, name }));
    return { gaps, end: upTo(undefined) };
  }

  #merged({ all }: SharedDimensions, attributes: AttributeMap, extra: AttributeMap | undefined): string | undefined {
    const own = new Map<string, Dimension>();
    this.#add(own, extra);
    this.#add(own, attributes);
    if (own.size > MAX_DIMENSIONS) return undefined;
    const inherited = all.filter(({ key, name }) => !this.#givesWay(name, own.get(key)));
    const kept = mostImportant(inherited, MAX_DIMENSIONS - own.size);
    let text = '';
    for (const dimension of [...own.values(), ...kept].sort(byKey)) text += `,${dimension.text}`;
    return text;
  }

  #make(resource: ResourceRecord, scope: ScopeRecord): readonly Dimension[] {
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
      if (key === '') continue;
      const value = dimensionValue(valueToText(attributes[name]));
      if (value === '' || this.#givesWay(name, to.get(key))) continue;
      to.set(key, { key, name, text: `${key}=${value}`, rank: rank ?? this.#rank(key) });
    }
  }

  /** True where the key is taken; by another name, it is a collision, by the same one a level that wins. */
  #givesWay(name: string, taken: Dimension | undefined): boolean {
    if (taken === undefined) return false;
    if (taken.name !== name) this.#collisions++;
    return true;
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

interface Keyed {
  readonly key: string;
}

function byKey(a: Keyed, b: Keyed): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function mostImportant(dimensions: readonly Dimension[], room: number): readonly Dimension[] {
  if (dimensions.length <= room) return dimensions;
  return [...dimensions].sort((a, b) => a.rank - b.rank || byKey(a, b)).slice(0, room);
}
