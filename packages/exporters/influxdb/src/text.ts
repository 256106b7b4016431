/** Names, tags and numbers in line protocol. */

import type { AttributeValue } from '@telemetryflow/otlp';
import { cutUtf8, valueToText } from '@telemetryflow/otlp';

/** Measurement, tags and field key together take 65,535 bytes at most. */
const MAX_TAG_BYTES = 4096;

/** Neither to escape nor to replace: printable ASCII but `,` `=` blank and backslash, and all beyond ASCII. */
const PLAIN = /^[!-+\--<>-[\]-~\u00a0-\uffff]*$/;
const BREAKS: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The name of a measurement. A `#` at its beginning would make the line a comment, which is lost without a word. */
export function measurementText(name: string): string {
  const text = PLAIN.test(name) ? name : withoutControls(name).replaceAll(/[, ]/g, '\\$&');
  return text.startsWith('#') ? `_${text.slice(1)}` : text;
}

/** A tag key, tag value or field key; `''` means that there is nothing to write. */
export function keyText(text: string): string {
  return PLAIN.test(text) ? text : withoutControls(text).replaceAll(/[,= ]/g, '\\$&');
}

/** The value of an attribute as a tag value. */
export function tagValue(value: AttributeValue): string {
  if (typeof value !== 'string') {
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    return typeof value === 'number' && value !== 0 ? String(value) : keyText(cut(valueToText(value)));
  }
  return keyText(cut(value));
}

function cut(text: string): string {
  return text.length * 3 <= MAX_TAG_BYTES ? text : cutUtf8(text, MAX_TAG_BYTES);
}

/** Line breaks would end the line; a backslash at the end would take the separator that follows. */
function withoutControls(text: string): string {
  return text
    .replaceAll(/[\n\r\t]/g, (character) => BREAKS[character] ?? '')
    .replaceAll(/\p{Cc}/gu, '')
    .replace(/\\+$/, '');
}

/** A number as a float field, which is what JavaScript numbers are; `undefined` for NaN and infinities. */
export function floatText(value: number | bigint): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (!Number.isFinite(value)) return undefined;
  return value === 0 ? '0' : String(value);
}

const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;

/** A number as an integer field; `undefined` when it is none, or does not fit 64 bits. */
export function integerText(value: number | bigint): string | undefined {
  if (typeof value === 'number' && !Number.isInteger(value)) return undefined;
  const integer = BigInt(value);
  return integer > MAX_INT64 || integer < -MAX_INT64 - 1n ? undefined : `${integer}i`;
}
