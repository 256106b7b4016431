/** The tags of lines: what resource, scope and point say, merged, sorted by key. */
import type { AttributeMap, ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import type { InfluxdbConfig } from './config.ts';
import { keyText, tagValue } from './text.ts';

/** `time` is no tag for InfluxDB; the others are columns of Flux. */
const RESERVED: ReadonlySet<string> = new Set(['time', '_measurement', '_field', '_time', '_value', '_start', '_stop']);
const MAX_PLANS = 1000;

/** The keys of the fields that go with the tags: a tag of the same name is another column, or an error. */
export interface FieldKeys {
  readonly id: string;
  has(key: string): boolean;
}

/** The tags of one resource and scope, by key as it came. */
export interface SharedTags {
  readonly values: ReadonlyMap<string, string>;
  readonly plans: Map<string, Plan>;
  last: Plan | undefined;
}

/** How tags of points with the same keys are put together: fixed text, and values of the point in between. */
interface Plan {
  readonly names: readonly string[];
  readonly fields: FieldKeys;
  readonly steps: readonly Step[];
  readonly end: string;
}

interface Step {
  /** Tags of the resource and scope before it, `,key=value` each. */
  readonly before: string;
  /** The same, and `,key=`. */
  readonly start: string;
  readonly name: string;
}

/** Puts tags together; remembers the order of keys, since the points of a metric have the same ones. */
export class TagEncoder {
  readonly #takes: (name: string) => boolean;
  readonly #shared = new WeakMap<ResourceRecord, WeakMap<ScopeRecord, SharedTags>>();

  constructor({
    resource_attributes: { include, exclude },
    tags,
  }: Pick<InfluxdbConfig, 'resource_attributes' | 'tags'>) {
    const included = anyOf(include);
    const excluded = anyOf(exclude);
    this.#takes = (name) => Object.hasOwn(tags, name) || (included(name) && !excluded(name));
  }

  /** The tags of a resource and scope; what the scope says wins. */
  shared(resource: ResourceRecord, scope: ScopeRecord): SharedTags {
    let scopes = this.#shared.get(resource);
    if (scopes === undefined) {
      scopes = new WeakMap();
      this.#shared.set(resource, scopes);
    }
    let made = scopes.get(scope);
    if (made === undefined) {
      made = { values: this.#valuesOf(resource, scope), plans: new Map(), last: undefined };
      scopes.set(scope, made);
    }
    return made;
  }

  /** `,key=value` for each tag. */
  text(shared: SharedTags, attributes: AttributeMap, fields: FieldKeys): string {
    const plan = planOf(shared, Object.keys(attributes), fields);
    let text = '';
    for (const { before, start, name } of plan.steps) {
      const value = tagValue(attributes[name]);
      text += value === '' ? before : start + value;
    }
    return text + plan.end;
  }

  #valuesOf({ attributes }: ResourceRecord, scope: ScopeRecord): Map<string, string> {
    const values = new Map<string, string>();
    for (const name of Object.keys(attributes)) if (this.#takes(name)) values.set(name, tagValue(attributes[name]));
    values.set('otel.library.name', tagValue(scope.name));
    values.set('otel.library.version', tagValue(scope.version));
    for (const name of Object.keys(scope.attributes ?? {})) values.set(name, tagValue(scope.attributes?.[name]));
    return values;
  }
}

function planOf(shared: SharedTags, names: readonly string[], fields: FieldKeys): Plan {
  const { last } = shared;
  if (last !== undefined && last.fields === fields && sameNames(last.names, names)) return last;
  const id = `${fields.id} ${names.join('\0')}`;
  let plan = shared.plans.get(id);
  if (plan === undefined) {
    if (shared.plans.size >= MAX_PLANS) shared.plans.clear();
    plan = makePlan(shared.values, names, fields);
    shared.plans.set(id, plan);
  }
  shared.last = plan;
  return plan;
}

function makePlan(values: ReadonlyMap<string, string>, names: readonly string[], fields: FieldKeys): Plan {
  const tags = new Map<string, { readonly value: string } | { readonly name: string }>();
  for (const [name, value] of values) if (value !== '') tags.set(tagKey(name, fields), { value });
  for (const name of names) tags.set(tagKey(name, fields), { name });
  tags.delete('');
  const steps: Step[] = [];
  let before = '';
  for (const key of [...tags.keys()].sort()) {
    const tag = tags.get(key);
    if (tag === undefined) continue;
    if ('value' in tag) {
      before += `,${key}=${tag.value}`;
    } else {
      steps.push({ before, start: `${before},${key}=`, name: tag.name });
      before = '';
    }
  }
  return { names, fields, steps, end: before };
}

/** The key on the wire; names that mean something else there get a `_`. */
function tagKey(name: string, fields: FieldKeys): string {
  const key = RESERVED.has(name) || fields.has(name) ? `${name}_` : name;
  return keyText(key);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** True for the names that one of the patterns names; `*` stands for anything. */
function anyOf(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  const sources = patterns.map((pattern) => pattern.split('*').map(literal).join('.*'));
  const expression = new RegExp(`^(?:${sources.join('|')})$`, 's');
  return (name) => expression.test(name);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
