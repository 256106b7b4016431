/** Text within a limit of bytes. */

/**
 * The text cut to at most `maxBytes` bytes of UTF-8, never within a character; lone surrogates become U+FFFD.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cutUtf8 } from '@telemetryflow/otlp';
 *
 * assert.equal(cutUtf8('Grüße', 4), 'Grü');
 * assert.equal(cutUtf8('Grüße', 3), 'Gr'); // ü takes two bytes
 * ```
 */
export function cutUtf8(text: string, maxBytes: number): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (whole.length * 3 <= maxBytes || Buffer.byteLength(whole) <= maxBytes) return whole;
  const bytes = Buffer.from(whole.slice(0, maxBytes));
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
