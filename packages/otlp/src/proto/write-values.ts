/** Writes attribute values as AnyValue, ArrayValue and KeyValueList. */
import { isInt64Number, type MarkedArray } from '../attributes.ts';
import { type AttributeMap, DOUBLES } from '../records.ts';
import { dateText, fitsInt64, MAX_VALUE_BYTES } from '../values.ts';
import { MAX_MESSAGE_DEPTH } from '../wire/validate.ts';
import type { ProtoWriter } from './writer.ts';

const VALUE = 0x12;

const isOwn = Object.prototype.hasOwnProperty;

/**
 * Writes a map as repeated KeyValue with this tag, whose messages lie at `depth`. Returns how many attributes or
 * nested values could not be written: functions, symbols, cycles, what is nested too deeply.
 */
export function writeAttributes(
  writer: ProtoWriter,
  tag: number,
  map: AttributeMap | undefined,
  depth: number,
): number {
  if (map === undefined || map === null) return 0;
  const doubles = map[DOUBLES];
  let dropped = 0;
  // Within for…in the engine knows where the value of the key lies, and that the key is the object's own.
  for (const key in map) {
    if (isOwn.call(map, key)) {
      dropped += writeKeyValue(writer, tag, key, map[key], doubles?.has(key) === true, depth);
    }
  }
  return dropped;
}

function writeKeyValue(
  writer: ProtoWriter,
  tag: number,
  key: string,
  value: unknown,
  marked: boolean,
  depth: number,
): number {
  // Each comparison is one instruction; a switch over `typeof` calls into the runtime.
  if (typeof value === 'string') {
    if (!writer.stringEntry(tag, key, value)) writeLongString(writer, tag, key, value);
    return 0;
  }
  if (typeof value === 'number') {
    // -0 is a double.
    if (!marked && (value & 0xfff_ffff) === value && 1 / value > 0) {
      if (writer.smallEntry(tag, key, 0x18, value)) return 0;
    }
  } else if (typeof value === 'boolean') {
    if (writer.smallEntry(tag, key, 0x10, value ? 1 : 0)) return 0;
  } else if (typeof value === 'function' || typeof value === 'symbol') return 1;
  const start = writer.open(tag, 1);
  writer.key(key);
  const dropped = value === undefined ? 0 : writeValue(writer, VALUE, value, marked, depth + 1);
  writer.close(start, 1);
  return dropped;
}

function writeLongString(writer: ProtoWriter, tag: number, key: string, value: string): void {
  const reserve = value.length > 80 ? 2 : 1;
  const start = writer.open(tag, reserve);
  writer.key(key);
  writeString(writer, VALUE, value);
  writer.close(start, reserve);
}

/** Writes a log body or the value of an attribute as a field that is an AnyValue. Returns what was dropped. */
export function writeValue(writer: ProtoWriter, tag: number, value: unknown, marked: boolean, depth: number): number {
  writer.ensure(0);
  const { bytes } = writer;
  switch (typeof value) {
    case 'string':
      writeString(writer, tag, value);
      return 0;
    case 'number': {
      if (!marked && isInt64Number(value)) writeInt(writer, tag, value >>> 0, Math.floor(value / 0x1_0000_0000) >>> 0);
      else {
        bytes[writer.pos++] = tag;
        bytes[writer.pos++] = 9;
        writer.double(0x21, value);
      }
      return 0;
    }
    case 'boolean':
      bytes[writer.pos++] = tag;
      bytes[writer.pos++] = 2;
      bytes[writer.pos++] = 0x10;
      bytes[writer.pos++] = value ? 1 : 0;
      return 0;
    case 'bigint':
      if (!fitsInt64(value)) writeString(writer, tag, value.toString());
      else {
        const bits = BigInt.asUintN(64, value);
        writeInt(writer, tag, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
      }
      return 0;
    case 'object':
      if (value !== null) return writeObject(writer, tag, value, depth);
      break;
    case 'undefined':
      break;
    default:
      writeEmpty(writer, tag);
      return 1;
  }
  writeEmpty(writer, tag);
  return 0;
}

/** The AnyValue of a string: both lengths are guessed from its characters, and right for ASCII. */
function writeString(writer: ProtoWriter, tag: number, value: string): void {
  writer.ensure(0);
  const reserve = value.length < 126 ? 1 : value.length < 0x3ffc ? 2 : 3;
  const start = writer.open(tag, reserve);
  writer.string(0x0a, value);
  writer.close(start, reserve);
}

function writeInt(writer: ProtoWriter, tag: number, low: number, high: number): void {
  const start = writer.open(tag, 1);
  writer.bytes[writer.pos++] = 0x18;
  writer.varint64(low, high);
  writer.close(start, 1);
}

function writeEmpty(writer: ProtoWriter, tag: number): void {
  writer.bytes[writer.pos++] = tag;
  writer.bytes[writer.pos++] = 0;
}

function writeObject(writer: ProtoWriter, tag: number, value: object, depth: number): number {
  if (value instanceof Uint8Array) {
    const start = writer.open(tag, 2);
    writer.blob(0x3a, value);
    writer.close(start, 2);
    return 0;
  }
  if (value instanceof Date) {
    writeString(writer, tag, dateText(value));
    return 0;
  }
  const { ancestors } = writer;
  if (ancestors.length === 0) writer.valueStart = writer.pos;
  // Below a list lie its entries and, for a map, their values.
  const below = Array.isArray(value) ? depth + 2 : depth + 3;
  if (below > MAX_MESSAGE_DEPTH || ancestors.includes(value) || writer.pos - writer.valueStart > MAX_VALUE_BYTES) {
    writeEmpty(writer, tag);
    return 1;
  }
  ancestors.push(value);
  try {
    const start = writer.open(tag, 1);
    const dropped = writeContainer(writer, value, depth + 1);
    writer.close(start, 1);
    return dropped;
  } finally {
    ancestors.pop();
  }
}

/** Writes the ArrayValue or KeyValueList of an AnyValue; it lies at `depth`. */
function writeContainer(writer: ProtoWriter, value: object, depth: number): number {
  let dropped = 0;
  if (Array.isArray(value)) {
    const doubles = (value as MarkedArray)[DOUBLES];
    const start = writer.open(0x2a, 1);
    for (let i = 0; i < value.length; i++) {
      dropped += writeValue(writer, 0x0a, value[i], doubles?.has(i) === true, depth + 1);
    }
    writer.close(start, 1);
    return dropped;
  }
  const start = writer.open(0x32, 1);
  if (value instanceof Map) {
    for (const [key, item] of value) dropped += writeKeyValue(writer, 0x0a, String(key), item, false, depth + 1);
  } else dropped = writeAttributes(writer, 0x0a, value as AttributeMap, depth + 1);
  writer.close(start, 1);
  return dropped;
}
