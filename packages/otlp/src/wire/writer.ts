/** Writes protobuf framing. */
import { varintSize } from './reader.ts';

/** A length-delimited field with a one-byte tag; its content is the concatenation of `parts`. */
export function delimited(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = Buffer.allocUnsafeSlow(1 + varintSize(length) + length);
  out[0] = tag;
  let pos = writeVarint(out, 1, length);
  for (const part of parts) {
    out.set(part, pos);
    pos += part.length;
  }
  return out;
}

/** Writes an integer below 2^53 as varint and returns the position behind it. */
export function writeVarint(out: Uint8Array, pos: number, value: number): number {
  let rest = value;
  while (rest > 0x7f) {
    out[pos++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[pos] = rest;
  return pos + 1;
}
