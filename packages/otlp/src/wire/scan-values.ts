/** Looks for a value among attributes without decoding them. What they are part of must be known to be valid. */
import { type FieldTest, hasField, someField } from './scan.ts';

/** Field numbers of KeyValue, and of AnyValue where it holds others. */
const VALUE = 2;
const ARRAY = 5;
const MAP = 6;

/** Looks at a scalar: `kind` is its field number in AnyValue, and 0 for a value that is missing or empty. */
export type ScalarTest = (kind: number, bytes: Uint8Array, start: number, end: number) => boolean;

/**
 * A test of attributes (KeyValue messages): true as soon as `test` is true for a scalar in one, however deep.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeResource, hasField, hasScalar, type ScalarTest } from '@telemetryflow/otlp';
 *
 * const resource = encodeResource({ attributes: { env: 'eu', ports: [80, null] } });
 * const ATTRIBUTES = 1;
 * const has = (test: ScalarTest): boolean =>
 *   hasField({ [ATTRIBUTES]: hasScalar(test) })(resource, 0, resource.length);
 * const EMPTY = 0;
 * const BYTES = 7;
 * assert.deepEqual([has((kind) => kind === EMPTY), has((kind) => kind === BYTES)], [true, false]);
 * ```
 */
export function hasScalar(test: ScalarTest): FieldTest {
  const inValue: FieldTest = (bytes, start, end) => {
    if (start === end) return test(0, bytes, start, end);
    return someField(bytes, start, end, (kind, _type, from, to) => {
      if (kind === ARRAY) return inArray(bytes, from, to);
      return kind === MAP ? inMap(bytes, from, to) : test(kind, bytes, from, to);
    });
  };
  const inKeyValue: FieldTest = (bytes, start, end) => {
    const scalar = scalarAt(bytes, start, end);
    if (scalar >= 0) {
      const kind = (bytes[scalar] as number) >>> 3;
      return test(kind, bytes, scalar + (kind === STRING ? 2 : 1), end);
    }
    let valued = false;
    const found = someField(bytes, start, end, (number, _type, from, to) => {
      if (number !== VALUE) return false;
      valued = true;
      return inValue(bytes, from, to);
    });
    return found || (!valued && test(0, bytes, end, end));
  };
  const inArray = hasField({ 1: inValue });
  const inMap = hasField({ 1: inKeyValue });
  return inKeyValue;
}

const STRING = 1;
/** Tags of the scalar members of AnyValue. */
const STRING_VALUE = 0x0a;
const BOOL_VALUE = 0x10;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;

/**
 * Where the value of a KeyValue begins, at its tag in AnyValue, when it is a scalar written as encoders do: a short
 * key, then a value of a single field, and nothing else. Any other KeyValue gives -1 and is to be read field by field.
 */
function scalarAt(bytes: Uint8Array, start: number, end: number): number {
  const keyLength = bytes[start + 1] as number;
  const keyEnd = start + 2 + keyLength;
  if (bytes[start] !== 0x0a || keyLength >= 0x80 || keyEnd + 2 >= end || bytes[keyEnd] !== 0x12) return -1;
  const at = keyEnd + 2;
  if (at + (bytes[keyEnd + 1] as number) !== end) return -1;
  switch (bytes[at]) {
    case STRING_VALUE:
      return at + 2 + (bytes[at + 1] as number) === end ? at : -1;
    case BOOL_VALUE:
    case INT_VALUE: {
      let last = at + 1;
      while ((bytes[last] as number) >= 0x80) last += 1;
      return last + 1 === end ? at : -1;
    }
    case DOUBLE_VALUE:
      return at + 9 === end ? at : -1;
    default:
      return -1;
  }
}
