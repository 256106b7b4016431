/** Tags: attributes as strings. What all spans of a resource and scope share is worked out once. */
import {
  type AttributeMap,
  type AttributeValue,
  type ResourceRecord,
  type ScopeRecord,
  type SpanRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { addOwnTags, type Dialect, isFalseError, isOwnTag } from './dialect.ts';
import type { TagName, TagNames } from './tag-names.ts';

/** Names and values, in step. */
export interface Tags {
  readonly names: readonly TagName[];
  readonly values: readonly string[];
}

/** The tags of a span: its own, and those it shares, where no name is in both. */
export interface SpanTags extends Tags {
  readonly shared: Tags | undefined;
}

/** What all spans of a resource and scope share. */
export class SharedTags {
  readonly tags: Tags;
  readonly #all: TagNames;
  readonly #shared: ReadonlyMap<string, string>;
  /** Names of attributes that are nothing but tags of their span. */
  readonly #plain = new Map<string, TagName>();

  constructor(shared: ReadonlyMap<string, string>, all: TagNames) {
    this.#shared = shared;
    this.#all = all;
    this.tags = tagsFrom(shared, all);
  }

  /** The name of an attribute; `undefined` when it is shared too, or the exporter's own. */
  plain(name: string): TagName | undefined {
    const known = this.#plain.get(name);
    if (known !== undefined) return known;
    if (this.#shared.has(name) || isOwnTag(name)) return undefined;
    const plain = this.#all.get(name);
    this.#plain.set(name, plain);
    return plain;
  }

  /** The tags of a span. */
  of(span: SpanRecord, dialect: Dialect): SpanTags {
    const names: TagName[] = [];
    const values: string[] = [];
    const { attributes } = span;
    for (const name in attributes) {
      const plain = this.plain(name);
      if (plain === undefined)
        return { ...tagsFrom(mergedTags(span, this.#shared, dialect), this.#all), shared: undefined };
      names.push(plain);
      values.push(textOf(attributes[name]));
    }
    addOwnTags(span, dialect, (name, value) => {
      names.push(this.#all.get(name));
      values.push(value);
    });
    return { names, values, shared: this.tags };
  }
}

function tagsFrom(tags: ReadonlyMap<string, string>, all: TagNames): Tags {
  return { names: [...tags.keys()].map((name) => all.get(name)), values: [...tags.values()] };
}

/** Tags of resource and scope, by name; those of the resource win. `service.name` is the endpoint's. */
export function sharedTags(
  resource: ResourceRecord,
  scope: ScopeRecord,
  withResource: boolean,
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  const add = (name: string, value: AttributeValue): void => {
    const key = isOwnTag(name) ? renamed(name) : name;
    if (!tags.has(key)) tags.set(key, valueToText(value));
  };
  if (withResource) {
    for (const name of Object.keys(resource.attributes)) {
      if (name !== 'service.name') add(name, resource.attributes[name]);
    }
  }
  if (scope.name !== '') {
    tags.set('otel.scope.name', scope.name);
    if (scope.version) tags.set('otel.scope.version', scope.version);
    tags.set('otel.library.name', scope.name);
    if (scope.version) tags.set('otel.library.version', scope.version);
  }
  const attributes = scope.attributes ?? {};
  for (const name of Object.keys(attributes)) add(name, attributes[name]);
  return tags;
}

/** Every name once: the exporter's own, then the span's, then those it shares. */
function mergedTags(span: SpanRecord, shared: ReadonlyMap<string, string>, dialect: Dialect): Map<string, string> {
  const own = new Map<string, string>();
  addOwnTags(span, dialect, (name, value) => own.set(name, value));
  const tags = new Map<string, string>();
  for (const [name, value] of Object.entries(span.attributes as AttributeMap)) {
    if (name === 'error' && span.status.code !== 2) {
      if (!isFalseError(value)) tags.set(name, valueToText(value));
    } else if (!own.has(name) && !name.startsWith('otlp.link.')) tags.set(name, valueToText(value));
    else if (own.get(name) !== valueToText(value)) tags.set(renamed(name), valueToText(value));
  }
  for (const [name, value] of own) tags.set(name, value);
  for (const [name, value] of shared) if (!tags.has(name)) tags.set(name, value);
  return tags;
}

function renamed(name: string): string {
  return `attributes.${name}`;
}

function textOf(value: AttributeValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Object.is(value, -0) ? '0' : String(value);
    default:
      return valueToText(value);
  }
}
