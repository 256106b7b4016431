/** MessagePack into one growing buffer: what the Agent's intake for traces needs of it. */
const FIRST_SIZE = 64 * 1024;
const MAX_KEYS = 4096;
/** Up to here a loop costs less than a call of native code. */
const LOOP_LENGTH = 32;

const keys = new Map<string, Buffer>();

export class MsgpackWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #view = new DataView(this.#buffer.buffer);
  /** Bytes written so far; lower it to take the last ones back. */
  length = 0;

  /** The bytes from here to the end, copied. */
  copy(from: number = 0): Buffer {
    return Buffer.from(this.#buffer.subarray(from, this.length));
  }

  /** The beginning of a list whose length is not known yet: the place for {@link count}. */
  list(): number {
    return this.#open(0xdd);
  }

  /** The beginning of a map whose size is not known yet: the place for {@link count}. */
  map(): number {
    return this.#open(0xdf);
  }

  /** The number of elements of a list, or of members of a map. */
  count(at: number, count: number): void {
    this.#view.setUint32(at, count);
  }

  /** A map of at most fifteen members, which follow. */
  smallMap(members: number): void {
    this.#room(1);
    this.#buffer[this.length++] = 0x80 | members;
  }

  /** A text that comes again and again, as the names of attributes. */
  key(name: string): void {
    let bytes = keys.get(name);
    if (bytes === undefined) {
      const from = this.length;
      this.text(name);
      bytes = this.copy(from);
      if (keys.size >= MAX_KEYS) keys.clear();
      keys.set(name, bytes);
      return;
    }
    this.raw(bytes);
  }

  text(value: string): void {
    // The header is chosen for the longest UTF-8 that the text can have; a larger one than needed is legal.
    const most = value.length * 3;
    this.#room(5 + most);
    const head = most < 32 ? 1 : most < 256 ? 2 : most < 65_536 ? 3 : 5;
    const size = this.#ascii(value, this.length + head) ?? this.#buffer.write(value, this.length + head, 'utf8');
    if (head === 1) {
      this.#buffer[this.length] = 0xa0 | size;
    } else {
      this.#buffer[this.length] = head === 2 ? 0xd9 : head === 3 ? 0xda : 0xdb;
      this.#buffer.writeUIntBE(size, this.length + 1, head - 1);
    }
    this.length += head + size;
  }

  /** An unsigned number given as 16 hexadecimal digits. */
  hex64(digits: string): void {
    this.#head(0xcf, 8);
    this.length += this.#buffer.write(digits, this.length, 8, 'hex');
  }

  int64(value: bigint): void {
    this.#head(0xd3, 8);
    this.#view.setBigInt64(this.length, value);
    this.length += 8;
  }

  double(value: number): void {
    this.#head(0xcb, 8);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** 0 to 127. */
  smallInteger(value: number): void {
    this.#room(1);
    this.#buffer[this.length++] = value;
  }

  /** Bytes that are MessagePack already. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#room(length);
    if (length > LOOP_LENGTH) this.#buffer.set(bytes, this.length);
    else for (let i = 0; i < length; i++) this.#buffer[this.length + i] = bytes[i] as number;
    this.length += length;
  }

  /** Writes a short text of ASCII and returns its bytes; `undefined`, and nothing that counts is written, for others. */
  #ascii(value: string, at: number): number | undefined {
    const { length } = value;
    if (length > LOOP_LENGTH) return undefined;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return undefined;
      this.#buffer[at + i] = code;
    }
    return length;
  }

  #open(type: number): number {
    this.#head(type, 4);
    const at = this.length;
    this.length += 4;
    return at;
  }

  #head(type: number, bytes: number): void {
    this.#room(1 + bytes);
    this.#buffer[this.length++] = type;
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(this.#buffer.length * 2 + bytes);
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
