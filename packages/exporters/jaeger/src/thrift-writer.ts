/** The binary protocol of Thrift: fields of structs into one growing buffer. */
const FIRST_SIZE = 64 * 1024;

/** Types of fields. */
export const THRIFT = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

export class ThriftWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_SIZE);
  /** Bytes written so far. */
  length = 0;

  /** The bytes from here to the end, copied. */
  copy(from: number, to: number = this.length): Buffer {
    return Buffer.from(this.#buffer.subarray(from, to));
  }

  /** Forget what comes after this many bytes. */
  cut(length: number): void {
    this.length = length;
  }

  /** The beginning of a field of a struct, list or string. */
  field(type: number, id: number): void {
    this.#room(3);
    this.#buffer[this.length++] = type;
    this.#buffer[this.length++] = 0;
    this.#buffer[this.length++] = id;
  }

  /** The end of a struct. */
  stop(): void {
    this.#room(1);
    this.#buffer[this.length++] = 0;
  }

  /** A field with a list of structs; its elements follow. */
  structs(id: number, count: number): void {
    this.field(THRIFT.list, id);
    this.#room(5);
    this.#buffer[this.length++] = THRIFT.struct;
    this.length = this.#buffer.writeInt32BE(count, this.length);
  }

  string(id: number, value: string): void {
    this.field(THRIFT.string, id);
    const most = value.length * 3;
    this.#room(4 + most);
    const written = this.#buffer.write(value, this.length + 4, 'utf8');
    this.#buffer.writeInt32BE(written, this.length);
    this.length += 4 + written;
  }

  bytes(id: number, value: Uint8Array): void {
    this.field(THRIFT.string, id);
    this.#room(4 + value.length);
    this.length = this.#buffer.writeInt32BE(value.length, this.length);
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
    this.#room(1);
    this.#buffer[this.length++] = value ? 1 : 0;
  }

  i32(id: number, value: number): void {
    this.field(THRIFT.i32, id);
    this.#room(4);
    this.length = this.#buffer.writeInt32BE(value, this.length);
  }

  i64(id: number, value: number | bigint): void {
    this.field(THRIFT.i64, id);
    this.#room(8);
    this.length = this.#buffer.writeBigInt64BE(BigInt.asIntN(64, BigInt(value)), this.length);
  }

  /** An i64 given as 16 hexadecimal digits. */
  hex64(id: number, digits: string): void {
    this.field(THRIFT.i64, id);
    this.#room(8);
    this.length += this.#buffer.write(digits, this.length, 8, 'hex');
  }

  double(id: number, value: number): void {
    this.field(THRIFT.double, id);
    this.#room(8);
    this.length = this.#buffer.writeDoubleBE(value, this.length);
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(this.#buffer.length * 2 + bytes);
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}
