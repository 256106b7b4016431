/**
 * The protobuf writer: one pass over one growing buffer. A message is written behind the bytes reserved for its
 * length; where the guess was wrong, the message moves by a byte or two.
 *
 * Room is made by whoever writes something of variable length: afterwards there are `SLACK` bytes left, more than
 * any run of fixed-size fields takes between two such writes.
 */
import type { Groups } from '../groups.ts';
import type { HrTime } from '../records.ts';
import { hrTimeToNanos } from '../time.ts';
import { type WritableBuffer, writeUtf8 } from '../utf8.ts';
import { encodedKey } from './keys.ts';

const SLACK = 512;
const FIRST_CAPACITY = 64 * 1024;
/** A writer that grew beyond this is not kept for the next request. */
const KEPT_CAPACITY = 4 * 1024 * 1024;
/** Up to here the length of a string fits one byte, whatever its characters. */
const SHORT = 42;

const ZERO_TRACE_ID = '0'.repeat(32);
const ZERO_SPAN_ID = '0'.repeat(16);

/** Value of each hex digit by character; 0xff for what is none. */
const HEX = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Gives memory for this many bytes, exactly; what they hold is overwritten. */
export type Room = (length: number) => Uint8Array;

/** How many bytes to reserve for a length. */
export type Reserve = 1 | 2 | 3;

/** The reserve that fits a message of this length, or comes nearest to it. */
export function reserveFor(length: number): Reserve {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;
}

export class ProtoWriter {
  bytes: WritableBuffer = allocate(FIRST_CAPACITY);
  view: DataView = viewOf(this.bytes);
  pos = 0;
  /** The groups that are written with this writer. */
  groups: Groups | undefined = undefined;
  /** The containers around the attribute value being written; the same object among them is a cycle. */
  readonly ancestors: object[] = [];
  /** Where the outermost of them began. */
  valueStart = 0;

  /** Makes room for this many bytes and the slack. */
  ensure(length: number): void {
    if (this.pos + length + SLACK > this.bytes.length) this.grow(length);
  }

  private grow(length: number): void {
    const bytes = allocate(Math.max(this.bytes.length * 2, this.pos + length + SLACK));
    this.bytes.copy(bytes, 0, 0, this.pos);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Writes a tag and reserves the length of what follows; `close` takes the position this returns. */
  open(tag: number, reserve: Reserve): number {
    this.bytes[this.pos] = tag;
    this.pos += 1 + reserve;
    return this.pos;
  }

  /** Writes the length of the message that began at `start`. */
  close(start: number, reserve: Reserve): void {
    const length = this.pos - start;
    if (length < 0x80 && reserve === 1) {
      this.bytes[start - 1] = length;
      return;
    }
    const size = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5;
    if (size !== reserve) {
      this.ensure(0);
      this.bytes.copyWithin(start + size - reserve, start, this.pos);
    }
    this.pos = this.varintAt(start - reserve, length) + length;
  }

  /** Writes an integer below 2^53. */
  varint(value: number): void {
    this.pos = this.varintAt(this.pos, value);
  }

  private varintAt(at: number, value: number): number {
    const { bytes } = this;
    let pos = at;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[pos++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[pos] = rest;
    return pos + 1;
  }

  /** Writes 64 bits, given as 32-bit halves, as varint. */
  varint64(low: number, high: number): void {
    const { bytes } = this;
    let pos = this.pos;
    let lowRest = low >>> 0;
    let highRest = high >>> 0;
    while (highRest > 0 || lowRest > 0x7f) {
      bytes[pos++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    bytes[pos] = lowRest;
    this.pos = pos + 1;
  }

  /** An enum or int32 field; omitted when 0 or absent. Negative values take ten bytes. */
  int32(tag: number, value: number | undefined): void {
    const int = (value ?? 0) | 0;
    if (int === 0) return;
    this.bytes[this.pos++] = tag;
    if (int < 0) this.varint64(int, 0xffff_ffff);
    else this.varint(int);
  }

  /** A uint32 field; omitted when 0 or absent. */
  uint32(tag: number, value: number | undefined): void {
    const int = (value ?? 0) >>> 0;
    if (int === 0) return;
    this.bytes[this.pos++] = tag;
    this.varint(int);
  }

  /** An int64 field of an integer from 0 to 2^53; omitted when 0. */
  uint64(tag: number, value: number): void {
    if (!(value >= 1)) return;
    this.bytes[this.pos++] = tag;
    this.varint(Math.floor(Math.min(value, Number.MAX_SAFE_INTEGER)));
  }

  /** A sint32 field; omitted when 0. */
  sint32(tag: number, value: number): void {
    if ((value | 0) === 0) return;
    this.bytes[this.pos++] = tag;
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A double field, written even when 0. */
  double(tag: number, value: number): void {
    this.bytes[this.pos++] = tag;
    this.view.setFloat64(this.pos, value, true);
    this.pos += 8;
  }

  /** Four bytes without tag. */
  fixed32(value: number): void {
    this.view.setUint32(this.pos, value >>> 0, true);
    this.pos += 4;
  }

  /** 64 bits without tag, two's complement, of a safe integer or bigint. */
  fixed64(value: number | bigint): void {
    const { view, pos } = this;
    if (typeof value === 'bigint') view.setBigUint64(pos, BigInt.asUintN(64, value), true);
    else {
      view.setUint32(pos, value >>> 0, true);
      view.setUint32(pos + 4, Math.floor(value / 0x1_0000_0000) >>> 0, true);
    }
    this.pos += 8;
  }

  /** A time in nanoseconds since the epoch; omitted when 0, which is "unknown". */
  time(tag: number, time: HrTime | undefined): void {
    if (time === undefined) return;
    const seconds = time[0];
    const nanos = time[1];
    if (seconds === 0 && nanos === 0) return;
    const { view } = this;
    this.bytes[this.pos++] = tag;
    if (seconds >>> 0 === seconds && nanos >>> 0 === nanos && nanos < 1_000_000_000) {
      // The low half is exact modulo 2^32; it then tells which multiple of 2^32 the rounded total is nearest to.
      const low = (Math.imul(seconds, 1_000_000_000) + nanos) >>> 0;
      view.setUint32(this.pos, low, true);
      view.setUint32(this.pos + 4, Math.round((seconds * 1e9 + nanos - low) / 0x1_0000_0000), true);
    } else view.setBigUint64(this.pos, hrTimeToNanos(time), true);
    this.pos += 8;
  }

  /** A string field; omitted when empty or absent. */
  text(tag: number, value: string | undefined): void {
    if (value) this.string(tag, value);
  }

  /** A string field, written even when empty. Lone surrogates become U+FFFD. */
  string(tag: number, value: string): void {
    const text = typeof value === 'string' ? value : String(value);
    const { length } = text;
    this.ensure(length * 3);
    const { bytes } = this;
    bytes[this.pos++] = tag;
    if (length <= SHORT) {
      const start = this.pos + 1;
      const end = writeUtf8(bytes, text, start);
      bytes[start - 1] = end - start;
      this.pos = end;
      return;
    }
    const reserve = reserveFor(length);
    this.pos += reserve;
    const start = this.pos;
    this.pos += bytes.utf8Write(text, start);
    this.close(start, reserve);
  }

  /** The field `key = 1` of a KeyValue, from the cache of encoded keys. */
  key(key: string): void {
    const field = encodedKey(key)?.field;
    if (field === undefined) {
      this.string(0x0a, key);
      return;
    }
    this.ensure(field.length);
    this.bytes.set(field, this.pos);
    this.pos += field.length;
  }

  /**
   * A KeyValue with a string, at once: possible when all three lengths take one byte, as they nearly always do.
   * False when it is not; nothing is written then.
   */
  stringEntry(tag: number, key: string, value: string): boolean {
    const known = encodedKey(key);
    if (known === undefined || known.field.length + value.length > 123) return false;
    this.ensure(1024);
    const { bytes } = this;
    const start = this.pos;
    if (known.entry !== undefined && known.value === value) {
      bytes[start] = tag;
      bytes.set(known.entry, start + 1);
      this.pos = start + 1 + known.entry.length;
      return true;
    }
    const { field } = known;
    bytes.set(field, start + 2);
    const at = start + 2 + field.length;
    const end = writeUtf8(bytes, value, at + 4);
    if (end - start > 129) return false;
    bytes[start] = tag;
    bytes[start + 1] = end - start - 2;
    bytes[at] = 0x12;
    bytes[at + 1] = end - at - 2;
    bytes[at + 2] = 0x0a;
    bytes[at + 3] = end - at - 4;
    known.saw(value, bytes, start + 1, end);
    this.pos = end;
    return true;
  }

  /** A KeyValue with an int64 from 0 to 2^28 or (tag 0x10) a bool, at once. False when its key is a long one. */
  smallEntry(tag: number, key: string, valueTag: number, value: number): boolean {
    const field = encodedKey(key)?.field;
    if (field === undefined) return false;
    this.ensure(128);
    const { bytes } = this;
    const start = this.pos;
    bytes.set(field, start + 2);
    const at = start + 2 + field.length;
    bytes[start] = tag;
    bytes[at] = 0x12;
    bytes[at + 2] = valueTag;
    let pos = at + 3;
    let rest = value;
    while (rest > 0x7f) {
      bytes[pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[pos++] = rest;
    bytes[start + 1] = pos - start - 2;
    bytes[at + 1] = pos - at - 2;
    this.pos = pos;
    return true;
  }

  /** A bytes field, written even when empty. */
  blob(tag: number, value: Uint8Array): void {
    this.bytes[this.pos++] = tag;
    this.varint(value.length);
    this.raw(value);
  }

  /** Copies bytes that are protobuf already. */
  raw(value: Uint8Array): void {
    if (value.length === 0) return;
    this.ensure(value.length);
    this.bytes.set(value, this.pos);
    this.pos += value.length;
  }

  /** An id of this many hex digits; omitted when it has another form. */
  id(tag: number, hex: string | undefined, digits: 16 | 32): void {
    if (typeof hex !== 'string' || hex.length !== digits) return;
    const { bytes } = this;
    let pos = this.pos;
    bytes[pos++] = tag;
    bytes[pos++] = digits >> 1;
    let codes = 0;
    let values = 0;
    for (let i = 0; i < digits; i += 2) {
      const first = hex.charCodeAt(i);
      const second = hex.charCodeAt(i + 1);
      const high = HEX[first & 0xff] as number;
      const low = HEX[second & 0xff] as number;
      codes |= first | second;
      values |= high | low;
      bytes[pos++] = (high << 4) | low;
    }
    if (codes > 0xff || values > 0xf) return;
    this.pos = pos;
  }

  /** An id as `id` writes it, but omitted when all its digits are 0: "no parent", "no trace". */
  validId(tag: number, hex: string | undefined, digits: 16 | 32): void {
    if (hex !== ZERO_TRACE_ID && hex !== ZERO_SPAN_ID) this.id(tag, hex, digits);
  }

  /** What was written from `start` on, as bytes of their own, in the memory that `room` gives. */
  copy(start: number, room?: Room): Uint8Array {
    const content = this.bytes.subarray(start, this.pos);
    if (room === undefined) return new Uint8Array(content);
    const bytes = room(content.length);
    bytes.set(content);
    return bytes;
  }
}

function allocate(length: number): WritableBuffer {
  return Buffer.allocUnsafeSlow(length) as WritableBuffer;
}

/** Writers that nobody uses. Several are in use at a time when something is encoded in steps. */
const spare: ProtoWriter[] = [];
const MAX_SPARE = 4;

/** A writer for one message; its buffer was used before. */
export function takeWriter(): ProtoWriter {
  const writer = spare.pop() ?? new ProtoWriter();
  writer.pos = 0;
  return writer;
}

/** What the writer wrote is copied or of no use: another message may be written with it. */
export function giveWriter(writer: ProtoWriter): void {
  if (writer.bytes.length <= KEPT_CAPACITY && spare.length < MAX_SPARE) spare.push(writer);
}

/** Runs `write` with a writer whose buffer is reused between calls, and returns a copy of what it wrote. */
export function written(write: (writer: ProtoWriter) => void): Uint8Array {
  // A getter of a record may encode something itself: with another writer.
  const writer = takeWriter();
  try {
    write(writer);
    return writer.copy(0);
  } finally {
    giveWriter(writer);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
