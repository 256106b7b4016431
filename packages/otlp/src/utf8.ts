/** Text cut to a limit of characters or of bytes of UTF-8, and written straight into a buffer. */

/** Up to here a loop over the characters is faster than a call into the runtime. */
const LOOP_LENGTH = 14;

/** `Buffer.write` without the checks of its arguments, which cost as much as writing a short string. */
export interface WritableBuffer extends Buffer {
  utf8Write(text: string, start: number): number;
}

/**
 * Writes a text into `bytes` from `start` on, and returns where it ends; lone surrogates become U+FFFD. The caller has
 * made room for three bytes to each UTF-16 unit: what has none is cut off.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { writeUtf8 } from '@telemetryflow/otlp';
 *
 * const bytes = Buffer.alloc(20);
 * const end = writeUtf8(bytes, 'Grüße', 2);
 * assert.equal(bytes.toString('utf8', 2, end), 'Grüße');
 * ```
 */
export function writeUtf8(bytes: Buffer, text: string, start: number): number {
  const { length } = text;
  if (length > LOOP_LENGTH) return start + (bytes as WritableBuffer).utf8Write(text, start);
  let pos = start;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return start + (bytes as WritableBuffer).utf8Write(text, start);
    bytes[pos++] = code;
  }
  return pos;
}

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

/**
 * The text cut to at most `maxLength` UTF-16 units, never within a character; lone surrogates become U+FFFD.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cutText } from '@telemetryflow/otlp';
 *
 * assert.equal(cutText('ab😀', 3), 'ab'); // the emoji takes two units
 * assert.equal(cutText('ab😀', 4), 'ab😀');
 * ```
 */
export function cutText(text: string, maxLength: number): string {
  const code = text.charCodeAt(maxLength - 1);
  const half = code >= 0xd800 && code < 0xdc00;
  return text.slice(0, half ? maxLength - 1 : maxLength).toWellFormed();
}
