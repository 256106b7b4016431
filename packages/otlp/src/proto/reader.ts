/**
 * Reads protobuf values for the decoder: strings, ids, times, integers, with the bounds and errors of `WireReader`.
 * Short ASCII strings come from a table of the last ones seen, because attribute keys and most values repeat.
 */
import { isUtf8 } from 'node:buffer';
import { OtlpError } from '../errors.ts';
import type { HrTime } from '../records.ts';
import { truncated, WireReader } from '../wire/reader.ts';
import { MAX_MESSAGE_DEPTH } from '../wire/validate.ts';
import { MESSAGE, MISTYPED, OPERATIONS } from '../wire/walk-table.ts';
import { InternedStrings, propertyName, type TextSource } from './interned.ts';

const keys = new InternedStrings(propertyName);
const values = new InternedStrings();

/** Elements (spans, events, points…) any request may hold, and how many bytes each further one has to take. */
const FREE_ELEMENTS = 100_000;
const BYTES_PER_ELEMENT = 12;

export class ProtoReader extends WireReader implements TextSource {
  /** The last AnyValue was a double that is integral, and so needs its mark. */
  marked = false;
  /** Some map holds marks, so that equal keys have to look at them. */
  anyMarks = false;
  readonly buffer: TextSource['buffer'];
  readonly view: DataView;
  private elementsLeft: number;
  private lastTraceId = '';
  private lastTraceAt = -1;

  constructor(bytes: Uint8Array) {
    // One object shape for the compiler, whether the caller has a Buffer or a Uint8Array.
    super(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    const buffer: unknown = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.buffer = buffer as TextSource['buffer'];
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.elementsLeft = FREE_ELEMENTS + Math.floor(bytes.length / BYTES_PER_ELEMENT);
  }

  /** Enters a repeated message. Two bytes can be a whole span, so the number of objects is bounded by the bytes. */
  element(end: number): number {
    if (--this.elementsLeft < 0) {
      throw new OtlpError('TFO_ERR_OTLP_LIMIT', 'more elements than its size explains', this.pos);
    }
    return this.length(end);
  }

  /** A length-delimited string, which must be UTF-8. */
  string(end: number): string {
    return this.text(values, end);
  }

  /** A string that is used as key of attributes. */
  key(end: number): string {
    return this.text(keys, end);
  }

  private text(interned: InternedStrings, end: number): string {
    const valueEnd = this.length(end);
    const start = this.pos;
    this.pos = valueEnd;
    return interned.find(this, start, valueEnd) ?? this.long(start, valueEnd);
  }

  private long(start: number, end: number): string {
    if (start === end) return '';
    const text = this.buffer.utf8Slice(start, end);
    // Invalid bytes decode to U+FFFD, which may also stand there in its own right.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end))) {
      throw new OtlpError('TFO_ERR_OTLP_UTF8', 'a string is not UTF-8', start);
    }
    return text;
  }

  /** A bytes value, copied. */
  blob(end: number): Uint8Array {
    const valueEnd = this.length(end);
    const value = this.bytes.slice(this.pos, valueEnd);
    this.pos = valueEnd;
    return value;
  }

  /** A trace id in hex, `''` when empty. */
  traceId(end: number): string {
    const valueEnd = this.idEnd(end, 'trace', 16);
    const start = this.pos;
    this.pos = valueEnd;
    if (start === valueEnd) return '';
    if (this.lastTraceAt >= 0 && this.equal(this.lastTraceAt, start, 16)) return this.lastTraceId;
    this.lastTraceAt = start;
    this.lastTraceId = this.buffer.hexSlice(start, valueEnd);
    return this.lastTraceId;
  }

  /** A span id in hex, `''` when empty. */
  spanId(end: number): string {
    const valueEnd = this.idEnd(end, 'span', 8);
    const start = this.pos;
    this.pos = valueEnd;
    return this.buffer.hexSlice(start, valueEnd);
  }

  private idEnd(end: number, what: string, wanted: number): number {
    const valueEnd = this.length(end);
    const length = valueEnd - this.pos;
    if (length !== 0 && length !== wanted) {
      throw new OtlpError('TFO_ERR_OTLP_ID', `a ${what} id has ${length} bytes instead of ${wanted}`, this.pos);
    }
    return valueEnd;
  }

  private equal(a: number, b: number, length: number): boolean {
    const { view } = this;
    for (let i = 0; i < length; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
    return true;
  }

  /** Nanoseconds since the epoch. */
  time(end: number): HrTime {
    const at = this.fixed(8, end);
    const low = this.view.getUint32(at, true);
    const high = this.view.getUint32(at + 4, true);
    // The rounded total is off by less than a second; the nanoseconds are exact modulo 2^32 and correct it.
    let seconds = Math.floor((high * 0x1_0000_0000 + low) / 1e9);
    let nanos = (low - Math.imul(seconds, 1_000_000_000)) | 0;
    if (nanos < 0) {
      seconds--;
      nanos += 1_000_000_000;
    } else if (nanos >= 1_000_000_000) {
      seconds++;
      nanos -= 1_000_000_000;
    }
    return [seconds, nanos];
  }

  double(end: number): number {
    return this.view.getFloat64(this.fixed(8, end), true);
  }

  fixed32(end: number): number {
    return this.view.getUint32(this.fixed(4, end), true);
  }

  /** An unsigned 64-bit value; a bigint beyond 2^53. */
  fixed64(end: number): number | bigint {
    const at = this.fixed(8, end);
    return unsigned(this.view.getUint32(at, true), this.view.getUint32(at + 4, true));
  }

  /** A signed 64-bit value; a bigint beyond 2^53. */
  sfixed64(end: number): number | bigint {
    const at = this.fixed(8, end);
    return signed(this.view.getUint32(at, true), this.view.getInt32(at + 4, true));
  }

  /** A signed 64-bit varint; a bigint beyond 2^53. */
  int64(end: number): number | bigint {
    const first = this.pos < end ? (this.bytes[this.pos] as number) : 0x80;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    this.varint64(end);
    return signed(this.low, this.high | 0);
  }

  /** An unsigned 64-bit varint; a bigint beyond 2^53. */
  uint64(end: number): number | bigint {
    this.varint64(end);
    return unsigned(this.low, this.high);
  }

  uint32(end: number): number {
    this.varint64(end);
    return this.low;
  }

  int32(end: number): number {
    this.varint64(end);
    return this.low | 0;
  }

  sint32(end: number): number {
    this.varint64(end);
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  bool(end: number): boolean {
    this.varint64(end);
    return this.low !== 0 || this.high !== 0;
  }

  /** A field the decoder has no case for: passed over when `message` does not know it, else of a foreign wire type. */
  other(tag: number, end: number, message: number): void {
    if (OPERATIONS[message - MESSAGE]?.[tag] === MISTYPED) {
      throw new OtlpError('TFO_ERR_OTLP_WIRE_TYPE', `field ${tag >>> 3} cannot have wire type ${tag & 7}`, this.pos);
    }
    this.skip(tag, end);
  }

  /** Refuses messages that nest too deeply. */
  deeper(depth: number): void {
    if (depth > MAX_MESSAGE_DEPTH) throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'messages nest too deeply', this.pos);
  }

  private fixed(size: number, end: number): number {
    const at = this.pos;
    if (end - at < size) throw truncated(at);
    this.pos = at + size;
    return at;
  }
}

function unsigned(low: number, high: number): number | bigint {
  if (high < 0x20_0000) return high * 0x1_0000_0000 + low;
  return (BigInt(high) << 32n) | BigInt(low);
}

function signed(low: number, high: number): number | bigint {
  if (high >= -0x20_0000 && high < 0x20_0000) {
    const value = high * 0x1_0000_0000 + low;
    if (Number.isSafeInteger(value)) return value;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}
