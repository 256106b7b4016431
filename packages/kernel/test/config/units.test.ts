import { expect, test } from '@jest/globals';
import { formatDuration, formatSize, parseDuration, parseSize } from '@telemetryflow/kernel';
import fc from 'fast-check';

test.each([
  ['200ms', 200],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['7d', 604_800_000],
  ['0', 0],
])('reads the duration %s', (text, ms) => {
  expect(parseDuration(text)).toEqual({ value: ms });
});

test.each(['30 s', '-5s', '5', '1e3s', 's', '', '5 minutes', '1h 30m', 'soon', '10us'])(
  'refuses the duration "%s"',
  (text) => {
    expect(parseDuration(text)).toHaveProperty('reason');
  },
);

test('a duration without unit is refused with both readings it could have', () => {
  expect(parseDuration('30')).toMatchObject({ hint: 'write 30s for seconds or 30ms for milliseconds' });
});

test.each([
  ['512', 512],
  ['10MB', 10_000_000],
  ['64MiB', 67_108_864],
  ['64 mib', 67_108_864],
  ['1.5KiB', 1536],
  ['1GB', 1e9],
])('reads the size %s', (text, bytes) => {
  expect(parseSize(text)).toEqual({ value: bytes });
});

test.each(['', '-1', '64M', '64Mi', 'big', '1e400', '99999999TiB'])('refuses the size "%s"', (text) => {
  expect(parseSize(text)).toHaveProperty('reason');
});

test('every duration reads back as it was formatted', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 * 365 * 86_400_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ value: ms });
    }),
  );
});

test('every size reads back as it was formatted', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(),
        fc.nat({ max: 5000 }).map((n) => n * 2 ** 20),
        fc.maxSafeNat(),
      ),
      (bytes) => {
        expect(parseSize(formatSize(bytes))).toEqual({ value: bytes });
      },
    ),
  );
});

test('no text makes the parsers throw or answer something that is not a number of zero or more', () => {
  const digits = fc.stringMatching(/^[0-9.smhdKMGTiB ]{0,12}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), digits), (text) => {
      for (const parsed of [parseDuration(text), parseSize(text)]) {
        expect('value' in parsed ? parsed.value >= 0 : parsed.reason.length > 0).toBe(true);
      }
    }),
  );
});
