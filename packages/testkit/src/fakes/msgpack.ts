/** Reads MessagePack strictly: no key of a map twice, valid UTF-8, nothing behind the end. */

/** A value; integers of 64 bits are bigint, smaller ones numbers. */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly MsgpackValue[]
  | ReadonlyMap<string, MsgpackValue>;

/** The only value of these bytes; throws a sentence about what is wrong with them. */
export function readMsgpack(bytes: Buffer): MsgpackValue {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (!reader.isAtEnd) throw new Error('There are bytes behind the end.');
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(): MsgpackValue {
    const type = this.#take(1).readUInt8();
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f);
    if (type < 0xa0) return this.#list(type & 0x0f);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#size(2 ** (type - 0xc4)));
      case 0xca:
        return this.#take(4).readFloatBE();
      case 0xcb:
        return this.#take(8).readDoubleBE();
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#size(2 ** (type - 0xcc));
      case 0xcf:
        return this.#take(8).readBigUInt64BE();
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 2 ** (type - 0xd0);
        return this.#take(size).readIntBE(0, size);
      }
      case 0xd3:
        return this.#take(8).readBigInt64BE();
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#size(2 ** (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#size(2 ** (type - 0xdb)));
      case 0xde:
      case 0xdf:
        return this.#map(this.#size(2 ** (type - 0xdd)));
      default:
        throw new Error(`The type 0x${type.toString(16)} is unexpected.`);
    }
  }

  #list(length: number): MsgpackValue[] {
    if (length > this.#bytes.length) throw new Error('A list longer than the body.');
    return Array.from({ length }, () => this.value());
  }

  #map(size: number): ReadonlyMap<string, MsgpackValue> {
    const map = new Map<string, MsgpackValue>();
    for (let i = 0; i < size; i++) {
      const key = this.value();
      if (typeof key !== 'string') throw new Error('A key that is no text.');
      if (map.has(key)) throw new Error(`The key ${key} is there twice.`);
      map.set(key, this.value());
    }
    return map;
  }

  #text(bytes: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.#take(bytes));
  }

  #size(bytes: number): number {
    return this.#take(bytes).readUIntBE(0, bytes);
  }

  #take(bytes: number): Buffer {
    if (this.#at + bytes > this.#bytes.length) throw new Error('unexpected EOF');
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }
}
