/** Attribute maps: how decoded ones are made, and how to change one without losing what marks its doubles. */
import { type AttributeMap, type AttributeValue, DOUBLES, type ResourceRecord } from './records.ts';

/** A map that is being filled. */
export interface MutableAttributes {
  [key: string]: AttributeValue;
  [DOUBLES]?: Set<string>;
}

/** An array that knows which of its indices are integral doubles. */
export interface MarkedArray extends ReadonlyArray<AttributeValue> {
  readonly [DOUBLES]?: ReadonlySet<number>;
}

/**
 * `Object.create(null)` makes a dictionary that is three times slower to fill and to read than an object of a
 * class. This class has nothing above it but an empty object without prototype, so `__proto__` and `constructor`
 * are ordinary keys all the same.
 */
const Attributes = function Attributes() {} as unknown as new () => MutableAttributes;
Attributes.prototype = Object.create(null);

/**
 * An empty map in which every key is ordinary, `__proto__` included.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { emptyAttributes, type MutableAttributes } from '@telemetryflow/otlp';
 *
 * const attributes: MutableAttributes = emptyAttributes();
 * attributes['__proto__'] = 'a key like any other';
 * assert.deepEqual(Object.keys(attributes), ['__proto__']);
 * ```
 */
export function emptyAttributes(): MutableAttributes {
  return new Attributes();
}

/**
 * The map with this attribute set. `kind` says how a number is meant: an integral one is an int64 unless it is
 * `'double'`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AttributeMap, isDouble, withAttribute } from '@telemetryflow/otlp';
 *
 * const attributes: AttributeMap = { team: 'checkout' };
 * const changed = withAttribute(attributes, 'load', 1, 'double');
 * assert.deepEqual([changed['load'], isDouble(changed, 'load')], [1, true]);
 * assert.deepEqual(attributes, { team: 'checkout' });
 * ```
 */
export function withAttribute(
  attributes: AttributeMap,
  key: string,
  value: AttributeValue,
  kind?: 'double',
): AttributeMap {
  const changes = new AttributeChanges(attributes);
  changes.set(key, value, kind);
  return changes.result;
}

/**
 * The map without this attribute; the same object when it has none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { withoutAttribute } from '@telemetryflow/otlp';
 *
 * const attributes = { 'http.route': '/cart', 'user.email': 'jo@example.com' };
 * assert.deepEqual({ ...withoutAttribute(attributes, 'user.email') }, { 'http.route': '/cart' });
 * assert.equal(withoutAttribute(attributes, 'user.id'), attributes);
 * ```
 */
export function withoutAttribute(attributes: AttributeMap, key: string): AttributeMap {
  const changes = new AttributeChanges(attributes);
  changes.delete(key);
  return changes.result;
}

/**
 * Any number of changes to a map, which is copied once, at the first of them: a copy for each makes an item with ten
 * thousand attributes hold up the loop for minutes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { AttributeChanges, type AttributeMap } from '@telemetryflow/otlp';
 *
 * const attributes: AttributeMap = { 'http.route': '/cart', 'user.email': 'jo@example.com' };
 * const changes = new AttributeChanges(attributes);
 * assert.equal(changes.result, attributes);
 * changes.delete('user.email');
 * changes.set('team', 'checkout');
 * assert.deepEqual({ ...changes.result }, { 'http.route': '/cart', team: 'checkout' });
 * ```
 */
export class AttributeChanges {
  readonly #original: AttributeMap;
  #copy: MutableAttributes | undefined;

  constructor(attributes: AttributeMap) {
    this.#original = attributes;
  }

  /** The changed map; the original itself when nothing was changed. */
  get result(): AttributeMap {
    return this.#copy ?? this.#original;
  }

  /** `kind` as in {@link withAttribute}. */
  set(key: string, value: AttributeValue, kind?: 'double'): void {
    const copy = this.#changed();
    copy[key] = value;
    unmarkDouble(copy, key);
    if (kind === 'double' && typeof value === 'number') markDouble(copy, key);
  }

  delete(key: string): void {
    if (!Object.hasOwn(this.result, key)) return;
    const copy = this.#changed();
    delete copy[key];
    unmarkDouble(copy, key);
  }

  #changed(): MutableAttributes {
    this.#copy ??= copyAttributes(this.#original);
    return this.#copy;
  }
}

/**
 * The resource with these attributes; the same object when they are its own. Made field by field: the resources of an
 * SDK are class instances, of which a spread would lose the getters.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ResourceRecord, withAttribute, withResourceAttributes } from '@telemetryflow/otlp';
 *
 * const resource: ResourceRecord = { attributes: { 'service.name': 'shop' }, schemaUrl: 'https://example.com/1' };
 * const moved = withResourceAttributes(resource, withAttribute(resource.attributes, 'cloud.region', 'eu-west-1'));
 * assert.equal(moved.attributes['cloud.region'], 'eu-west-1');
 * assert.equal(moved.schemaUrl, 'https://example.com/1');
 * ```
 */
export function withResourceAttributes(resource: ResourceRecord, attributes: AttributeMap): ResourceRecord {
  if (attributes === resource.attributes) return resource;
  const { schemaUrl, droppedAttributesCount, entityRefs } = resource;
  return {
    attributes,
    ...(schemaUrl !== undefined && { schemaUrl }),
    ...(droppedAttributesCount !== undefined && { droppedAttributesCount }),
    ...(entityRefs !== undefined && { entityRefs }),
  };
}

/** Maps without doubles have no mark at all, as those that are decoded: with an empty one they would not be equal. */
function unmarkDouble(changed: MutableAttributes, key: string): void {
  const doubles = changed[DOUBLES];
  if (doubles?.delete(key) === true && doubles.size === 0) delete changed[DOUBLES];
}

/**
 * A copy of an array value that keeps the marks of its doubles, which `slice` and spread lose.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type AttributeValue, copyArray, DOUBLES, isDouble } from '@telemetryflow/otlp';
 *
 * const loads: AttributeValue[] = Object.assign([1, 0.5], { [DOUBLES]: new Set([0]) });
 * assert.deepEqual([isDouble(copyArray(loads), 0), isDouble([...loads], 0)], [true, false]);
 * ```
 */
export function copyArray(values: readonly AttributeValue[]): AttributeValue[] {
  const copy: AttributeValue[] & { [DOUBLES]?: ReadonlySet<number> } = values.slice();
  const doubles = (values as MarkedArray)[DOUBLES];
  if (doubles !== undefined) copy[DOUBLES] = new Set(doubles);
  return copy;
}

/**
 * True when the number at this key (or index) is an OTLP double: it is not an integer, or it is marked.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { isDouble, withAttribute } from '@telemetryflow/otlp';
 *
 * const attributes = withAttribute({ retries: 2, ratio: 0.5 }, 'load', 2, 'double');
 * const doubles = Object.keys(attributes).filter((key) => isDouble(attributes, key));
 * assert.deepEqual(doubles, ['ratio', 'load']);
 * ```
 */
export function isDouble(container: AttributeMap | readonly AttributeValue[], key: string | number): boolean {
  if (!Object.hasOwn(container, key)) return false;
  if (Array.isArray(container)) {
    const value: unknown = container[Number(key)];
    const doubles = (container as MarkedArray)[DOUBLES];
    return typeof value === 'number' && (!isInt64Number(value) || doubles?.has(Number(key)) === true);
  }
  const map = container as AttributeMap;
  const value = map[key];
  return typeof value === 'number' && (!isInt64Number(value) || map[DOUBLES]?.has(String(key)) === true);
}

/** True for a number that is written as int64 unless it is marked as double: a safe integer that is not -0. */
export function isInt64Number(value: number): boolean {
  return Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0);
}

/** Marks a key of a map that is being filled as an integral double. */
export function markDouble(attributes: MutableAttributes, key: string): void {
  const doubles = attributes[DOUBLES];
  if (doubles === undefined) attributes[DOUBLES] = new Set([key]);
  else doubles.add(key);
}

function copyAttributes(attributes: AttributeMap): MutableAttributes {
  const copy: MutableAttributes = Object.assign(emptyAttributes(), attributes);
  const doubles = attributes[DOUBLES];
  if (doubles !== undefined) copy[DOUBLES] = new Set(doubles);
  return copy;
}
