/** Attribute values as the JSON of tags: scalars keep their type, arrays are arrays of scalars, the rest is text. */
import { type AttributeMap, type AttributeValue, cutUtf8, quoted, valueToText } from '@telemetryflow/otlp';

/** Bytes of UTF-8 that a text may have; `Infinity` for no limit. */
export type TextLimit = number;

export function textJson(text: string, limit: TextLimit): string {
  return quoted(limit === Number.POSITIVE_INFINITY ? text : cutUtf8(text, limit));
}

export function valueJson(value: AttributeValue, limit: TextLimit): string {
  if (!Array.isArray(value)) return scalarJson(value, limit);
  let list = '';
  for (const each of value as readonly AttributeValue[]) list += `,${scalarJson(each, limit)}`;
  const text = `[${list.slice(1)}]`;
  return text.length > limit ? textJson(valueToText(value), limit) : text;
}

function scalarJson(value: AttributeValue, limit: TextLimit): string {
  switch (typeof value) {
    case 'string':
      return textJson(value, limit);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // Adding zero turns -0 into 0.
      return Number.isFinite(value) ? String(value + 0) : `"${value}"`;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
    default:
      return value === null || value === undefined ? 'null' : textJson(valueToText(value), limit);
  }
}

/** All attributes as one object. */
export function mapJson(attributes: AttributeMap | undefined, limit: TextLimit): string {
  let members = '';
  for (const name in attributes) members += `,${keyJson(name)}${valueJson(attributes[name], limit)}`;
  return `{${members.slice(1)}}`;
}

/** Names remembered as JSON; only generated ones ever fill it. */
const MAX_KEYS = 4096;
const keys = new Map<string, string>();

/** The name with its colon. */
export function keyJson(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const text = `${quoted(name)}:`;
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(name, text);
  return text;
}
