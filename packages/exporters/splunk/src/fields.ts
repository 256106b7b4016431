/**
 * Indexed fields: flat, from the attributes of resource, scope and item. What is written once per resource and scope
 * is kept as text.
 */
import {
  type AttributeMap,
  type AttributeValue,
  type PlainJson,
  quoted,
  toPlainJson,
  valueToText,
} from '@telemetryflow/otlp';

/** A name and its value as JSON text. */
export type Field = readonly [name: string, json: string];

/** How values are written: as they are, or, for the dimensions of metrics, as strings. */
export interface FieldStyle {
  value(value: AttributeValue): string | undefined;
  /** The name in the index. */
  name(name: string): string;
}

/** Fields of all items of one resource and scope. */
export interface SharedFields {
  readonly text: string;
  readonly names: ReadonlySet<string>;
  readonly layers: readonly Layer[];
}

/** Fields of one origin; what loses its name to a stronger layer keeps it behind this prefix. */
export interface Layer {
  readonly prefix: string;
  readonly fields: readonly Field[];
}

/** Names of long lists are not worth remembering. */
const MAX_NAMES = 4096;

/** Fields of events: typed. */
export const EVENT_FIELDS: FieldStyle = { value: jsonOf, name: (name) => name || '_' };

/** Dimensions of metrics: strings, with names that Splunk has no other use for. */
export const DIMENSIONS: FieldStyle = {
  value: (value) => (value === null || value === undefined ? undefined : quoted(valueToText(value))),
  name(name) {
    if (/^metric_name|^metric_type$|^le$|^qt$/.test(name)) return `attr.${name}`;
    return name === '' || name.startsWith('_') ? `attr${name || '_'}` : name;
  },
};

/** What becomes of a name that is to be written as it is, is left out, or needs a closer look. */
const HIDDEN = '';
const LOOK = ' ';

/** Writes fields in one style. */
export class FieldWriter {
  readonly #style: FieldStyle;
  readonly #hidden: ReadonlySet<string>;
  readonly #reserved: ReadonlySet<string>;
  /** The text before a value, {@link HIDDEN} or {@link LOOK}. */
  readonly #keys = new Map<string, string>();

  /** `hidden` attributes are written elsewhere; `reserved` names belong to the exporter. */
  constructor(style: FieldStyle, hidden: ReadonlySet<string>, reserved: ReadonlySet<string> = new Set()) {
    this.#style = style;
    this.#hidden = hidden;
    this.#reserved = reserved;
  }

  shared(resource: AttributeMap, scope: readonly Field[], scopeAttributes: AttributeMap = {}): SharedFields {
    const layers: Layer[] = [
      { prefix: 'resource.', fields: this.flatten(resource) },
      { prefix: 'scope.', fields: [...scope, ...this.flatten(scopeAttributes)] },
    ];
    const merged = this.#merge(layers);
    return { text: textOf(merged), names: new Set(merged.map(([name]) => name)), layers };
  }

  /** All fields of an item: `{…}` without braces. `own` are the exporter's own, of reserved names, as text. */
  write(shared: SharedFields, attributes: AttributeMap, own: string): string {
    let text = shared.text;
    for (const name in attributes) {
      const value = attributes[name];
      const key = this.#keys.get(name) ?? this.#key(name);
      if (key === HIDDEN) continue;
      if (key === LOOK || isMap(value) || shared.names.has(name)) return this.#slow(shared, attributes, own);
      const json = this.#style.value(value);
      if (json !== undefined) text += text === '' ? key + json : `,${key}${json}`;
    }
    return joined(text, own);
  }

  /** The attributes as fields, maps flattened. */
  flatten(attributes: AttributeMap): Field[] {
    const fields: Field[] = [];
    for (const name of Object.keys(attributes)) {
      if (!this.#hidden.has(name)) this.#flattenValue(fields, name, attributes[name]);
    }
    return fields;
  }

  #flattenValue(fields: Field[], name: string, value: AttributeValue): void {
    const plain = isMap(value) ? toPlainJson(value) : undefined;
    if (typeof plain === 'object' && plain !== null) {
      for (const [key, inner] of Object.entries(plain as { readonly [key: string]: PlainJson })) {
        this.#flattenValue(fields, `${name}.${key}`, inner as AttributeValue);
      }
      return;
    }
    const json = this.#style.value(value);
    if (json !== undefined) fields.push([this.#style.name(name), json]);
  }

  #slow(shared: SharedFields, attributes: AttributeMap, own: string): string {
    const item = { prefix: 'attributes.', fields: this.flatten(attributes) };
    return joined(textOf(this.#merge([...shared.layers, item])), own);
  }

  /** Every field under a name of its own; where two have one name, that of the later layer keeps it. */
  #merge(layers: readonly Layer[]): Field[] {
    const winners = new Map<string, Field>();
    for (const { fields } of layers) for (const field of fields) winners.set(field[0], field);
    const taken = new Set([...winners.keys(), ...this.#reserved]);
    const merged: Field[] = [];
    for (const { prefix, fields } of layers) {
      for (const field of fields) {
        const [name, json] = field;
        if (winners.get(name) === field && !this.#reserved.has(name)) {
          merged.push(field);
          continue;
        }
        let free = `${prefix}${name}`;
        while (taken.has(free)) free += '_';
        taken.add(free);
        merged.push([free, json]);
      }
    }
    return merged;
  }

  #key(name: string): string {
    const key = this.#hidden.has(name) ? HIDDEN : this.#asItIs(name) ? `${quoted(name)}:` : LOOK;
    if (this.#keys.size >= MAX_NAMES) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }

  /** A renamed one may meet another of that name. */
  #asItIs(name: string): boolean {
    return this.#style.name(name) === name && !this.#reserved.has(name);
  }
}

/** The end of an event with these fields. */
export function fieldsMember(fields: string): string {
  return fields === '' ? '}' : `,"fields":{${fields}}}`;
}

function isMap(value: AttributeValue): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function joined(text: string, more: string): string {
  return text === '' || more === '' ? text + more : `${text},${more}`;
}

function textOf(fields: readonly Field[]): string {
  let text = '';
  for (const [name, json] of fields) text += `${text === '' ? '' : ','}${quoted(name)}:${json}`;
  return text;
}

/** A scalar, or an array of scalars of one type; everything else is text, and nothing is `undefined`. */
function jsonOf(value: AttributeValue): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${nonFiniteText(value)}"`;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return undefined;
      return Array.isArray(value) ? arrayJson(value) : quoted(valueToText(value));
    default:
      return undefined;
  }
}

function nonFiniteText(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function arrayJson(values: readonly AttributeValue[]): string {
  const nested = values.some((value) => typeof value === 'object' && value !== null && !(value instanceof Uint8Array));
  if (nested) return quoted(valueToText(values));
  const kinds = new Set(values.map(kindOf));
  if (kinds.size > 1) return `[${values.map((value) => quoted(scalarText(value))).join(',')}]`;
  return `[${values.map((value) => jsonOf(value) ?? '""').join(',')}]`;
}

function kindOf(value: AttributeValue): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'string';
  if (typeof value === 'bigint') return 'number';
  return typeof value === 'object' && value !== null ? 'string' : typeof value;
}

function scalarText(value: AttributeValue): string {
  return typeof value === 'number' && !Number.isFinite(value) ? nonFiniteText(value) : valueToText(value);
}
