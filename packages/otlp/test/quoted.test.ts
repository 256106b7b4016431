import { expect, test } from '@jest/globals';
import { quoted } from '@telemetryflow/otlp';
import fc from 'fast-check';

test('a text is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(quoted(text)).toBe(JSON.stringify(text));
    }),
  );
});

test.each(['\ud83d', '\udc00 b', 'a \ud800\ud800', '"\\\n\u2028\u007f\u0000'])(
  'halves of surrogate pairs become U+FFFD: %j',
  (text) => {
    expect(JSON.parse(quoted(text))).toBe(text.toWellFormed());
  },
);
