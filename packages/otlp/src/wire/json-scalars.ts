/** Reads one JSON value as an OTLP scalar and writes it as protobuf field. */
import { OtlpError } from '../errors.ts';
import type { JsonScanner } from './json-scanner.ts';
import {
  BOOL_KIND,
  BYTES_KIND,
  DOUBLE_KIND,
  ENUM_KIND,
  FIXED32_KIND,
  FIXED64_KIND,
  INT64_KIND,
  type JsonField,
  SFIXED64_KIND,
  SINT32_KIND,
  SPAN_ID_KIND,
  TRACE_ID_KIND,
  UINT64_KIND,
} from './json-table.ts';
import { type Int64, parseInt64, writeBase64, writeHex } from './json-values.ts';
import type { ProtobufOutput } from './protobuf-output.ts';
import { copyShort } from './words.ts';

const QUOTE = 0x22;

export class JsonScalars {
  private readonly json: JsonScanner;
  private readonly out: ProtobufOutput;
  private readonly int: Int64 = { low: 0, high: 0 };

  constructor(json: JsonScanner, out: ProtobufOutput) {
    this.json = json;
    this.out = out;
  }

  /** A string field; an empty one only if `explicit`. The output has room for the rest of the text. */
  string(field: JsonField, explicit: boolean): void {
    const { json, out } = this;
    if (json.peek() !== QUOTE) throw this.mistyped(field, 'a string');
    json.text();
    const length = json.end - json.start;
    if (length === 0 && !explicit) return;
    out.tag(field.tag);
    out.varint(length);
    const { bytes, pos } = out;
    const { source, start, end } = json;
    if (length > 96 || source !== json.bytes) bytes.set(source.subarray(start, end), pos);
    else copyShort(json.view, start, end, source, out.view, bytes, pos);
    out.pos = pos + length;
  }

  /** Any scalar field but a string; a zero only if `explicit`. */
  write(field: JsonField, explicit: boolean): void {
    const { out } = this;
    const before = out.pos;
    let set: boolean;
    if (field.kind >= BYTES_KIND && field.kind <= SPAN_ID_KIND) set = this.bytes(field);
    else {
      out.tag(field.tag);
      set = field.kind === BOOL_KIND ? this.bool(field) : this.number(field);
    }
    if (!set && !explicit) out.pos = before;
  }

  /** Writes a number without its tag; false when it is zero. */
  number(field: JsonField): boolean {
    const { out, int } = this;
    if (field.kind === DOUBLE_KIND) {
      const value = this.double(field);
      out.view.setFloat64(out.pos, value, true);
      out.pos += 8;
      return value !== 0 || Object.is(value, -0);
    }
    this.integer(field);
    const { low, high } = int;
    switch (field.kind) {
      case FIXED64_KIND:
      case SFIXED64_KIND:
        out.view.setUint32(out.pos, low, true);
        out.view.setUint32(out.pos + 4, high, true);
        out.pos += 8;
        break;
      case FIXED32_KIND:
        out.view.setUint32(out.pos, low, true);
        out.pos += 4;
        break;
      case SINT32_KIND:
        out.varint(((low << 1) ^ (low >> 31)) >>> 0);
        break;
      default:
        out.varint64(low, high);
    }
    return low !== 0 || high !== 0;
  }

  /** Reads an integer, as a number or a string, into `int`; checks the range of the field. */
  private integer(field: JsonField): void {
    const { json, int } = this;
    const { kind } = field;
    let at = json.pos;
    let source = json.bytes;
    let start = at;
    let end: number;
    if (json.peek() === QUOTE) {
      at = json.pos;
      json.text();
      ({ source, start, end } = json);
      if (kind === ENUM_KIND) {
        const value = field.enumNames.indexOf(json.textString());
        if (value >= 0) {
          int.low = value;
          int.high = 0;
          return;
        }
      }
    } else {
      at = json.pos;
      start = at;
      if (!this.startsNumber()) throw this.mistyped(field, 'an integer');
      if (!json.number()) throw this.mistyped(field, 'an integer, without fraction or exponent,', at);
      end = json.pos;
    }
    const unsigned64 = kind === FIXED64_KIND || kind === UINT64_KIND;
    if (!parseInt64(source, start, end, !unsigned64, int)) throw this.mistyped(field, 'an integer in range', at);
    if (unsigned64 || kind === INT64_KIND || kind === SFIXED64_KIND) return;
    const negative = int.high === 0xffffffff && int.low >= 0x80000000;
    const fits = kind === SINT32_KIND || kind === ENUM_KIND ? negative || int.low < 0x80000000 : int.high === 0;
    if (!fits || (int.high !== 0 && !negative)) throw this.mistyped(field, 'a 32-bit integer', at);
  }

  private double(field: JsonField): number {
    const { json } = this;
    if (json.peek() === QUOTE) return this.quotedDouble(field);
    if (!this.startsNumber()) throw this.mistyped(field, 'a number');
    const at = json.pos;
    const integral = json.number();
    if (integral && json.pos - at < 16 && parseInt64(json.bytes, at, json.pos, true, this.int)) {
      const { low, high } = this.int;
      // -0 has no integer form, and both halves of a small negative number are two's complement.
      if (low !== 0 || high !== 0) return (high | 0) * 4294967296 + low;
    }
    return this.finite(field, json.bytes, at, json.pos, at);
  }

  private quotedDouble(field: JsonField): number {
    const { json } = this;
    const at = json.pos;
    json.text();
    const text = json.textString();
    if (text === 'NaN') return Number.NaN;
    if (text === 'Infinity') return Number.POSITIVE_INFINITY;
    if (text === '-Infinity') return Number.NEGATIVE_INFINITY;
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw this.mistyped(field, 'a number', at);
    return this.finite(field, json.source, json.start, json.end, at);
  }

  private finite(field: JsonField, source: Uint8Array, start: number, end: number, at: number): number {
    const { buffer, byteOffset } = source;
    const value = Number(Buffer.from(buffer, byteOffset + start, end - start).toString('latin1'));
    if (!Number.isFinite(value)) throw this.mistyped(field, 'a number a double can hold', at);
    return value;
  }

  private bool(field: JsonField): boolean {
    const { json, out } = this;
    const value = json.peek() === 0x74;
    if (!value && json.peek() !== 0x66) throw this.mistyped(field, 'true or false');
    json.literal(value ? 'true' : 'false');
    out.varint(value ? 1 : 0);
    return value;
  }

  /** Ids in hex, other bytes in base64; tag and length included. False when there are none. */
  private bytes(field: JsonField): boolean {
    const { json, out } = this;
    if (json.peek() !== QUOTE) throw this.mistyped(field, 'a string');
    const at = json.pos;
    json.text();
    const { source, start, end } = json;
    const content = out.open(field.tag);
    if (field.kind === BYTES_KIND) {
      out.pos = writeBase64(source, start, end, out.bytes, content);
      if (out.pos < 0) throw this.mistyped(field, 'base64', at);
    } else {
      const digits = field.kind === TRACE_ID_KIND ? 32 : 16;
      if (end !== start && end - start !== digits) throw this.mistyped(field, `${digits} hex digits`, at);
      out.pos = writeHex(source, start, end, out.bytes, content);
      if (out.pos < 0) throw this.mistyped(field, `${digits} hex digits`, at);
    }
    out.close(content);
    return end !== start;
  }

  private startsNumber(): boolean {
    const byte = this.json.peek();
    return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
  }

  private mistyped(field: JsonField, wanted: string, offset: number = this.json.pos): OtlpError {
    return new OtlpError('TFO_ERR_OTLP_JSON_TYPE', `"${field.name}": ${wanted} expected`, offset);
  }
}
