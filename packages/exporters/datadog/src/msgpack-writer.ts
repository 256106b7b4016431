/** MessagePack into one growing buffer: what the Agent's intake for traces needs of it. */
import { takeBody } from '@telemetryflow/http';
import { writeUtf8 } from '@telemetryflow/otlp';

const FIRST_SIZE = 64 * 1024;
/** Up to here a loop costs less than a call of native code. */
const LOOP_LENGTH = 32;

export class MsgpackWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #view = new DataView(this.#buffer.buffer);
  /** Bytes written so far; lower it to take the last ones back. */
  length = 0;

  /** The bytes from here to the end, copied. */
  copy(from: number = 0): Buffer {
    return Buffer.from(this.#buffer.subarray(from, this.length));
  }

  /** All bytes, in memory of `takeBody`; what is written now begins anew. */
  take(): Buffer {
    const body = takeBody(this.length);
    this.#buffer.copy(body, 0, 0, this.length);
    this.length = 0;
    return body;
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

  text(value: string): void {
    // The header is chosen for the longest UTF-8 that the text can have; a larger one than needed is legal.
    const most = value.length * 3;
    this.#room(5 + most);
    const buffer = this.#buffer;
    const at = this.length;
    const head = most < 32 ? 1 : most < 256 ? 2 : most < 65_536 ? 3 : 5;
    const end = writeUtf8(buffer, value, at + head);
    const size = end - at - head;
    if (head === 1) buffer[at] = 0xa0 | size;
    else if (head === 2) {
      buffer[at] = 0xd9;
      buffer[at + 1] = size;
    } else {
      buffer[at] = head === 3 ? 0xda : 0xdb;
      buffer.writeUIntBE(size, at + 1, head - 1);
    }
    this.length = end;
  }

  /** An unsigned number given as 16 hexadecimal digits in lower case, from there on in a text. */
  hex64(text: string, from: number = 0): void {
    this.#head(0xcf, 8);
    const buffer = this.#buffer;
    let at = this.length;
    for (let i = from; i < from + 16; i += 2) {
      buffer[at++] = (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1));
    }
    this.length = at;
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
    const buffer = this.#buffer;
    let at = this.length;
    if (length > LOOP_LENGTH) buffer.set(bytes, at);
    else for (let i = 0; i < length; i++) buffer[at++] = bytes[i] as number;
    this.length += length;
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

function digit(code: number): number {
  return (code & 0xf) + (code >> 6) * 9;
}

const scratch = new MsgpackWriter();

/** Texts as MessagePack, one behind the other. */
export function packed(...texts: readonly string[]): Uint8Array {
  scratch.length = 0;
  for (const text of texts) scratch.text(text);
  return new Uint8Array(scratch.copy());
}
