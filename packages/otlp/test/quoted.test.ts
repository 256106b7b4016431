import { expect, test } from '@jest/globals';
import { quoted, quotedStart } from '@telemetryflow/otlp';
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

test('the start of a text fits into its bytes, and could not be longer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 0, max: 60 }), (text, bytes) => {
      const start = quotedStart(text, bytes);
      if (start === undefined) {
        const [first = ''] = text;
        expect(text === '' || Buffer.byteLength(quoted(first)) > bytes).toBe(true);
        return;
      }
      const whole = text.toWellFormed();
      const kept = JSON.parse(start) as string;
      expect(Buffer.byteLength(start)).toBeLessThanOrEqual(bytes);
      expect(whole.startsWith(kept)).toBe(true);
      // What is taken away at a time may be a little more than has to be.
      const longer = quoted(whole.slice(0, kept.length + 6));
      if (kept !== whole) expect(Buffer.byteLength(longer) + 6).toBeGreaterThan(bytes);
    }),
  );
});
