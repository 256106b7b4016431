/** `Retry-After` in both of its forms (RFC 9110, section 10.2.3). */

/**
 * Longest delay taken from a server: five minutes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { MAX_RETRY_AFTER_MS, parseRetryAfter } from '@telemetryflow/http';
 *
 * assert.equal(parseRetryAfter('86400', { now: Date.now() }), MAX_RETRY_AFTER_MS);
 * ```
 */
export const MAX_RETRY_AFTER_MS = 300_000;

/**
 * The delay in milliseconds: seconds (0 included), or a date relative to `date`, the answer's own `Date` header
 * (so that a wrong clock on either side does no harm), else to `now`. Clamped to 0 … {@link MAX_RETRY_AFTER_MS};
 * `undefined` when the header is absent or neither form.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseRetryAfter } from '@telemetryflow/http';
 *
 * const now = Date.parse('2026-01-01T00:00:00Z');
 * assert.equal(parseRetryAfter('1.5', { now }), 1500);
 * assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', { now }), 60_000);
 * assert.equal(parseRetryAfter('soon', { now }), undefined);
 * ```
 */
export function parseRetryAfter(
  header: string | undefined,
  options: { readonly now: number; readonly date?: string | undefined; readonly maxMs?: number },
): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const max = options.maxMs ?? MAX_RETRY_AFTER_MS;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.round(Number(text) * 1000), max);
  // A date of HTTP starts with the name of a day; Date.parse alone would take "-5" for a year.
  if (!/^[A-Za-z]/.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  const serverNow = options.date === undefined ? Number.NaN : Date.parse(options.date);
  return Math.min(Math.max(at - (Number.isNaN(serverNow) ? options.now : serverNow), 0), max);
}
