/**
 * The binary protocol of Thrift: fields of structs into one growing buffer. Room is made by whoever writes something of
 * variable length: afterwards there are `SLACK` bytes left, more than the fields of fixed size between two of these take.
 */
import { writeUtf8 } from '@telemetryflow/otlp';

const FIRST_SIZE = 64 * 1024;
const SLACK = 512;
const MAX_KEYS = 4096;
const MAX_KEY_LENGTH = 64;

const DIGIT_0 = 0x30;
const LETTER_A = 0x61;

/** Types of fields. */
export const THRIFT = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

/** Keys of tags with their lengths: the same few make up nearly all of them. */
const encodedKeys = new Map<string, Uint8Array>();

export class ThriftWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #view: DataView = viewOf(this.#buffer);
  /** Bytes written so far. */
  length = 0;

  /** The bytes from here on, copied. */
  copy(from: number): Buffer {
    return Buffer.from(this.#buffer.subarray(from, this.length));
  }

  /** Copies the bytes up to `end` to the beginning of a buffer. */
  copyTo(target: Buffer, end: number): void {
    this.#buffer.copy(target, 0, 0, end);
  }

  /** Forget what comes after this many bytes. */
  cut(length: number): void {
    this.length = length;
  }

  /** The beginning of a field of a struct, list or string. */
  field(type: number, id: number): void {
    this.#buffer[this.length++] = type;
    this.#buffer[this.length++] = 0;
    this.#buffer[this.length++] = id;
  }

  /** The end of a struct. */
  stop(): void {
    this.#buffer[this.length++] = 0;
  }

  /** A field with a list of structs; its elements follow. */
  structs(id: number, count: number): void {
    this.#room(0);
    this.field(THRIFT.list, id);
    this.#buffer[this.length++] = THRIFT.struct;
    this.#int32(count);
  }

  /** A string; lone surrogates become U+FFFD. */
  string(id: number, value: string): void {
    this.#room(value.length * 3);
    this.field(THRIFT.string, id);
    const start = this.length + 4;
    const end = writeUtf8(this.#buffer, value, start);
    this.#int32(end - start);
    this.length = end;
  }

  /** A string that comes again and again. */
  key(id: number, value: string): void {
    const known = encodedKeys.get(value) ?? remember(value);
    if (known === undefined) {
      this.string(id, value);
      return;
    }
    this.#room(known.length);
    this.field(THRIFT.string, id);
    this.#buffer.set(known, this.length);
    this.length += known.length;
  }

  bytes(id: number, value: Uint8Array): void {
    this.field(THRIFT.string, id);
    this.#int32(value.length);
    this.raw(value);
  }

  /** Bytes that are Thrift already. */
  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#buffer.set(value, this.length);
    this.length += value.length;
  }

  bool(id: number, value: boolean): void {
    this.field(THRIFT.bool, id);
    this.#buffer[this.length++] = value ? 1 : 0;
  }

  i32(id: number, value: number): void {
    this.field(THRIFT.i32, id);
    this.#int32(value);
  }

  i64(id: number, value: number | bigint): void {
    this.field(THRIFT.i64, id);
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(this.length, value);
      this.length += 8;
    } else {
      this.#int32(Math.floor(value / 0x1_0000_0000));
      this.#int32(value);
    }
  }

  /** An i64 given as 16 lower-case hexadecimal digits. */
  hex64(id: number, digits: string): void {
    this.field(THRIFT.i64, id);
    this.#int32(hex32(digits, 0));
    this.#int32(hex32(digits, 8));
  }

  double(id: number, value: number): void {
    this.field(THRIFT.double, id);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** The low 32 bits of an integer. */
  #int32(value: number): void {
    this.#view.setInt32(this.length, value);
    this.length += 4;
  }

  #room(bytes: number): void {
    if (this.length + bytes + SLACK <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(this.#buffer.length * 2 + bytes + SLACK);
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
    this.#view = viewOf(grown);
  }
}

/** The number of eight digits. */
function hex32(digits: string, from: number): number {
  let value = 0;
  for (let i = from; i < from + 8; i++) {
    const code = digits.charCodeAt(i);
    value = (value << 4) | (code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10);
  }
  return value;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** `undefined` for keys that are too long to keep. */
function remember(key: string): Uint8Array | undefined {
  if (key.length > MAX_KEY_LENGTH) return undefined;
  const text = Buffer.from(key);
  const encoded = Buffer.alloc(4 + text.length);
  encoded.writeInt32BE(text.length);
  encoded.set(text, 4);
  // Keys that are made up per item would fill it for good; starting over costs one encoding per key.
  if (encodedKeys.size >= MAX_KEYS) encodedKeys.clear();
  encodedKeys.set(key, encoded);
  return encoded;
}
