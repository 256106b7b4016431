/** Values as short text that is safe to print: no line breaks, no terminal control sequences. */
import type { AttributeMap, AttributeValue, HrTime } from '@telemetryflow/otlp';

/** Longest text of one value in the one-line formats, in characters. */
const MAX_VALUE = 160;

// Control characters, line separators and the marks that reorder text: all of them can forge or hide output.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text with everything unprintable as an escape. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A value on one line, cut at 160 characters. */
export function valueText(value: AttributeValue): string {
  const text = printable(typeof value === 'string' ? value : structured(value));
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}

/** A value as JSON, as far as JSON goes: bytes as hex, numbers that JSON lacks by name. */
export function structured(value: AttributeValue): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (isList(value)) return `[${value.map(structured).join(',')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${structured(inner)}`);
  return `{${entries.join(',')}}`;
}

/** Attributes as ` {key=value, key=value}` with a leading space, or nothing when there are none. */
export function attributesText(attributes: AttributeMap | undefined, omit?: ReadonlySet<string>): string {
  if (attributes === undefined) return '';
  let text = '';
  for (const [key, value] of Object.entries(attributes)) {
    if (omit?.has(key) === true) continue;
    text += `${text === '' ? '' : ', '}${printable(key)}=${valueText(value)}`;
  }
  return text === '' ? '' : ` {${text}}`;
}

/** A point in time as ISO 8601 with as many digits as it has; `-` when unknown, the raw numbers when impossible. */
export function timeText(time: HrTime): string {
  const [seconds, nanos] = time;
  if (seconds === 0 && nanos === 0) return '-';
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `[${seconds}, ${nanos}]`;
  const fraction = String(nanos)
    .padStart(9, '0')
    .replace(/0{3,6}$/, '');
  return date.toISOString().replace('.000Z', `.${fraction}Z`);
}

/** An attribute value that is a list; `Array.isArray` alone does not narrow readonly arrays. */
export function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
