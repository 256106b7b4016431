/**
 * One block of the configuration by its schema: names, types, units, secrets and defaults.
 * Whether values are allowed (ranges, words, required keys) is the validator's verdict, not decided here.
 */
import type { ConfigPath } from '../errors/problem.ts';
import type { DecodeContext } from './decode-context.ts';
import { type Decoded, decodeScalar, type Site, usable, wrongType } from './decode-scalar.ts';
import { didYouMean } from './nearest.ts';
import { parseObject } from './object-source.ts';
import { originOf } from './origin.ts';
import type { ArraySchema, FieldSchema, MapSchema, ObjectSchema, UnionSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { type ConfigNode, emptyMap, isNull, type MapEntry, type MapNode, type ScalarNode } from './tree.ts';

export type AnyObjectSchema = ObjectSchema<Record<string, unknown>>;

/** Decodes a whole block. A key without value is an empty block. Undefined: reported. */
export function decodeBlock(
  schema: AnyObjectSchema,
  node: ConfigNode,
  keyPosition: MapEntry['keyPosition'],
  cx: DecodeContext,
): Decoded | undefined {
  cx.place([], node, keyPosition);
  return decodeObject(schema, node, [], cx);
}

function decodeField(schema: FieldSchema, node: ConfigNode, site: Site, cx: DecodeContext): Decoded | undefined {
  if ('oneOfTypes' in schema) return decodeUnion(schema, node, site, cx);
  switch (schema.type) {
    case 'any':
      return decodeAny(node, site, cx);
    case 'array':
      return decodeArray(schema, node, site, cx);
    case 'object':
      return 'values' in schema ? decodeMap(schema, node, site, cx) : decodeObject(schema, node, site.path, cx);
    default:
      return decodeScalar(schema, node, site, cx);
  }
}

function decodeObject(
  schema: AnyObjectSchema,
  node: ConfigNode,
  path: ConfigPath,
  cx: DecodeContext,
): Decoded | undefined {
  const map = asMap(node);
  if (map === undefined) return wrongType({ description: '', ...schema }, node, { path, required: false }, cx);
  cx.origin(path, originOf(node));
  const written = matchKeys(schema, map, path, cx);
  const plain: [string, unknown][] = [];
  const value: [string, unknown][] = [];
  for (const [key, field] of Object.entries(schema.properties)) {
    const entry = written.get(key);
    const site = { path: [...path, key], required: schema.required?.includes(key) ?? false };
    let decoded: Decoded | undefined;
    if (entry !== undefined) {
      cx.place(site.path, entry.value, entry.keyPosition);
      if (field.deprecated !== undefined) {
        const params = { key: entry.key, reason: field.deprecated };
        cx.warn('TFO_WARN_CONFIG_DEPRECATED', entry.value, { position: entry.keyPosition, params });
      }
      decoded = decodeField(field, entry.value, site, cx);
      if (decoded !== undefined) plain.push([key, decoded.plain]);
    }
    decoded ??= decodeDefault(field, site, cx);
    if (decoded !== undefined) value.push([key, decoded.value]);
  }
  return { plain: Object.fromEntries(plain), value: Object.fromEntries(value) };
}

/** Entries under their canonical keys; reports unknown keys and options given under two names. */
function matchKeys(
  schema: AnyObjectSchema,
  map: MapNode,
  path: ConfigPath,
  cx: DecodeContext,
): ReadonlyMap<string, MapEntry> {
  const canonical = new Map<string, string>();
  for (const [key, field] of Object.entries(schema.properties)) {
    for (const alias of field.aliases ?? []) canonical.set(alias, key);
  }
  for (const key of Object.keys(schema.properties)) canonical.set(key, key);
  const written = new Map<string, MapEntry>();
  for (const [key, entry] of map.entries) {
    const name = canonical.get(key);
    const details = { position: entry.keyPosition, path: entry.value.path };
    if (name === undefined) {
      const known = Object.keys(schema.properties).join(', ') || 'none';
      const hint = didYouMean(key, canonical.keys());
      cx.fail('TFO_ERR_CONFIG_UNKNOWN_KEY', [...path, key], entry.value, { ...details, hint, params: { key, known } });
    } else if (written.has(name)) {
      cx.fail('TFO_ERR_CONFIG_KEY_TWICE', [...path, name], entry.value, { ...details, params: { key, other: name } });
    } else {
      written.set(name, entry);
    }
  }
  return written;
}

function decodeDefault(schema: FieldSchema, site: Site, cx: DecodeContext): Decoded | undefined {
  if ('default' in schema && schema.default !== undefined) {
    const node = parseObject(schema.default);
    return cx.asDefault(site.path, () => decodeField(schema, node, { ...site, required: false }, cx));
  }
  if (!('oneOfTypes' in schema) && schema.type === 'object' && 'present' in schema && schema.present === true) {
    return cx.asDefault(site.path, () => decodeObject(schema, emptyMap(undefined, []), site.path, cx));
  }
  return undefined;
}

function decodeMap(schema: MapSchema, node: ConfigNode, site: Site, cx: DecodeContext): Decoded | undefined {
  const map = node.kind === 'list' && schema.fromList === true ? mapFromList(node.items, node, site, cx) : asMap(node);
  if (map === undefined) return cx.hasFailed(site.path) ? undefined : wrongType(schema, node, site, cx);
  cx.origin(site.path, originOf(node));
  const plain: [string, unknown][] = [];
  const value: [string, unknown][] = [];
  for (const [key, entry] of map.entries) {
    const path = [...site.path, key];
    cx.place(path, entry.value, entry.keyPosition);
    const decoded = decodeField(schema.values, blockOrNull(schema.values, entry.value), { path, required: false }, cx);
    if (decoded === undefined) continue;
    plain.push([key, decoded.plain]);
    value.push([key, decoded.value]);
  }
  return { plain: Object.fromEntries(plain), value: Object.fromEntries(value) };
}

/** `["env:production", "team:a"]` as a map. */
function mapFromList(
  items: readonly ConfigNode[],
  list: ConfigNode,
  site: Site,
  cx: DecodeContext,
): MapNode | undefined {
  const entries = new Map<string, MapEntry>();
  for (const item of items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') {
      const params = { expected: 'key:value', actual: 'something else' };
      cx.fail('TFO_ERR_CONFIG_TYPE', site.path, item, { params });
      continue;
    }
    const colon = item.text.indexOf(':');
    if (colon < 1) {
      if (!usable(item, { ...site, required: false }, cx, false) || item.text === '') continue;
      cx.fail('TFO_ERR_CONFIG_TYPE', site.path, item, {
        params: { expected: 'key:value', actual: 'text without a colon' },
      });
      continue;
    }
    const text = item.text.slice(colon + 1).trim();
    const key = item.text.slice(0, colon).trim();
    entries.set(key, { key, keyPosition: item.position, value: { ...item, value: text, text } });
  }
  return cx.hasFailed(site.path) ? undefined : { kind: 'map', entries, position: list.position, path: list.path };
}

function decodeArray(schema: ArraySchema, node: ConfigNode, site: Site, cx: DecodeContext): Decoded | undefined {
  if (isNull(node)) return undefined;
  if (node.kind !== 'list') {
    const hint = node.kind === 'scalar' ? 'write [value], or "- value" on a line of its own' : undefined;
    return wrongType(schema, node, site, cx, hint);
  }
  cx.origin(site.path, originOf(node));
  const plain: unknown[] = [];
  const value: unknown[] = [];
  for (const item of node.items) {
    const path = [...site.path, plain.length];
    cx.place(path, item, item.position);
    const decoded = decodeField(schema.items, item, { path, required: site.required }, cx);
    if (decoded === undefined && !cx.hasFailed(path)) continue;
    // An item that was refused keeps its place, so that later ones keep their index.
    plain.push(decoded?.plain ?? null);
    value.push(decoded?.value);
  }
  return { plain, value };
}

function decodeUnion(schema: UnionSchema, node: ConfigNode, site: Site, cx: DecodeContext): Decoded | undefined {
  const alternative = schema.oneOfTypes.find((each) => accepts(each, node));
  if (alternative !== undefined) return decodeField(alternative, node, site, cx);
  if (isNull(node)) return undefined;
  const scalars = node.kind === 'scalar' ? schema.oneOfTypes.filter((each) => !isContainer(each)) : [];
  const fallback = scalars.find((each) => !('oneOfTypes' in each) && each.type === 'string') ?? scalars[0];
  return fallback === undefined ? wrongType(schema, node, site, cx) : decodeField(fallback, node, site, cx);
}

/** Whether this alternative of a union is the one for a node, by JSON type. */
function accepts(schema: FieldSchema, node: ConfigNode): boolean {
  if ('oneOfTypes' in schema) return schema.oneOfTypes.some((each) => accepts(each, node));
  if (schema.type === 'any') return true;
  if (node.kind === 'map') return schema.type === 'object';
  if (node.kind === 'list') return schema.type === 'array' || ('values' in schema && schema.fromList === true);
  if (node.value === null) return schema.type === 'object';
  const text = node.substitution === undefined ? undefined : node.text.trim();
  if (schema.type === 'boolean') {
    return typeof node.value === 'boolean' || (text !== undefined && /^(?:true|false)$/i.test(text));
  }
  if (schema.type === 'number' || schema.type === 'integer') {
    return typeof node.value === 'number' || (text !== undefined && text !== '' && Number.isFinite(Number(text)));
  }
  return false;
}

function isContainer(schema: FieldSchema): boolean {
  return !('oneOfTypes' in schema) && (schema.type === 'object' || schema.type === 'array');
}

function decodeAny(node: ConfigNode, site: Site, cx: DecodeContext): Decoded | undefined {
  if (node.kind === 'scalar' && !usable(node, site, cx, false)) return undefined;
  cx.origin(site.path, originOf(node));
  if (node.kind === 'scalar') {
    const value = scalarValue(node);
    return { plain: value, value };
  }
  const value: [string | number, unknown][] = [];
  const children: readonly (readonly [string | number, ConfigNode])[] =
    node.kind === 'list' ? [...node.items.entries()] : [...node.entries].map(([key, entry]) => [key, entry.value]);
  for (const [key, child] of children) {
    const path = [...site.path, key];
    cx.place(path, child, child.position);
    const decoded = isNull(child) ? { value: null } : decodeAny(child, { path, required: site.required }, cx);
    if (decoded !== undefined) value.push([key, decoded.value]);
  }
  const whole = node.kind === 'list' ? value.map(([, item]) => item) : Object.fromEntries(value);
  return { plain: whole, value: whole };
}

function scalarValue(node: ScalarNode): unknown {
  if (node.value instanceof Secret) return node.value;
  return typeof node.value === 'bigint' ? Number(node.value) : node.value;
}

/** A key without value is an empty map. */
function asMap(node: ConfigNode): MapNode | undefined {
  if (node.kind === 'map') return node;
  return isNull(node) ? emptyMap(node.position, node.path) : undefined;
}

/** In a map of scalars a key without value is empty text. */
function blockOrNull(schema: FieldSchema, node: ConfigNode): ConfigNode {
  if (!isNull(node) || 'oneOfTypes' in schema || schema.type !== 'string' || 'unit' in schema) return node;
  return { ...node, value: '', text: '' };
}
