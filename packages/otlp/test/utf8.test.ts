import { describe, expect, test } from '@jest/globals';
import { cutText, cutUtf8 } from '@telemetryflow/otlp';
import fc from 'fast-check';

describe('text within a limit of bytes', () => {
  test.each([
    ['abc', 2, 'ab'],
    ['abc', 3, 'abc'],
    ['aé', 2, 'a'],
    ['aé', 3, 'aé'],
    ['😀😀', 7, '😀'],
    ['😀', 3, ''],
    ['a\ud800b', 10, 'a\ufffdb'],
  ])('%j cut to %i bytes is %j', (text, bytes, expected) => {
    expect(cutUtf8(text, bytes)).toBe(expected);
  });

  test('is never longer than the limit, and a beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, bytes) => {
        const cut = cutUtf8(text, bytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
        expect(text.toWellFormed().startsWith(cut)).toBe(true);
      }),
    );
  });
});

test.each([
  ['abc', 2, 'ab'],
  ['abc', 4, 'abc'],
  ['a😀', 2, 'a'],
  ['a😀', 3, 'a😀'],
  ['a\ud800b', 3, 'a\ufffdb'],
])('%j cut to %i units is %j', (text, length, expected) => {
  expect(cutText(text, length)).toBe(expected);
});
