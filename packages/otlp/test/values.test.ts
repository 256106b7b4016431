/** Values, attributes, times and severities outside the wire. */
import { describe, expect, test } from '@jest/globals';
import {
  type AttributeMap,
  type AttributeValue,
  copyArray,
  DOUBLES,
  decodeResource,
  encodeResource,
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanoString,
  hrTimeToNanos,
  isDouble,
  nanosToHrTime,
  SeverityNumber,
  severityRange,
  severityText,
  toPlainJson,
  valueToText,
  withAttribute,
  withoutAttribute,
  withResourceAttributes,
} from '@telemetryflow/otlp';
import fc from 'fast-check';

describe('plain JSON of a value', () => {
  test.each<[unknown, unknown, string]>([
    ['text', 'text', 'text'],
    [1.5, 1.5, '1.5'],
    [true, true, 'true'],
    [Number.NaN, 'NaN', 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity', '-Infinity'],
    [5n, 5, '5'],
    [2n ** 62n, '4611686018427387904', '4611686018427387904'],
    [new Uint8Array([0, 255]), 'AP8=', 'AP8='],
    [null, null, ''],
    [undefined, null, ''],
    [new Date(0), '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
    [() => 1, null, 'null'],
    [[1, 'a', null], [1, 'a', null], '[1,"a",null]'],
    [{ a: { b: 2n ** 60n } }, { a: { b: '1152921504606846976' } }, '{"a":{"b":"1152921504606846976"}}'],
    [new Map([['k', [true]]]), { k: [true] }, '{"k":[true]}'],
  ])('%p', (value, json, text) => {
    expect(toPlainJson(value as AttributeValue)).toEqual(json);
    expect(valueToText(value as AttributeValue)).toBe(text);
  });

  test('a value inside itself becomes null, however often it branches', () => {
    const cycle: Record<string, unknown> = { n: 1 };
    for (const key of ['a', 'b', 'c']) cycle[key] = [cycle];
    expect(toPlainJson(cycle as AttributeMap)).toEqual({ n: 1, a: [null], b: [null], c: [null] });
  });

  test('keys such as __proto__ stay keys', () => {
    expect(valueToText(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });
});

describe('changing attributes', () => {
  const one = decodeResource(Buffer.from('0a0e0a01611209210000000000000000', 'hex')).attributes;

  test('keeps the marks of other doubles and drops that of the one set', () => {
    expect(isDouble(one, 'a')).toBe(true);
    expect(isDouble(withAttribute(one, 'b', 1), 'a')).toBe(true);
    expect(isDouble(withAttribute(one, 'a', 1), 'a')).toBe(false);
    expect(isDouble(withAttribute(one, 'a', 1, 'double'), 'a')).toBe(true);
    expect(isDouble(withAttribute({}, 'b', 2, 'double'), 'b')).toBe(true);
  });

  test('leaves the given map alone', () => {
    withAttribute(one, 'a', 'changed');
    withoutAttribute(one, 'a');
    expect(one['a']).toBe(0);
    expect(isDouble(one, 'a')).toBe(true);
    const frozen = Object.freeze({ a: 1 });
    expect({ ...withAttribute(frozen, '__proto__', 2) }).toEqual({ a: 1, ['__proto__']: 2 });
    expect({ ...withoutAttribute(frozen, 'a') }).toEqual({});
    expect(withoutAttribute(frozen, 'b')).toBe(frozen);
  });

  test('takes the mark away with the last double, so that the map equals one that never had any', () => {
    expect(DOUBLES in withoutAttribute(one, 'a')).toBe(false);
    expect(DOUBLES in withAttribute(one, 'a', 'text')).toBe(false);
    const two = withAttribute(one, 'b', 1, 'double');
    expect(withoutAttribute(two, 'a')[DOUBLES]).toEqual(new Set(['b']));
  });

  test('of a resource is exchanged, and what else the resource has stays', () => {
    const entityRefs = [{ schemaUrl: '', type: 'host', idKeys: ['host.id'], descriptionKeys: [] }];
    const resource = { attributes: { a: 1 }, schemaUrl: 'https://schema', droppedAttributesCount: 2, entityRefs };
    expect(withResourceAttributes(resource, { b: 2 })).toEqual({ ...resource, attributes: { b: 2 } });
    expect(withResourceAttributes(resource, resource.attributes)).toBe(resource);
    class Resource {
      get attributes() {
        return { a: 1 };
      }
      get schemaUrl() {
        return 'https://schema';
      }
    }
    expect(withResourceAttributes(new Resource(), one)).toEqual({ attributes: one, schemaUrl: 'https://schema' });
  });

  test('copies arrays with their marks', () => {
    const { attributes } = decodeResource(encodeResource({ attributes: { a: copyArray([1, 2]) } }));
    const values = attributes['a'] as readonly AttributeValue[];
    expect(isDouble(values, 0)).toBe(false);
    const marked = Object.assign([1, 2.5, 3], { [DOUBLES]: new Set([0]) });
    const copy = copyArray(marked);
    expect([isDouble(copy, 0), isDouble(copy, 1), isDouble(copy, 2), isDouble(copy, 9)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const again = decodeResource(encodeResource({ attributes: { copy } })).attributes['copy'] as AttributeValue[];
    expect([isDouble(again, 0), isDouble(again, 2)]).toEqual([true, false]);
  });

  test('-0, fractions and numbers beyond 2^53 are doubles without a mark', () => {
    expect([-0, 0.5, 1e300, 1].map((a) => isDouble({ a }, 'a'))).toEqual([true, true, true, false]);
    expect(isDouble({ a: '1' }, 'a')).toBe(false);
    expect(isDouble({}, 'toString')).toBe(false);
  });
});

describe('times', () => {
  test('turn into nanoseconds and back without loss', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (nanos) => {
        const time = nanosToHrTime(nanos);
        expect(hrTimeToNanos(time)).toBe(nanos);
        expect(hrTimeToNanoString(time)).toBe(String(nanos));
      }),
    );
  });

  test('are read in any form: nanoseconds that carry, fractions, what is before the epoch', () => {
    expect(hrTimeToNanos([1, 2_000_000_000])).toBe(3_000_000_000n);
    expect(hrTimeToNanos([1.5, 0])).toBe(1_500_000_000n);
    expect(hrTimeToNanoString([0, 7])).toBe('7');
    expect(hrTimeToNanoString([1, 0.9])).toBe('1000000000');
    expect(hrTimeToNanos([-1, 0])).toBe(0n);
    expect(hrTimeToNanos([Number.POSITIVE_INFINITY, Number.NaN])).toBe(0n);
    expect(hrTimeToMillis([1, 500_000])).toBe(1000.5);
    expect([hrTimeIsZero([0, 0]), hrTimeIsZero([0, 1])]).toEqual([true, false]);
  });
});

describe('severities', () => {
  test('have the names of their ranges', () => {
    expect([0, 1, 4, 5, 9, 13, 17, 21, 24, 25, undefined].map(severityRange)).toEqual([
      undefined,
      'TRACE',
      'TRACE',
      'DEBUG',
      'INFO',
      'WARN',
      'ERROR',
      'FATAL',
      'FATAL',
      undefined,
      undefined,
    ]);
  });

  test("the text is the record's own, else the short name of the number", () => {
    expect(severityText({ severityText: 'Notice', severityNumber: 10 })).toBe('Notice');
    for (const [name, severityNumber] of Object.entries(SeverityNumber)) {
      expect(severityText({ severityNumber })).toBe(severityNumber === 0 ? '' : name);
    }
    expect(severityText({})).toBe('');
  });
});
