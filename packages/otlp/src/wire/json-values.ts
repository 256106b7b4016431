/** Turns the texts JSON carries for OTLP scalars into what protobuf writes: 64-bit integers, ids, base64. */
import { hexDigit } from './json-scanner.ts';

/** A 64-bit integer as two unsigned halves; two's complement when negative. One reused instance per reader. */
export interface Int64 {
  low: number;
  high: number;
}

const BILLION = 1e9;

/**
 * Reads a decimal integer, exactly, into `into`. False when the text is none, or is outside int64 (`signed`) or
 * uint64.
 */
export function parseInt64(source: Uint8Array, start: number, end: number, signed: boolean, into: Int64): boolean {
  const negative = source[start] === 0x2d;
  let pos = negative ? start + 1 : start;
  while (pos < end - 1 && source[pos] === 0x30) pos++;
  const count = end - pos;
  if (count < 1 || count > 20) return false;
  // Nine digits at a time are exact: value = head * 10^9 + tail.
  const tailFrom = Math.max(pos, end - 9);
  let head = 0;
  let tail = 0;
  for (; pos < tailFrom; pos++) {
    const digit = (source[pos] as number) ^ 0x30;
    if (digit > 9) return false;
    head = head * 10 + digit;
  }
  for (; pos < end; pos++) {
    const digit = (source[pos] as number) ^ 0x30;
    if (digit > 9) return false;
    tail = tail * 10 + digit;
  }
  // head < 10^11, so both products stay below 2^53.
  const upper = Math.floor(head / 65536) * BILLION;
  const lower = (head % 65536) * BILLION + tail + (upper % 65536) * 65536;
  const high = Math.floor(upper / 65536) + Math.floor(lower / 4294967296);
  const low = lower % 4294967296;
  if (high > 0xffffffff) return false;
  if (!negative) {
    into.low = low;
    into.high = high;
    return !signed || high <= 0x7fffffff;
  }
  if (!signed) return high === 0 && low === 0 && zero(into);
  if (high > 0x80000000 || (high === 0x80000000 && low > 0)) return false;
  into.low = -low >>> 0;
  into.high = (low === 0 ? -high : ~high) >>> 0;
  return true;
}

function zero(into: Int64): true {
  into.low = 0;
  into.high = 0;
  return true;
}

/** Writes hex digits as bytes; -1 when one is no hex digit, else the position behind them. */
export function writeHex(source: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let pos = at;
  for (let i = start; i < end; i += 2) {
    const byte = (hexDigit(source[i] as number) << 4) | hexDigit(source[i + 1] as number);
    if (byte < 0) return -1;
    out[pos++] = byte;
  }
  return pos;
}

/** The six bits of a base64 digit, standard or url-safe; -1 for any other byte. */
function base64Digit(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x47;
  if (byte >= 0x30 && byte <= 0x39) return byte + 4;
  if (byte === 0x2b || byte === 0x2d) return 62;
  return byte === 0x2f || byte === 0x5f ? 63 : -1;
}

/** Writes base64 as bytes, padding optional; -1 when it is none, else the position behind them. */
export function writeBase64(source: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let last = end;
  if ((end - start) % 4 === 0) {
    for (let padding = 0; padding < 2 && last > start && source[last - 1] === 0x3d; padding++) last--;
  }
  if ((last - start) % 4 === 1) return -1;
  let pos = at;
  let bits = 0;
  let held = 0;
  for (let i = start; i < last; i++) {
    const digit = base64Digit(source[i] as number);
    if (digit < 0) return -1;
    bits = ((bits << 6) | digit) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[pos++] = (bits >> held) & 0xff;
    }
  }
  return pos;
}
