/** Protobuf wire format into one growing buffer: what the remote write messages need, and nothing more. */

const INITIAL_BYTES = 16 * 1024;
const TWO_28 = 2 ** 28;
/** The quiet NaN Prometheus uses for "not a number"; JavaScript's own has another payload. */
const NAN_HIGH = 0x7ff80000;
/** The NaN that ends a series, `0x7ff0000000000002`. */
const STALE_HIGH = 0x7ff00000;

/** Number of bytes `writeVarint` takes for a non-negative integer up to 2^53. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  let length = 4;
  for (let rest = Math.floor(value / TWO_28); rest > 0; rest = Math.floor(rest / 128)) length++;
  return length;
}

/**
 * Writes protobuf into memory that grows and stays. What says so expects its room to be reserved.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { WireWriter } from '@telemetryflow/remote-write';
 *
 * // message Point { string name = 1; Value value = 2; }  message Value { double double = 1; }
 * const writer = new WireWriter();
 * writer.string(0x0a, 'load');
 * const start = writer.beginMessage(0x12);
 * writer.reserve(9);
 * writer.tag(0x09);
 * writer.double(0.5);
 * writer.endMessage(start);
 * assert.equal(Buffer.from(writer.finish()).toString('hex'), '0a046c6f6164' + '1209' + '09000000000000e03f');
 * ```
 */
export class WireWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view: DataView = viewOf(this.#bytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forget what was written, keep the memory. */
  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return Buffer.from(this.view());
  }

  /** What was written, in the writer's own memory: valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Make room for `size` more bytes. */
  reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  /** One byte, room for it already reserved: field tags below 16. */
  tag(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  /** A field tag of two bytes, room for it already reserved: fields from 16 on. */
  longTag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** A non-negative integer up to 2^53, room for 10 bytes already reserved. */
  varint(value: number): void {
    const bytes = this.#bytes;
    let position = this.#length;
    let low = value;
    if (value >= TWO_28) {
      let high = Math.floor(value / TWO_28);
      low = value - high * TWO_28;
      bytes[position++] = (low & 0x7f) | 0x80;
      bytes[position++] = ((low >>> 7) & 0x7f) | 0x80;
      bytes[position++] = ((low >>> 14) & 0x7f) | 0x80;
      bytes[position++] = (low >>> 21) | 0x80;
      while (high >= 0x80) {
        bytes[position++] = (high % 128) | 0x80;
        high = Math.floor(high / 128);
      }
      low = high;
    } else {
      while (low >= 0x80) {
        bytes[position++] = (low & 0x7f) | 0x80;
        low >>>= 7;
      }
    }
    bytes[position++] = low;
    this.#length = position;
  }

  /** Any 64 bit pattern as varint; negative values take ten bytes. */
  varint64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      this.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  /** A zigzag varint. */
  signed(value: number | bigint): void {
    if (typeof value === 'number' && Math.abs(value) < 2 ** 51) {
      this.varint(value < 0 ? -2 * value - 1 : 2 * value);
      return;
    }
    const wide = BigInt(value);
    this.varint64(wide < 0n ? -2n * wide - 1n : 2n * wide);
  }

  /** Eight bytes; NaN in Prometheus' form. */
  double(value: number): void {
    if (!Number.isNaN(value)) {
      this.#view.setFloat64(this.#length, value, true);
    } else {
      this.#view.setUint32(this.#length, 1, true);
      this.#view.setUint32(this.#length + 4, NAN_HIGH, true);
    }
    this.#length += 8;
  }

  /** Eight bytes: the stale marker. Written as integers, since JavaScript may rewrite a NaN. */
  stale(): void {
    this.#view.setUint32(this.#length, 2, true);
    this.#view.setUint32(this.#length + 4, STALE_HIGH, true);
    this.#length += 8;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Everything another writer holds. */
  append(other: WireWriter): void {
    this.raw(other.#bytes.subarray(0, other.#length));
  }

  /** A length-delimited string field with a tag of one byte; lone surrogates become U+FFFD. */
  string(tag: number, text: string): void {
    // Three bytes per UTF-16 unit at most.
    this.reserve(text.length * 3 + 12);
    this.tag(tag);
    const start = this.#length;
    if (text.length < 43) {
      const written = this.#bytes.write(text, start + 1);
      this.#bytes[start] = written;
      this.#length = start + 1 + written;
      return;
    }
    this.varint(Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Begin a message of unknown length with a tag of one byte; give the result to `endMessage`. */
  beginMessage(tag: number): number {
    this.reserve(16);
    this.tag(tag);
    this.#length++;
    return this.#length;
  }

  /** End the message: its length goes before it, moving it when one byte is not enough. */
  endMessage(start: number): void {
    const size = this.#length - start;
    const extra = varintLength(size) - 1;
    if (extra > 0) {
      this.reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#length);
    }
    const end = this.#length + extra;
    this.#length = start - 1;
    this.varint(size);
    this.#length = end;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
