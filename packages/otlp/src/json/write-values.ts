/** Writes attribute values as AnyValue, ArrayValue and KeyValueList of OTLP/JSON. */
import { isInt64Number, type MarkedArray } from '../attributes.ts';
import { type AttributeMap, DOUBLES } from '../records.ts';
import { dateText, fitsInt64, MAX_VALUE_BYTES } from '../values.ts';
import { MAX_MESSAGE_DEPTH } from '../wire/validate.ts';
import { jsonConstant } from './bytes.ts';
import type { KeyTexts } from './keys.ts';
import type { JsonWriter } from './writer.ts';

const VALUE = jsonConstant(',"value":');
const STRING = jsonConstant('{"stringValue":');
const INT = jsonConstant('{"intValue":');
const DOUBLE = jsonConstant('{"doubleValue":');
const TRUE = jsonConstant('{"boolValue":true},');
const FALSE = jsonConstant('{"boolValue":false},');
const BYTES = jsonConstant('{"bytesValue":"');
const BYTES_END = jsonConstant('"},');
const ARRAY = jsonConstant('{"arrayValue":{"values":[');
const MAP = jsonConstant('{"kvlistValue":{"values":[');
const LIST_END = jsonConstant(']}},');
const EMPTY = jsonConstant('{},');
const NO_VALUE_END = jsonConstant('},');

const ENTRY_END = jsonConstant('}},');

const BRACE = 0x7d;
const BRACKET = 0x5d;
const COMMA = 0x2c;

/** Longer strings are not kept. */
const MAX_REPEATED_LENGTH = 128;

const isOwn = Object.prototype.hasOwnProperty;

/** Writes a member that is a list of KeyValue; left out when empty. Returns what was dropped, as in protobuf. */
export function writeAttributes(
  writer: JsonWriter,
  key: Uint8Array,
  map: AttributeMap | undefined,
  depth: number,
): number {
  if (map === undefined || map === null) return 0;
  writer.ensure(0);
  const before = writer.pos;
  writer.put(key);
  const start = writer.pos;
  const dropped = writeEntries(writer, map, depth);
  if (writer.pos === start) writer.pos = before;
  else writer.close(BRACKET);
  return dropped;
}

function writeEntries(writer: JsonWriter, map: AttributeMap, depth: number): number {
  const doubles = map[DOUBLES];
  let dropped = 0;
  for (const key in map) {
    if (isOwn.call(map, key)) dropped += writeKeyValue(writer, key, map[key], doubles?.has(key) === true, depth);
  }
  return dropped;
}

function writeKeyValue(writer: JsonWriter, key: string, value: unknown, marked: boolean, depth: number): number {
  const texts = writer.key(key);
  // Each comparison is one instruction; a switch over `typeof` calls into the runtime.
  if (typeof value === 'string') {
    writeStringEntry(writer, texts, value);
    return 0;
  }
  if (typeof value === 'number' && !marked && isInt64Number(value)) {
    writer.put(texts.int);
    writer.int64(value);
  } else if (typeof value === 'function' || typeof value === 'symbol') return 1;
  else return writeOther(writer, texts.key, value, marked, depth);
  writer.put(ENTRY_END);
  return 0;
}

function writeStringEntry(writer: JsonWriter, texts: KeyTexts, value: string): void {
  if (texts.entry !== undefined && texts.value === value) {
    writer.raw(texts.entry);
    return;
  }
  const start = writer.pos;
  writer.put(texts.string);
  writer.text(value);
  writer.put(ENTRY_END);
  if (value.length <= MAX_REPEATED_LENGTH) texts.saw(value, writer.bytes, start, writer.pos);
}

function writeOther(writer: JsonWriter, key: Uint8Array, value: unknown, marked: boolean, depth: number): number {
  writer.put(key);
  if (value === undefined) {
    writer.put(NO_VALUE_END);
    return 0;
  }
  writer.put(VALUE);
  const dropped = writeValue(writer, value, marked, depth + 1);
  writer.close(BRACE);
  return dropped;
}

/** Writes an AnyValue and a comma. Returns what was dropped. */
export function writeValue(writer: JsonWriter, value: unknown, marked: boolean, depth: number): number {
  writer.ensure(0);
  switch (typeof value) {
    case 'string':
      writer.put(STRING);
      writer.text(value);
      break;
    case 'number':
      if (!marked && isInt64Number(value)) {
        writer.put(INT);
        writer.int64(value);
      } else {
        writer.put(DOUBLE);
        writer.double(value);
      }
      break;
    case 'boolean':
      writer.put(value ? TRUE : FALSE);
      return 0;
    case 'bigint':
      writer.put(fitsInt64(value) ? INT : STRING);
      writer.text(value.toString());
      break;
    case 'object':
      if (value !== null) return writeObject(writer, value, depth);
      writer.put(EMPTY);
      return 0;
    case 'undefined':
      writer.put(EMPTY);
      return 0;
    default:
      writer.put(EMPTY);
      return 1;
  }
  writer.close(BRACE);
  return 0;
}

function writeObject(writer: JsonWriter, value: object, depth: number): number {
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
    writer.put(BYTES);
    writer.ensure(text.length);
    writer.pos += writer.bytes.write(text, writer.pos, 'latin1');
    writer.put(BYTES_END);
    return 0;
  }
  if (value instanceof Date) return writeValue(writer, dateText(value), false, depth);
  const { ancestors } = writer;
  if (ancestors.length === 0) writer.valueStart = writer.pos;
  // Below a list lie its entries and, for a map, their values.
  const below = Array.isArray(value) ? depth + 2 : depth + 3;
  if (below > MAX_MESSAGE_DEPTH || ancestors.includes(value) || writer.pos - writer.valueStart > MAX_VALUE_BYTES) {
    writer.put(EMPTY);
    return 1;
  }
  ancestors.push(value);
  try {
    return writeContainer(writer, value, depth + 1);
  } finally {
    ancestors.pop();
  }
}

/** Writes an array or map as AnyValue; the ArrayValue or KeyValueList lies at `depth`. */
function writeContainer(writer: JsonWriter, value: object, depth: number): number {
  let dropped = 0;
  if (Array.isArray(value)) {
    const doubles = (value as MarkedArray)[DOUBLES];
    writer.put(ARRAY);
    for (let i = 0; i < value.length; i++) {
      dropped += writeValue(writer, value[i], doubles?.has(i) === true, depth + 1);
    }
  } else {
    writer.put(MAP);
    if (value instanceof Map) {
      for (const [key, item] of value) dropped += writeKeyValue(writer, String(key), item, false, depth + 1);
    } else dropped = writeEntries(writer, value as AttributeMap, depth + 1);
  }
  if (writer.bytes[writer.pos - 1] === COMMA) writer.pos--;
  writer.put(LIST_END);
  return dropped;
}
