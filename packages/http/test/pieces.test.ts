import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joinSmall, lengthOf } from '../src/pieces.ts';

const KB = 1024;

test('large pieces stay the objects they are, small ones between them are joined', () => {
  const [large, other] = [new Uint8Array(64 * KB).fill(1), new Uint8Array(100 * KB).fill(2)];
  const small = Array.from({ length: 10 }, (_, n) => new Uint8Array(KB).fill(3 + n));
  const pieces = joinSmall([...small, large, other, ...small]);
  expect(pieces).toHaveLength(4);
  expect(pieces[1]).toBe(large);
  expect(pieces[2]).toBe(other);
  expect(Buffer.from(pieces[3] ?? [])).toEqual(Buffer.concat(small));
});

test('a small piece between large ones is not copied', () => {
  const [large, small] = [new Uint8Array(64 * KB), new Uint8Array(KB)];
  expect(joinSmall([large, small, large])[1]).toBe(small);
});

test('many small pieces become a few of 64 KiB, with the same bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 70 * KB }), { maxLength: 50 }), (lengths) => {
      const pieces = lengths.map((length, n) => Buffer.alloc(length, n));
      const joined = joinSmall(pieces);
      expect(Buffer.concat(joined).equals(Buffer.concat(pieces))).toBe(true);
      expect(lengthOf(joined)).toBe(lengthOf(pieces));
      // Of two neighbours one at least is large.
      const small = joined.map(({ length }) => length < 64 * KB);
      expect(small.some((each, n) => each && small[n + 1] === true)).toBe(false);
    }),
  );
});
