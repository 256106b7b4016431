/**
 * JSON as bytes: text straight into one growing buffer, keys from constants encoded once. Members and elements are
 * each followed by a comma; closing a list or object takes the last one back.
 *
 * Room is made by whoever writes something of variable length: afterwards there are `SLACK` bytes left, more than
 * any run of fixed-size text takes between two such writes.
 */
import type { WritableBuffer } from '../utf8.ts';

const SLACK = 1024;
const FIRST_CAPACITY = 128 * 1024;
/** Up to here a loop over the characters is faster than a call into the runtime. */
const LOOP_LENGTH = 20;
const LOOP_BYTES = 12;

const QUOTE = 0x22;
const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
/** Between these a number with six decimals has no more than fifteen digits, and no exponent. */
const SMALLEST_DECIMAL = 1e-6;
const LARGEST_DECIMAL = 1e9;
const HIGH_BITS = 0x80808080 | 0;

/** The numbers from 0 to 999 with three digits each. */
const THREE_DIGITS = Buffer.from(Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0')).join(''), 'latin1');

/** 1 for bytes that JSON strings escape. */
const ESCAPED = new Uint8Array(256).fill(1, 0, 0x20);
ESCAPED[QUOTE] = 1;
ESCAPED[0x5c] = 1;

/** The lower-case character of each hex digit by its character; 0 for what is none. */
const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdef') {
  HEX[digit.charCodeAt(0)] = digit.charCodeAt(0);
  HEX[digit.toUpperCase().charCodeAt(0)] = digit.charCodeAt(0);
}

/**
 * Text that is written often, encoded once. ASCII.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JsonBytes, jsonConstant } from '@telemetryflow/otlp';
 *
 * const HOST = jsonConstant('"host":');
 * const json = new JsonBytes();
 * json.string(HOST, 'a"b');
 * assert.equal(json.bytes.toString('utf8', 0, json.pos), '"host":"a\\"b",');
 * ```
 */
export function jsonConstant(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/**
 * What encoders of JSON write into; use one for many bodies, its memory stays.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JsonBytes, jsonConstant } from '@telemetryflow/otlp';
 *
 * const [OPEN, NAME, COUNT] = [jsonConstant('{'), jsonConstant('"name":'), jsonConstant('"count":')];
 * const json = new JsonBytes();
 * json.put(OPEN);
 * json.string(NAME, 'Grüße');
 * json.put(COUNT);
 * json.number(7);
 * json.close(0x7d); // }
 * json.pos--; // the comma behind the object
 * assert.equal(Buffer.from(json.copy(0)).toString(), '{"name":"Grüße","count":7}');
 * ```
 */
export class JsonBytes {
  /** Holds what was written up to `pos`. Another one after each call that makes room. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  private view: DataView = viewOf(this.bytes);
  /** Bytes written; setting it back takes back what came later. */
  pos = 0;

  /** Makes room for this many bytes and the slack. */
  ensure(length: number): void {
    if (this.pos + length + SLACK <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.pos + length + SLACK));
    this.bytes.copy(bytes, 0, 0, this.pos);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Writes text that is encoded. */
  put(text: Uint8Array): void {
    const { bytes, pos } = this;
    const { length } = text;
    if (length > LOOP_BYTES) bytes.set(text, pos);
    else for (let i = 0; i < length; i++) bytes[pos + i] = text[i] as number;
    this.pos = pos + length;
  }

  /** One ASCII character. */
  byte(code: number): void {
    this.bytes[this.pos++] = code;
  }

  /** Copies text of any length. */
  raw(text: Uint8Array): void {
    this.ensure(text.length);
    this.put(text);
  }

  /** Ends a list or object: `closer` takes the place of the comma behind its last part, and a comma follows. */
  close(closer: number): void {
    const { bytes } = this;
    if (bytes[this.pos - 1] === COMMA) this.pos--;
    bytes[this.pos++] = closer;
    bytes[this.pos++] = COMMA;
  }

  /** A string behind its key, quotes and comma included. Lone surrogates become U+FFFD. */
  string(key: Uint8Array, value: string): void {
    this.put(key);
    this.text(value);
    this.bytes[this.pos++] = COMMA;
  }

  /** A string behind its key; left out when empty or absent. */
  optional(key: Uint8Array, value: string | undefined): void {
    if (value) this.string(key, value);
  }

  /** A quoted string. */
  text(value: string): void {
    const text = typeof value === 'string' ? value : String(value);
    this.ensure(text.length * 3);
    const { bytes } = this;
    bytes[this.pos++] = QUOTE;
    const end = this.plain(text, this.pos);
    if (end < 0) this.escaped(text);
    else this.pos = end;
    this.bytes[this.pos++] = QUOTE;
  }

  /** Writes characters that need no escape and returns where they end; -1 when some do. */
  private plain(text: string, start: number): number {
    const { bytes } = this;
    const { length } = text;
    if (length <= LOOP_LENGTH) {
      let pos = start;
      let codes = 0;
      for (let i = 0; i < length; i++) {
        const code = text.charCodeAt(i);
        codes |= code;
        if (ESCAPED[code & 0xff] === 1) return codes > 0x7f ? this.native(text, start) : -1;
        bytes[pos++] = code;
      }
      if (codes < 0x80) return pos;
    }
    return this.native(text, start);
  }

  private native(text: string, start: number): number {
    const { bytes, view } = this;
    const end = start + (bytes as WritableBuffer).utf8Write(text, start);
    let pos = start;
    // Four bytes at a time. With the bit 0x02 turned over, what is below 0x20 and the quote are below 0x21, and nothing
    // else is; such a byte, and a backslash taken away to 0, borrows from the high bit.
    for (const last = end - 4; pos <= last; pos += 4) {
      const four = view.getInt32(pos, true);
      const turned = four ^ 0x02020202;
      const backslash = four ^ 0x5c5c5c5c;
      const borrowed = ((turned - 0x21212121) & ~turned) | ((backslash - 0x01010101) & ~backslash);
      if ((borrowed & HIGH_BITS) !== 0 && this.escapes(pos, pos + 4)) return -1;
    }
    return this.escapes(pos, end) ? -1 : end;
  }

  private escapes(start: number, end: number): boolean {
    for (let pos = start; pos < end; pos++) if (ESCAPED[this.bytes[pos] as number] === 1) return true;
    return false;
  }

  private escaped(text: string): void {
    const json = JSON.stringify(text.toWellFormed());
    this.ensure(json.length * 3);
    // The opening quote is there already, and the closing one will be written.
    this.pos += (this.bytes as WritableBuffer).utf8Write(json.slice(1, -1), this.pos);
  }

  /** A number as JavaScript writes it; JSON has no NaN and no infinities. */
  number(value: number): void {
    if (value >>> 0 === value && !Object.is(value, -0)) this.digits(value);
    else if (value > 0 && Number.isSafeInteger(value)) {
      const billions = Math.floor(value / 1e9);
      const rest = value - billions * 1e9;
      // Less than 2^32 is written already, so there is one at least.
      this.digits(billions);
      this.threeDigits(Math.floor(rest / 1e6));
      this.threeDigits(Math.floor(rest / 1000) % 1000);
      this.threeDigits(rest % 1000);
    } else if (value >= SMALLEST_DECIMAL && value < LARGEST_DECIMAL) this.decimal(value);
    else this.ascii(String(value));
  }

  /**
   * A number with up to six decimals is written by its digits, three times as fast as the engine makes a text of it:
   * fifteen digits and fewer stand for one double each, so they are the shortest ones, which JavaScript writes.
   */
  private decimal(value: number): void {
    const millionths = Math.round(value * 1e6);
    if (millionths / 1e6 !== value) {
      this.ascii(String(value));
      return;
    }
    const whole = Math.floor(millionths / 1e6);
    const rest = millionths - whole * 1e6;
    this.digits(whole);
    this.bytes[this.pos++] = POINT;
    const thousandths = Math.floor(rest / 1000);
    this.threeDigits(thousandths);
    if (rest !== thousandths * 1000) this.threeDigits(rest - thousandths * 1000);
    while (this.bytes[this.pos - 1] === ZERO) this.pos--;
  }

  /** An id behind its key, in lower case; left out when it is not this many hex digits. */
  id(key: Uint8Array, hex: string | undefined, digits: 16 | 32): void {
    if (typeof hex !== 'string' || hex.length !== digits) return;
    const { bytes } = this;
    bytes.set(key, this.pos);
    let pos = this.pos + key.length;
    let codes = 0;
    let valid = true;
    bytes[pos++] = QUOTE;
    for (let i = 0; i < digits; i++) {
      const code = hex.charCodeAt(i);
      const character = HEX[code & 0xff] as number;
      codes |= code;
      if (character === 0) valid = false;
      bytes[pos++] = character;
    }
    if (!valid || codes > 0xff) return;
    bytes[pos++] = QUOTE;
    bytes[pos++] = COMMA;
    this.pos = pos;
  }

  /** ASCII text. */
  ascii(text: string): void {
    const { bytes } = this;
    let { pos } = this;
    for (let i = 0; i < text.length; i++) bytes[pos++] = text.charCodeAt(i);
    this.pos = pos;
  }

  protected digits(value: number): void {
    const { bytes } = this;
    if (value < 10) {
      bytes[this.pos++] = ZERO + value;
      return;
    }
    let size = 2;
    for (let limit = 100; size < 10 && value >= limit; limit *= 10) size++;
    let rest = value;
    let pos = this.pos + size;
    for (; pos >= this.pos + 3; pos -= 3) {
      const next = (rest / 1000) >>> 0;
      const at = (rest - next * 1000) * 3;
      bytes[pos - 3] = THREE_DIGITS[at] as number;
      bytes[pos - 2] = THREE_DIGITS[at + 1] as number;
      bytes[pos - 1] = THREE_DIGITS[at + 2] as number;
      rest = next;
    }
    for (; pos > this.pos; pos--) {
      const next = (rest / 10) >>> 0;
      bytes[pos - 1] = ZERO + rest - next * 10;
      rest = next;
    }
    this.pos += size;
  }

  protected threeDigits(value: number): void {
    const { bytes, pos } = this;
    const at = value * 3;
    bytes[pos] = THREE_DIGITS[at] as number;
    bytes[pos + 1] = THREE_DIGITS[at + 1] as number;
    bytes[pos + 2] = THREE_DIGITS[at + 2] as number;
    this.pos = pos + 3;
  }

  /** What was written from `start` on, as bytes of their own. */
  copy(start: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, this.pos));
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
