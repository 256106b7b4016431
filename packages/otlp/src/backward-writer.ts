/**
 * Writes protobuf from the end to the beginning, so that the length of a message is known when it is written. Fields
 * therefore come in reverse: the last one first.
 */
const FIRST_SIZE = 4096;

/**
 * Writes protobuf from its end to its beginning, so that lengths are known when they are written.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { BackwardWriter } from '@telemetryflow/otlp';
 *
 * // message Point { string name = 1; Value value = 2; }  message Value { double double = 1; }
 * const writer = new BackwardWriter();
 * const end = writer.length;
 * writer.double(1, 0.5);
 * writer.message(2, end);
 * writer.string(1, 'load');
 * assert.equal(writer.take().toString('hex'), '0a046c6f6164' + '1209' + '09000000000000e03f');
 * ```
 */
export class BackwardWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #at: number = FIRST_SIZE;

  /** Bytes written so far; a message ends here. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** The bytes written since the last `take`, and a fresh start. */
  take(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(this.#at));
    this.#at = this.#buffer.length;
    return bytes;
  }

  /** Put what a message holds in front: everything since the length was `end`. */
  message(field: number, end: number): void {
    this.#varint(this.length - end);
    this.#tag(field, 2);
  }

  bytes(field: number, value: Uint8Array): void {
    this.raw(value);
    this.#varint(value.length);
    this.#tag(field, 2);
  }

  /** Bytes that are fields already. */
  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
  }

  string(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#room(length);
    this.#at -= length;
    this.#buffer.write(value, this.#at, 'utf8');
    this.#varint(length);
    this.#tag(field, 2);
  }

  hex(field: number, value: string): void {
    const length = value.length >>> 1;
    this.#room(length);
    this.#at -= length;
    this.#buffer.write(value, this.#at, 'hex');
    this.#varint(length);
    this.#tag(field, 2);
  }

  /** A non-negative integer or boolean. */
  uint(field: number, value: number | bigint): void {
    if (typeof value === 'bigint') this.#bigVarint(value);
    else this.#varint(value);
    this.#tag(field, 0);
  }

  /** An int64: negative ones take ten bytes. */
  int64(field: number, value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.#varint(value);
    else this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
    this.#tag(field, 0);
  }

  double(field: number, value: number): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
    this.#tag(field, 1);
  }

  fixed64(field: number, value: bigint): void {
    this.#room(8);
    this.#at -= 8;
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
    this.#tag(field, 1);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#room(10);
    let size = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[at++] = (rest % 128) | 0x80;
    this.#buffer[at] = rest;
  }

  #bigVarint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  #room(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, used + bytes));
    this.#buffer.copy(grown, grown.length - used, this.#at);
    this.#at = grown.length - used;
    this.#buffer = grown;
  }
}
