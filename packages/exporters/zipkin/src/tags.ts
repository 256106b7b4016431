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

/** Names and values, in step. */
export interface Tags {
  readonly names: string[];
  readonly values: string[];
}

/** The tags of a span: its own, and those it shares, where no name is in both. */
export interface SpanTags extends Tags {
  readonly shared: Tags | undefined;
}

const NO_TAGS: Tags = { names: [], values: [] };

/** Tags of resource and scope, by name; those of the resource win. `service.name` is the endpoint's. */
export function sharedTags(resource: ResourceRecord, scope: ScopeRecord, withResource: boolean): Tags {
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
  return tags.size === 0 ? NO_TAGS : { names: [...tags.keys()], values: [...tags.values()] };
}

/** The tags of a span. `known` are the names in `shared`. */
export function tagsOf(span: SpanRecord, shared: Tags, known: ReadonlySet<string>, dialect: Dialect): SpanTags {
  const names: string[] = [];
  const values: string[] = [];
  const { attributes } = span;
  for (const name in attributes) {
    if (known.has(name) || isOwnTag(name)) return mergedTags(span, shared, dialect);
    names.push(name);
    values.push(textOf(attributes[name]));
  }
  addOwnTags(span, dialect, (name, value) => {
    names.push(name);
    values.push(value);
  });
  return { names, values, shared };
}

/** Every name once: the exporter's own, then the span's, then those it shares. */
function mergedTags(span: SpanRecord, shared: Tags, dialect: Dialect): SpanTags {
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
  for (let i = 0; i < shared.names.length; i++) {
    const name = shared.names[i] ?? '';
    if (!tags.has(name)) tags.set(name, shared.values[i] ?? '');
  }
  return { names: [...tags.keys()], values: [...tags.values()], shared: undefined };
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
