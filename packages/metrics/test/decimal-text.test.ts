import { describe, expect, test } from '@jest/globals';
import { decimalText } from '@telemetryflow/metrics';
import fc from 'fast-check';

describe('bounds as text', () => {
  test.each([
    [1e-7, '0.0000001'],
    [0.005, '0.005'],
    [1, '1'],
    [2500, '2500'],
    [1e21, '1000000000000000000000'],
    [-1.5e-9, '-0.0000000015'],
    [1.25e22, '12500000000000000000000'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [-0, '0'],
  ])('%d is %s', (value, expected) => {
    expect(decimalText(value)).toBe(expected);
  });

  test('no exponent ever, and the same number back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(decimalText(value)).not.toContain('e');
        expect(Number(decimalText(value))).toBe(value + 0);
      }),
    );
  });
});
