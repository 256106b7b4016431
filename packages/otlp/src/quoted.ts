/** Texts as JSON strings, for encoders that put JSON together themselves. */
import { cutText } from './utf8.ts';

/** Anything but what stands for itself in a JSON string; surrogates are looked at one by one. */
const UNSAFE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/**
 * The text as a JSON string; halves of surrogate pairs become U+FFFD. Most texts need no escape, and finding that out
 * takes a quarter of a call of `JSON.stringify`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { quoted } from '@telemetryflow/otlp';
 *
 * assert.equal(`{${quoted('path')}:${quoted('C:\\temp')}}`, '{"path":"C:\\\\temp"}');
 * assert.equal(quoted('\ud800'), '"\ufffd"');
 * ```
 */
export function quoted(text: string): string {
  return UNSAFE.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
}

/**
 * The start of a text as a JSON string of at most `maxBytes` bytes of UTF-8, the quotes included, never ending within a
 * character; `undefined` where there is no room for any.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { quotedStart } from '@telemetryflow/otlp';
 *
 * assert.equal(quotedStart('say "hi"', 8), '"say \\""'); // the quote takes two bytes
 * assert.equal(quotedStart('say', 2), undefined);
 * ```
 */
export function quotedStart(text: string, maxBytes: number): string | undefined {
  let length = Math.min(text.length, maxBytes - 2);
  while (length > 0) {
    const start = cutText(text, length);
    const json = quoted(start);
    const over = Buffer.byteLength(json) - maxBytes;
    if (over <= 0) return start === '' ? undefined : json;
    // A character takes six bytes at most: each turn takes away a sixth of the excess or more.
    length -= Math.ceil(over / 6);
  }
  return undefined;
}
