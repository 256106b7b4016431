/** The JSON writer of OTLP: what its messages have besides plain JSON. */
import type { Groups } from '../groups.ts';
import type { HrTime } from '../records.ts';
import { hrTimeToNanoString } from '../time.ts';
import { JsonBytes } from './bytes.ts';
import { type KeyTexts, keyTexts } from './keys.ts';

/** A writer that grew beyond this is not kept for the next request. */
const KEPT_CAPACITY = 8 * 1024 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;

export class JsonWriter extends JsonBytes {
  /** The groups that are written with this writer. */
  readonly groups: { traces: Groups | undefined; logs: Groups | undefined } = { traces: undefined, logs: undefined };
  /** The containers around the attribute value being written; the same object among them is a cycle. */
  readonly ancestors: object[] = [];
  /** Where the outermost of them began. */
  valueStart = 0;

  /** A double: non-finite ones as strings, -0 as `-0`. */
  double(value: number): void {
    if (Number.isFinite(value)) this.ascii(Object.is(value, -0) ? '-0' : String(value));
    else this.ascii(`"${value}"`);
  }

  /** A 64-bit integer as string. */
  int64(value: number | bigint): void {
    const { bytes } = this;
    bytes[this.pos++] = QUOTE;
    if (typeof value === 'number' && value >>> 0 === value) this.digits(value);
    else this.ascii(String(value));
    bytes[this.pos++] = QUOTE;
  }

  /** A time behind its key, as string of nanoseconds; left out when 0, which is "unknown". */
  time(key: Uint8Array, time: HrTime | undefined): void {
    if (time === undefined) return;
    const seconds = time[0];
    const nanos = time[1];
    if (seconds === 0 && nanos === 0) return;
    this.put(key);
    const { bytes } = this;
    bytes[this.pos++] = QUOTE;
    if (seconds >>> 0 === seconds && seconds > 0 && nanos >>> 0 === nanos && nanos < 1_000_000_000) {
      this.digits(seconds);
      const millis = (nanos / 1_000_000) >>> 0;
      const micros = ((nanos / 1000) >>> 0) - millis * 1000;
      this.threeDigits(millis);
      this.threeDigits(micros);
      this.threeDigits(nanos % 1000);
    } else this.ascii(hrTimeToNanoString(time));
    bytes[this.pos++] = QUOTE;
    bytes[this.pos++] = COMMA;
  }

  /** An integer behind its key; left out when 0 or absent. */
  uint32(key: Uint8Array, value: number | undefined): void {
    const int = (value ?? 0) >>> 0;
    if (int === 0) return;
    this.put(key);
    this.digits(int);
    this.bytes[this.pos++] = COMMA;
  }

  /** An enum or signed integer behind its key; left out when 0 or absent. */
  int32(key: Uint8Array, value: number | undefined): void {
    const int = (value ?? 0) | 0;
    if (int === 0) return;
    this.put(key);
    this.number(int);
    this.bytes[this.pos++] = COMMA;
  }

  /** An id as `id` writes it, but left out when all its digits are 0. */
  validId(key: Uint8Array, hex: string | undefined, digits: 16 | 32): void {
    if (hex !== ZERO_TRACE_ID && hex !== ZERO_SPAN_ID) this.id(key, hex, digits);
  }

  /** The encoded texts of an attribute key; there is room for one of them. */
  key(key: string): KeyTexts {
    const texts = keyTexts(key);
    this.ensure(texts.string.length);
    return texts;
  }
}

const ZERO_TRACE_ID = '0'.repeat(32);
const ZERO_SPAN_ID = '0'.repeat(16);

let spare: JsonWriter | undefined;

/** Runs `write` with a writer whose buffer is reused between calls, and returns a copy of the text it wrote. */
export function writtenJson(write: (writer: JsonWriter) => void): Uint8Array {
  const writer = spare ?? new JsonWriter();
  // A getter of a record may encode something itself.
  spare = undefined;
  writer.pos = 0;
  try {
    write(writer);
    return writer.copy(0);
  } finally {
    if (writer.bytes.length <= KEPT_CAPACITY) spare = writer;
  }
}
