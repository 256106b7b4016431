/** Attribute values as the JSON of tags: scalars keep their type, arrays are arrays of scalars, the rest is text. */
import {
  type AttributeMap,
  type AttributeValue,
  cutUtf8,
  type JsonBytes,
  type JsonName,
  type JsonNames,
  jsonConstant,
  valueToText,
} from '@telemetryflow/otlp';

/** Bytes of UTF-8 that a text may have; `Infinity` for no limit. */
export type TextLimit = number;
export const NO_LIMIT: TextLimit = Number.POSITIVE_INFINITY;

const NULL = jsonConstant('null');
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

export function limited(text: string, limit: TextLimit): string {
  return limit === NO_LIMIT ? text : cutUtf8(text, limit);
}

/** All attributes as members, each with a comma behind it. */
export function writeMembers(
  json: JsonBytes,
  names: JsonNames,
  attributes: AttributeMap | undefined,
  limit: TextLimit,
): void {
  for (const name in attributes) writeMember(json, names.get(name), attributes[name], limit);
}

/** A member and a comma. */
export function writeMember(json: JsonBytes, name: JsonName, value: AttributeValue, limit: TextLimit): void {
  if (typeof value === 'string') name.text(json, limited(value, limit));
  else if (typeof value === 'number' || typeof value === 'boolean') name.scalar(json, value);
  else {
    json.raw(name.key);
    if (Array.isArray(value)) writeArray(json, value as readonly AttributeValue[], limit);
    else writeOther(json, value, limit);
    json.byte(COMMA);
  }
}

/** An array whose elements are too much together becomes text. */
function writeArray(json: JsonBytes, values: readonly AttributeValue[], limit: TextLimit): void {
  const start = json.pos;
  json.byte(OPEN_BRACKET);
  for (const each of values) {
    json.ensure(0);
    writeOther(json, each, limit);
    json.byte(COMMA);
  }
  json.close(CLOSE_BRACKET);
  json.pos--;
  if (json.pos - start <= limit) return;
  json.pos = start;
  json.text(limited(valueToText(values), limit));
}

function writeOther(json: JsonBytes, value: AttributeValue, limit: TextLimit): void {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) json.number(Number(value));
  else if (typeof value === 'number' && Number.isFinite(value)) json.number(value);
  else if (typeof value === 'boolean') json.ascii(String(value));
  else if (value === null || value === undefined) json.put(NULL);
  else json.text(limited(valueToText(value), limit));
}
