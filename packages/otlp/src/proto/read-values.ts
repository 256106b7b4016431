/** Reads KeyValue, AnyValue, ArrayValue and KeyValueList into attribute values. */
import { emptyAttributes, isInt64Number, type MutableAttributes, markDouble } from '../attributes.ts';
import { type AttributeValue, DOUBLES } from '../records.ts';
import { messageOperation } from '../wire/walk-table.ts';
import type { ProtoReader } from './reader.ts';

const KEY_VALUE = messageOperation('KeyValue');
const ANY_VALUE = messageOperation('AnyValue');
const ARRAY_VALUE = messageOperation('ArrayValue');
const KEY_VALUE_LIST = messageOperation('KeyValueList');

/** An array that is being filled. */
type MutableArray = AttributeValue[] & { [DOUBLES]?: Set<number> };

/** Reads a KeyValue, with its length, into the map. Of equal keys the last one counts. */
export function readKeyValue(reader: ProtoReader, limit: number, map: MutableAttributes, depth: number): void {
  const end = reader.length(limit);
  let key = '';
  let value: AttributeValue;
  reader.marked = false;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) key = reader.key(end);
    else if (tag === 0x12) value = readValue(reader, end, value, depth + 1);
    else reader.other(tag, end, KEY_VALUE);
  }
  map[key] = value;
  if (reader.marked) {
    markDouble(map, key);
    reader.anyMarks = true;
  } else if (reader.anyMarks) map[DOUBLES]?.delete(key);
}

/**
 * Reads an AnyValue, with its length. `previous` is what an earlier occurrence of the field held, into which this
 * one merges; the empty value is `null`.
 */
export function readValue(reader: ProtoReader, limit: number, previous: AttributeValue, depth: number): AttributeValue {
  const end = reader.length(limit);
  let value: AttributeValue = previous === undefined ? null : previous;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        value = reader.string(end);
        reader.marked = false;
        break;
      case 0x10:
        value = reader.bool(end);
        reader.marked = false;
        break;
      case 0x18:
        value = reader.int64(end);
        reader.marked = false;
        break;
      case 0x21: {
        const double = reader.double(end);
        value = double;
        reader.marked = isInt64Number(double);
        break;
      }
      case 0x2a:
        value = readArray(reader, end, Array.isArray(value) ? value : [], depth + 1);
        reader.marked = false;
        break;
      case 0x32:
        value = readMap(reader, end, isMap(value) ? value : emptyAttributes(), depth + 1);
        reader.marked = false;
        break;
      case 0x3a:
        value = reader.blob(end);
        reader.marked = false;
        break;
      default:
        reader.other(tag, end, ANY_VALUE);
    }
  }
  return value;
}

function isMap(value: AttributeValue): value is MutableAttributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function readArray(reader: ProtoReader, limit: number, values: MutableArray, depth: number): MutableArray {
  // One message below lies a value, and it has to be let in, too.
  reader.deeper(depth + 1);
  const end = reader.length(limit);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag !== 0x0a) {
      reader.other(tag, end, ARRAY_VALUE);
      continue;
    }
    reader.marked = false;
    values.push(readValue(reader, end, undefined, depth + 1));
    if (!reader.marked) continue;
    const marks = values[DOUBLES];
    if (marks === undefined) values[DOUBLES] = new Set([values.length - 1]);
    else marks.add(values.length - 1);
  }
  return values;
}

function readMap(reader: ProtoReader, limit: number, map: MutableAttributes, depth: number): MutableAttributes {
  reader.deeper(depth + 2);
  const end = reader.element(limit);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readKeyValue(reader, end, map, depth + 1);
    else reader.other(tag, end, KEY_VALUE_LIST);
  }
  return map;
}
