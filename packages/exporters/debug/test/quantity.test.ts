import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compact, duration, quantity } from '../src/quantity.ts';

describe('quantity', () => {
  test.each([
    [0.1234, '1', true, '12.3 %'],
    [0.12, '1', true, '12 %'],
    [12, '%', false, '12 %'],
    [7, '1', false, '7'],
    [1536, 'By', false, '1.5 KiB'],
    [3_435_973_836, 'By', false, '3.2 GiB'],
    [512, 'By', false, '512 B'],
    [2048, 'By/s', false, '2 KiB/s'],
    [-2048, 'By', false, '-2 KiB'],
    [0.0015, 's', false, '1.5 ms'],
    [250, 'ms', false, '250 ms'],
    [0.25, 'us', false, '250 ns'],
    [7200, 's', false, '2 h'],
    [1234, '{operation}', false, '1,234 operations'],
    [5, '{packet}/s', false, '5 packets/s'],
    [9_007_199_254_740_993n, '{item}', false, '9,007,199,254,740,993 items'],
    [1, '{cpu}', false, '1 cpu'],
    [2, '{process}', false, '2 processes'],
    [0, '{query}', false, '0 queries'],
    [4, '{operations}', false, '4 operations'],
    [Number.NaN, 'By', false, 'NaN By'],
    [Number.POSITIVE_INFINITY, 's', false, 'Infinity s'],
    [undefined, 'By', false, 'no value'],
    [3, '', false, '3'],
  ] as const)('%s of unit "%s" (ratio: %s) reads %s', (value, unit, ratio, text) => {
    expect(quantity(value, unit, ratio)).toBe(text);
  });

  test('prints any number in any unit on one line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.bigInt()), fc.string(), fc.boolean(), (value, unit, ratio) => {
        expect(quantity(value, unit, ratio)).not.toContain('\n');
      }),
    );
  });
});

test('compact keeps three digits and the size of a number', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e14, max: 1e14, noNaN: true }), (value) => {
      const read = Number(compact(value).replaceAll(',', ''));
      expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 0.006, Number.MIN_VALUE));
    }),
  );
});

test.each([
  [0, '0 s'],
  [90, '90 s'],
  [150, '2.5 min'],
  [200_000, '2.31 d'],
  [0.000_002, '2 µs'],
] as const)('duration of %s s reads %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
