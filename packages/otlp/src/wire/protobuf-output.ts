/**
 * A growing buffer that protobuf is written into. Messages are written before their length is known: `open`
 * keeps one byte for it, `close` fills it in and makes room where it takes more.
 */
import { varintSize } from './reader.ts';
import { writeVarint } from './writer.ts';

/** Bytes a single field with a number takes at most: a tag of 2 and a varint of 10. */
const FIELD = 16;

export class ProtobufOutput {
  bytes: Buffer;
  view: DataView;
  pos = 0;

  constructor(expected: number) {
    this.bytes = Buffer.allocUnsafeSlow(expected + FIELD * 4);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Makes room for `length` bytes and one more field. */
  reserve(length: number): void {
    const needed = this.pos + length + FIELD * 2;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(needed + (needed >> 2));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }

  tag(tag: number): void {
    if (tag < 0x80) this.bytes[this.pos++] = tag;
    else this.pos = writeVarint(this.bytes, this.pos, tag);
  }

  varint(value: number): void {
    if (value < 0x80) this.bytes[this.pos++] = value;
    else this.pos = writeVarint(this.bytes, this.pos, value);
  }

  /** A 64-bit varint from its unsigned halves. */
  varint64(low: number, high: number): void {
    const { bytes } = this;
    let pos = this.pos;
    let lowRest = low;
    let highRest = high;
    while (highRest > 0) {
      bytes[pos++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    this.pos = pos;
    this.varint(lowRest);
  }

  /** Starts a length-delimited field; returns what `close` wants. */
  open(tag: number): number {
    this.tag(tag);
    return ++this.pos;
  }

  /** Ends the field that `open` started. */
  close(content: number): void {
    const length = this.pos - content;
    if (length < 0x80) {
      this.bytes[content - 1] = length;
      return;
    }
    const more = varintSize(length) - 1;
    if (this.pos + more > this.bytes.length) this.reserve(more);
    this.bytes.copyWithin(content + more, content, this.pos);
    writeVarint(this.bytes, content - 1, length);
    this.pos += more;
  }

  /** Takes out what was written from `start` to `end`. */
  remove(start: number, end: number): void {
    this.bytes.copyWithin(start, end, this.pos);
    this.pos -= end - start;
  }

  /** What was written, in memory of its own size where much would be wasted. */
  finish(): Uint8Array {
    const written = this.bytes.subarray(0, this.pos);
    return this.pos * 2 < this.bytes.length ? Buffer.from(written) : written;
  }
}
