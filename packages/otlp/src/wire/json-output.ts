/** A growing buffer that JSON is written into; it owns escaping and the form of numbers. */
import type { JsonField } from './json-table.ts';
import { isSpecialWord } from './words.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BILLION = 1e9;
const HEX = Buffer.from('0123456789abcdef');

/** Room kept behind every string: for a key, a number and punctuation. */
const ROOM = 128;

export class JsonOutput {
  private bytes: Buffer;
  private view: DataView;
  private pos = 0;

  constructor(expected: number) {
    this.bytes = Buffer.allocUnsafeSlow(expected + ROOM);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** What was written, in memory of its own size. */
  finish(): Uint8Array {
    return Buffer.from(this.bytes.subarray(0, this.pos));
  }

  /**
   * Makes room for what a field needs besides its text: the writers that take no string rely on it having been
   * called before each of them.
   */
  room(): void {
    this.reserve(0);
  }

  /** One ASCII byte. */
  byte(byte: number): void {
    this.bytes[this.pos++] = byte;
  }

  /** The key of a member, behind a comma or, for the first one, the object's opening brace. */
  member({ member, memberLength }: JsonField, first: boolean): void {
    const { view, pos } = this;
    for (let i = 0; i < member.length; i++) view.setInt32(pos + i * 4, member[i] as number, true);
    if (first) this.bytes[pos] = 0x7b;
    this.pos = pos + memberLength;
  }

  /** ASCII text as it is. */
  ascii(text: string): void {
    this.reserve(text.length);
    this.pos += this.bytes.write(text, this.pos, 'latin1');
  }

  /** A string from its UTF-8 bytes. `from` is a view of `source`. */
  string(source: Uint8Array, from: DataView, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes, view } = this;
    let pos = this.pos;
    bytes[pos++] = QUOTE;
    let i = start;
    for (; i + 4 <= end; i += 4, pos += 4) {
      const word = from.getInt32(i, true);
      if (isSpecialWord(word)) break;
      view.setInt32(pos, word, true);
    }
    for (; i < end; i++) {
      const byte = source[i] as number;
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) {
        this.pos = pos;
        this.escaped(source, i, end);
        return;
      }
      bytes[pos++] = byte;
    }
    bytes[pos++] = QUOTE;
    this.pos = pos;
  }

  /** Bytes as lower-case hex, quoted. */
  hex(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 2);
    const out = this.bytes;
    let pos = this.pos;
    out[pos++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      out[pos++] = HEX[byte >> 4] as number;
      out[pos++] = HEX[byte & 15] as number;
    }
    out[pos++] = QUOTE;
    this.pos = pos;
  }

  /** Bytes as standard base64 with padding, quoted. */
  base64(source: Uint8Array, start: number, end: number): void {
    this.ascii(`"${Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('base64')}"`);
  }

  /** An integer below 10^15 in size. */
  integer(value: number): void {
    if (value < 0) this.bytes[this.pos++] = 0x2d;
    this.digits(Math.abs(value), 1);
  }

  /** A 64-bit integer from its unsigned halves, as quoted decimal. */
  int64(low: number, high: number, signed: boolean): void {
    this.bytes[this.pos++] = QUOTE;
    let lower = low;
    let upper = high;
    if (signed && high >= 0x80000000) {
      this.bytes[this.pos++] = 0x2d;
      lower = -low >>> 0;
      upper = (low === 0 ? -high : ~high) >>> 0;
    }
    // Long division by 10^9, sixteen bits at a time: every intermediate is below 2^53.
    const middle = (upper % BILLION) * 65536 + (lower >>> 16);
    const last = (middle % BILLION) * 65536 + (lower & 0xffff);
    const head =
      Math.floor(upper / BILLION) * 4294967296 + Math.floor(middle / BILLION) * 65536 + Math.floor(last / BILLION);
    if (head > 0) this.digits(head, 1);
    this.digits(last % BILLION, head > 0 ? 9 : 1);
    this.bytes[this.pos++] = QUOTE;
  }

  /** A double: a number, or the names OTLP gives to what is none. `-0` keeps its sign. */
  double(value: number): void {
    if (Number.isFinite(value)) this.ascii(Object.is(value, -0) ? '-0' : String(value));
    else this.ascii(`"${value}"`);
  }

  /** Decimal digits of an integer, at least `width` of them. The buffer has room. */
  private digits(value: number, width: number): void {
    const out = this.bytes;
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    if (count < width) count = width;
    let rest = value;
    for (let pos = this.pos + count - 1; pos >= this.pos; pos--) {
      const next = Math.floor(rest / 10);
      out[pos] = 0x30 + (rest - next * 10);
      rest = next;
    }
    this.pos += count;
  }

  /** The rest of a string from the first byte that must be escaped, and the closing quote. */
  private escaped(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 6);
    const out = this.bytes;
    let pos = this.pos;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
        out[pos++] = byte;
        continue;
      }
      out[pos++] = BACKSLASH;
      const letter = ESCAPES[byte];
      if (letter !== undefined) {
        out[pos++] = letter;
        continue;
      }
      out[pos++] = 0x75;
      out[pos++] = 0x30;
      out[pos++] = 0x30;
      out[pos++] = HEX[byte >> 4] as number;
      out[pos++] = HEX[byte & 15] as number;
    }
    out[pos++] = QUOTE;
    this.pos = pos;
  }

  /** Makes room for `length` bytes and what a field needs besides. */
  private reserve(length: number): void {
    const needed = this.pos + length + ROOM;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(needed + (needed >> 1));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }
}

/** The letter of each short escape. */
const ESCAPES: Readonly<Record<number, number>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  [QUOTE]: QUOTE,
  [BACKSLASH]: BACKSLASH,
};
