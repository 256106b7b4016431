/**
 * Reads protobuf tags and lengths, bounds-checked. It owns the rules every function on bytes shares:
 * tags and lengths of at most 5 bytes, values of at most 10, no groups, nothing beyond the enclosing message.
 */
import { OtlpError } from '../errors.ts';

/** Wire types of protobuf; 5 is 32 bits, 3 and 4 (groups) are refused, 6 and 7 do not exist. */
export const VARINT = 0;
const FIXED64 = 1;
export const DELIMITED = 2;

/** A position in protobuf bytes. The caller keeps `pos < end` before `tag`. */
export class WireReader {
  readonly bytes: Uint8Array;
  pos: number;
  /** The halves of the last `varint64`, unsigned. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, pos = 0) {
    this.bytes = bytes;
    this.pos = pos;
  }

  /** The next tag: `field << 3 | wire type`. Throws when it is no tag or has a group's wire type. */
  tag(end: number): number {
    const at = this.pos;
    const first = this.bytes[at] as number;
    let tag = first;
    if (first < 0x80) this.pos = at + 1;
    else tag = this.varint32(end, 'TFO_ERR_OTLP_TAG');
    if (tag < 8 || (0b100111 & (1 << (tag & 7))) === 0) throw new OtlpError('TFO_ERR_OTLP_TAG', tagFault(tag), at);
    return tag;
  }

  /** Reads a length and returns where the value ends; `pos` is then where it starts. */
  length(end: number): number {
    const at = this.pos;
    if (at < end) {
      const first = this.bytes[at] as number;
      if (first < 0x80) {
        this.pos = at + 1;
        if (first <= end - at - 1) return at + 1 + first;
        throw truncated(at);
      }
    }
    const length = this.varint32(end, 'TFO_ERR_OTLP_VARINT');
    if (length > end - this.pos) throw truncated(at);
    return this.pos + length;
  }

  /** Passes over the value of a field with this tag. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case VARINT:
        this.pos = varintEnd(this.bytes, this.pos, end);
        return;
      case FIXED64:
        if (end - this.pos < 8) throw truncated(this.pos);
        this.pos += 8;
        return;
      case DELIMITED:
        this.pos = this.length(end);
        return;
      default:
        if (end - this.pos < 4) throw truncated(this.pos);
        this.pos += 4;
    }
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  varint64(end: number): void {
    const { bytes } = this;
    const start = this.pos;
    const last = varintEnd(bytes, start, end) - 1;
    let low = 0;
    let high = 0;
    for (let pos = last; pos >= start; pos--) {
      high = ((high << 7) | (low >>> 25)) >>> 0;
      low = ((low << 7) | ((bytes[pos] as number) & 0x7f)) >>> 0;
    }
    this.low = low;
    this.high = high;
    this.pos = last + 1;
  }

  private varint32(end: number, code: 'TFO_ERR_OTLP_TAG' | 'TFO_ERR_OTLP_VARINT'): number {
    const at = this.pos;
    let value = 0;
    let scale = 1;
    for (let pos = at; pos < at + 5; pos++) {
      if (pos >= end) throw truncated(at);
      const byte = this.bytes[pos] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        this.pos = pos + 1;
        return value;
      }
      scale *= 128;
    }
    throw new OtlpError(code, 'a tag or length does not fit 32 bits', at);
  }
}

/** Where the varint at `pos` ends. Throws above 64 bits, as Go's and C++'s parsers do. */
export function varintEnd(bytes: Uint8Array, pos: number, end: number): number {
  const last = pos + 9;
  for (let p = pos; p < end; p++) {
    const byte = bytes[p] as number;
    if (p === last && byte > 1) throw new OtlpError('TFO_ERR_OTLP_VARINT', 'a varint does not fit 64 bits', pos);
    if (byte < 0x80) return p + 1;
  }
  throw truncated(pos);
}

/** Number of bytes a length takes as varint. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** The error for a value that reaches beyond its message. */
export function truncated(offset: number): OtlpError {
  return new OtlpError('TFO_ERR_OTLP_TRUNCATED', 'a value reaches beyond the end of its message', offset);
}

/** What is wrong with a tag no parser takes. */
function tagFault(tag: number): string {
  if (tag < 8) return 'field number 0';
  return (tag & 7) >= 6 ? `wire type ${tag & 7} does not exist` : 'groups are not part of OTLP';
}
