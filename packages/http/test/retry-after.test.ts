import { describe, expect, test } from '@jest/globals';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from '@telemetryflow/http';
import fc from 'fast-check';

const now = Date.parse('2026-11-24T10:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['7', 7000],
    [' 7 ', 7000],
    ['0.5', 500],
    ['86400', MAX_RETRY_AFTER_MS],
    ['99999999999999999999999', MAX_RETRY_AFTER_MS],
    ['Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
    ['Fri, 24 Nov 2028 10:00:00 GMT', MAX_RETRY_AFTER_MS],
    ['Tuesday, 24-Nov-26 10:00:30 GMT', 30_000],
  ])('%s means %i ms', (header, expected) => {
    expect(parseRetryAfter(header, { now })).toBe(expected);
  });

  test.each(['', ' ', '-5', '2026-11-24', 'soon', 'NaN', '1e3', '5, 6', undefined])('%p means nothing', (header) => {
    expect(parseRetryAfter(header, { now })).toBeUndefined();
  });

  test('as a date is measured by the clock of the server that sent it', () => {
    const date = 'Tue, 24 Nov 2026 12:00:00 GMT';
    expect(parseRetryAfter('Tue, 24 Nov 2026 12:00:10 GMT', { now, date })).toBe(10_000);
  });

  test('never gives a negative, endless or fractional delay', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
        ),
        (header) => {
          const ms = parseRetryAfter(header, { now });
          expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_RETRY_AFTER_MS)).toBe(true);
        },
      ),
    );
  });
});
