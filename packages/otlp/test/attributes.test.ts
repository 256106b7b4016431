import { expect, test } from '@jest/globals';
import {
  AttributeChanges,
  type AttributeMap,
  type AttributeValue,
  DOUBLES,
  isDouble,
  LEFT_OUT,
  mapScalars,
  withAttribute,
} from '@telemetryflow/otlp';
import { deepFreeze } from '@telemetryflow/testkit';

test('changes leave the map alone and make one copy, which keeps the marks of doubles', () => {
  const attributes = withAttribute({ a: 1, b: 2, c: 3 }, 'd', 4, 'double');
  const changes = new AttributeChanges(attributes);
  changes.delete('absent');
  expect(changes.result).toBe(attributes);
  changes.set('a', 5, 'double');
  const copy = changes.result;
  changes.delete('b');
  changes.set('d', 6);
  expect(changes.result).toBe(copy);
  expect({ ...copy }).toEqual({ a: 5, c: 3, d: 6, [DOUBLES]: new Set(['a']) });
  expect({ ...attributes }).toEqual({ a: 1, b: 2, c: 3, d: 4, [DOUBLES]: new Set(['d']) });
});

test('scalars are changed at any depth, and left out of maps but not of arrays', () => {
  const loads: readonly AttributeValue[] = Object.assign([1, null, 2], { [DOUBLES]: new Set([0]) });
  const attributes: AttributeMap = deepFreeze({ none: null, missing: undefined, map: { none: null, x: 'y' }, loads });
  const full = mapScalars(attributes, (value) => (value === 'y' ? 'z' : (value ?? LEFT_OUT)));
  expect({ ...full, map: { ...(full['map'] as AttributeMap) } }).toEqual({ map: { x: 'z' }, loads });
  const texts = mapScalars(attributes, (value) => value ?? 'none')['loads'] as readonly AttributeValue[];
  expect([[...texts], isDouble(texts, 0)]).toEqual([[1, 'none', 2], true]);
  expect(mapScalars(attributes, (value) => value)).toBe(attributes);
});

test('what many attributes cost does not grow with their square', () => {
  // Counted, not timed: every attribute is read once to change it, and once more to copy the map.
  let reads = 0;
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, null]));
  const counted = new Proxy(many, {
    get(target, key) {
      reads++;
      return Reflect.get(target, key);
    },
  });
  expect(Object.keys(mapScalars(counted, (value) => value ?? LEFT_OUT))).toEqual([]);
  expect(reads).toBeLessThan(3 * 2000);
});
