/** Texts as JSON strings, for encoders that put JSON together themselves. */

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
