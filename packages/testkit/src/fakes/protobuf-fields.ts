/** The fields of a protobuf message one after the other, for fakes that must not share the encoder's mistakes. */

/** The value of a field, as whatever the reader knows it to be. */
export interface FieldValue {
  /** Of a length-delimited field; empty for the others. */
  readonly bytes: Buffer;
  readonly varint: bigint;
  /** Of an eight-byte field. */
  readonly bits: bigint;
  readonly double: number;
  /** Throws for what is no UTF-8. */
  readonly text: string;
}

const NOTHING = Buffer.alloc(0);
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Visits every field; throws for what is no protobuf. */
export function eachField(message: Buffer, visit: (number: number, value: FieldValue) => void): void {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('proto: unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('proto: integer overflow');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('proto: unexpected EOF');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const type = tag % 8;
    let number = 0n;
    let bytes: Buffer = NOTHING;
    if (type === 0) number = varint();
    else if (type === 1) bytes = take(8);
    else if (type === 2) bytes = take(Number(varint()));
    else if (type === 5) bytes = take(4);
    else throw new Error(`proto: illegal wireType ${type}`);
    visit(tag >> 3, fieldValue(bytes, number, type));
  }
}

function fieldValue(bytes: Buffer, varint: bigint, type: number): FieldValue {
  return {
    bytes: type === 2 ? bytes : NOTHING,
    varint,
    get bits() {
      return type === 1 ? bytes.readBigUInt64LE(0) : 0n;
    },
    get double() {
      return type === 1 ? bytes.readDoubleLE(0) : 0;
    },
    get text() {
      return UTF8.decode(bytes);
    },
  };
}

/** The varints of a packed field. */
export class Packed implements Iterable<bigint> {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<bigint> {
    let value = 0n;
    let shift = 0n;
    for (const byte of this.#bytes) {
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte >= 0x80) continue;
      yield value;
      value = 0n;
      shift = 0n;
    }
    if (shift !== 0n) throw new Error('proto: unexpected EOF');
  }
}

/** A zigzag number. */
export function signed(varint: bigint): number {
  return Number((varint >> 1n) ^ -(varint & 1n));
}
