/**
 * Reads JSON from bytes, value by value, without building objects. It owns JSON's grammar; what a value means
 * is the caller's affair. The bytes must be UTF-8 (checked once, in full, by the constructor).
 */
import { isUtf8 } from 'node:buffer';
import { OtlpError } from '../errors.ts';
import { isSpecialWord } from './words.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Unknown values may nest this deep. */
const MAX_JSON_DEPTH = 512;

/** A position in JSON bytes. Every method expects `pos` at its first byte, white space excepted. */
export class JsonScanner {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  pos = 0;
  /**
   * Where the text of the last `text()` is: in `source` from `start` to `end`. `source` is `bytes` unless the
   * string had escapes.
   */
  source: Uint8Array;
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.source = bytes;
    if (!isUtf8(bytes)) {
      throw new OtlpError('TFO_ERR_OTLP_UTF8', 'the JSON text is not UTF-8', firstInvalid(bytes));
    }
  }

  /** The next byte that is no white space, -1 at the end; `pos` is at it. */
  peek(): number {
    const { bytes } = this;
    let pos = this.pos;
    let byte = pos < bytes.length ? (bytes[pos] as number) : -1;
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      pos++;
      byte = pos < bytes.length ? (bytes[pos] as number) : -1;
    }
    this.pos = pos;
    return byte;
  }

  /** Passes over white space and this byte. */
  expect(byte: number): void {
    if (this.peek() !== byte) throw this.syntax(`'${String.fromCharCode(byte)}' expected`);
    this.pos++;
  }

  /** After a member or element: true at a comma, false at `close`; either is passed over. */
  more(close: number): boolean {
    const byte = this.peek();
    if (byte !== 0x2c && byte !== close) throw this.syntax(`',' or '${String.fromCharCode(close)}' expected`);
    this.pos++;
    return byte === 0x2c;
  }

  /** Passes over `null` if that is the value. */
  isNull(): boolean {
    if (this.peek() !== 0x6e) return false;
    this.literal('null');
    return true;
  }

  /** Passes over a literal that must be there. */
  literal(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.pos + i] !== word.charCodeAt(i)) throw this.syntax(`'${word}' expected`);
    }
    this.pos += word.length;
  }

  /** Passes over a string and leaves its text in `source`, `start`, `end`. */
  text(): void {
    const { bytes } = this;
    const opening = this.pos;
    if (bytes[opening] !== QUOTE) throw this.syntax('a string expected');
    const { view } = this;
    const words = bytes.length - 4;
    let pos = opening + 1;
    while (pos <= words && !isSpecialWord(view.getInt32(pos, true))) pos += 4;
    for (; pos < bytes.length; pos++) {
      const byte = bytes[pos] as number;
      if (byte === QUOTE) {
        this.source = bytes;
        this.start = opening + 1;
        this.end = pos;
        this.pos = pos + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.escapedText(opening);
        return;
      }
      if (byte < 0x20) {
        this.pos = pos;
        throw this.syntax('a control character in a string');
      }
    }
    throw this.syntax('a string without end');
  }

  /** The text of the last `text()`, as a string. */
  textString(): string {
    const { buffer, byteOffset } = this.source;
    return Buffer.from(buffer, byteOffset + this.start, this.end - this.start).toString();
  }

  /** Passes over a number; true when it has no fraction and no exponent. It is `bytes` from the old to the new `pos`. */
  number(): boolean {
    const { bytes } = this;
    const at = this.pos;
    let pos = at;
    if (bytes[pos] === 0x2d) pos++;
    const first = pos;
    pos = this.digits(pos);
    if (bytes[first] === 0x30 && pos > first + 1) throw this.syntax('a number with a leading zero');
    const integral = pos;
    if (bytes[pos] === 0x2e) pos = this.digits(pos + 1);
    if (bytes[pos] === 0x65 || bytes[pos] === 0x45) {
      pos++;
      if (bytes[pos] === 0x2b || bytes[pos] === 0x2d) pos++;
      pos = this.digits(pos);
    }
    this.pos = pos;
    return pos === integral;
  }

  /** Passes over any value. */
  skip(depth = 0): void {
    if (depth > MAX_JSON_DEPTH) throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'JSON nests too deeply', this.pos);
    switch (this.peek()) {
      case QUOTE:
        this.text();
        return;
      case 0x7b:
        this.pos++;
        if (this.empty(0x7d)) return;
        do {
          this.peek();
          this.text();
          this.expect(0x3a);
          this.skip(depth + 1);
        } while (this.more(0x7d));
        return;
      case 0x5b:
        this.pos++;
        if (this.empty(0x5d)) return;
        do this.skip(depth + 1);
        while (this.more(0x5d));
        return;
      case 0x74:
        this.literal('true');
        return;
      case 0x66:
        this.literal('false');
        return;
      case 0x6e:
        this.literal('null');
        return;
      default:
        this.number();
    }
  }

  /** Passes over the closing bracket if it comes next. */
  empty(close: number): boolean {
    if (this.peek() !== close) return false;
    this.pos++;
    return true;
  }

  /** The error for text that is not JSON, at `pos`. */
  syntax(what: string): OtlpError {
    return new OtlpError('TFO_ERR_OTLP_JSON_SYNTAX', what, this.pos);
  }

  private digits(from: number): number {
    const { bytes } = this;
    let pos = from;
    while (((bytes[pos] ?? 0) ^ 0x30) < 10) pos++;
    if (pos === from) throw this.syntax('a value expected');
    return pos;
  }

  /** A string with escapes: resolved into a buffer of its own. A lone surrogate becomes U+FFFD. */
  private escapedText(opening: number): void {
    const { bytes } = this;
    let end = opening + 1;
    while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
    if (end >= bytes.length) throw this.syntax('a string without end');
    const out = Buffer.allocUnsafe(end - opening);
    let length = 0;
    for (let pos = opening + 1; pos < end; ) {
      const byte = bytes[pos] as number;
      this.pos = pos;
      if (byte < 0x20) throw this.syntax('a control character in a string');
      pos++;
      if (byte !== BACKSLASH) {
        out[length++] = byte;
        continue;
      }
      const escaped = bytes[pos++] as number;
      if (escaped !== 0x75) {
        out[length++] = this.simpleEscape(escaped);
        continue;
      }
      let code = this.hex4(pos, end);
      pos += 4;
      if (code >= 0xd800 && code < 0xdc00 && bytes[pos] === BACKSLASH && bytes[pos + 1] === 0x75) {
        const low = this.hex4(pos + 2, end);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00;
          pos += 6;
        }
      }
      length = writeUtf8(out, length, code);
    }
    this.source = out;
    this.start = 0;
    this.end = length;
    this.pos = end + 1;
  }

  private simpleEscape(byte: number): number {
    switch (byte) {
      case 0x62:
        return 0x08;
      case 0x66:
        return 0x0c;
      case 0x6e:
        return 0x0a;
      case 0x72:
        return 0x0d;
      case 0x74:
        return 0x09;
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
        return byte;
      default:
        throw this.syntax('an escape JSON does not have');
    }
  }

  private hex4(from: number, end: number): number {
    let code = 0;
    for (let pos = from; pos < from + 4; pos++) {
      const digit = pos < end ? hexDigit(this.bytes[pos] as number) : -1;
      if (digit < 0) throw this.syntax('an incomplete \\u escape');
      code = code * 16 + digit;
    }
    return code;
  }
}

/** The value of a hexadecimal digit in either case, -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Writes a code point, U+FFFD for a surrogate, and returns the position behind it. */
function writeUtf8(out: Uint8Array, at: number, code: number): number {
  let pos = at;
  if (code < 0x80) {
    out[pos++] = code;
  } else if (code < 0x800) {
    out[pos++] = 0xc0 | (code >> 6);
    out[pos++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    const scalar = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
    out[pos++] = 0xe0 | (scalar >> 12);
    out[pos++] = 0x80 | ((scalar >> 6) & 0x3f);
    out[pos++] = 0x80 | (scalar & 0x3f);
  } else {
    out[pos++] = 0xf0 | (code >> 18);
    out[pos++] = 0x80 | ((code >> 12) & 0x3f);
    out[pos++] = 0x80 | ((code >> 6) & 0x3f);
    out[pos++] = 0x80 | (code & 0x3f);
  }
  return pos;
}

/** The start of the first character that is not UTF-8; found by blocks, then by characters. */
function firstInvalid(bytes: Uint8Array): number {
  let pos = 0;
  for (const block of [0x10000, 0x100, 4]) {
    while (pos + block <= bytes.length) {
      let end = pos + block;
      while (end > pos + block - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
      if (end === pos || !isUtf8(bytes.subarray(pos, end))) break;
      pos = end;
    }
  }
  for (;;) {
    const byte = bytes[pos] ?? 0xff;
    const size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (pos >= bytes.length || !isUtf8(bytes.subarray(pos, pos + size))) return pos;
    pos += size;
  }
}
