/** Changes the scalars of attributes wherever they are: in arrays and maps too. */
import { AttributeChanges, copyArray } from './attributes.ts';
import type { AttributeMap, AttributeValue } from './records.ts';

/**
 * Given for a value, leaves out the attribute (or the entry of a map) that has it. An array keeps the element.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LEFT_OUT, mapScalars } from '@telemetryflow/otlp';
 *
 * const attributes = { team: null, shop: { currency: null, country: 'DE' } };
 * const full = mapScalars(attributes, (value) => value ?? LEFT_OUT);
 * assert.equal(JSON.stringify(full), '{"shop":{"country":"DE"}}');
 * ```
 */
export const LEFT_OUT: unique symbol = Symbol('left out');

/** What becomes of a scalar: bytes are one, and so are `null` and `undefined`. */
export type ScalarChange = (value: AttributeValue) => AttributeValue | typeof LEFT_OUT;

/**
 * The attributes with every scalar changed; the same object when all stay as they are.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mapScalars, type ScalarChange } from '@telemetryflow/otlp';
 *
 * const finite: ScalarChange = (value) =>
 *   typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
 * const attributes = { ratio: Number.NaN, loads: [0.5, Number.POSITIVE_INFINITY] };
 * const changed = mapScalars(attributes, finite);
 * assert.deepEqual({ ...changed }, { ratio: 'NaN', loads: [0.5, 'Infinity'] });
 * assert.equal(mapScalars(changed, finite), changed);
 * ```
 */
export function mapScalars(attributes: AttributeMap, change: ScalarChange): AttributeMap {
  const changes = new AttributeChanges(attributes);
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    const changed = mapValue(value, change);
    if (changed === LEFT_OUT) changes.delete(key);
    else if (!Object.is(changed, value)) changes.set(key, changed);
  }
  return changes.result;
}

function mapValue(value: AttributeValue, change: ScalarChange): AttributeValue | typeof LEFT_OUT {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return change(value);
  if (!Array.isArray(value)) return mapScalars(value as AttributeMap, change);
  const elements = value as readonly AttributeValue[];
  let copy: AttributeValue[] | undefined;
  for (const [index, element] of elements.entries()) {
    const changed = mapValue(element, change);
    if (changed === LEFT_OUT || Object.is(changed, element)) continue;
    copy ??= copyArray(elements);
    copy[index] = changed;
  }
  return copy ?? elements;
}
