/**
 * OTLP protobuf straight to OTLP/JSON, in one pass and without intermediate objects: ids in lower-case hex, other
 * bytes in base64, 64-bit integers as strings, enum values as numbers. Fields that are not in the message table
 * have no JSON name and are left out.
 */
import { isUtf8 } from 'node:buffer';
import { OtlpError } from '../errors.ts';
import type { Signal } from '../records.ts';
import { canonical, isCanonical } from './canonical.ts';
import { JsonOutput } from './json-output.ts';
import {
  BOOL_KIND,
  BYTES_KIND,
  DOUBLE_KIND,
  ENUM_KIND,
  FIXED32_KIND,
  FIXED64_KIND,
  type JsonField,
  type JsonMessage,
  jsonMessage,
  MESSAGE_KIND,
  SFIXED64_KIND,
  SINT32_KIND,
  STRING_KIND,
  TRACE_ID_KIND,
  UINT32_KIND,
  UINT64_KIND,
} from './json-table.ts';
import { REQUESTS } from './messages.ts';
import { DELIMITED, truncated, WireReader } from './reader.ts';
import { MAX_MESSAGE_DEPTH, validate } from './validate.ts';

/**
 * The OTLP/JSON text of a request. Throws `OtlpError` with the offset where the bytes are not valid, by the same
 * rules as `validate` as far as they concern what is written.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { jsonFromProtobuf } from '@telemetryflow/otlp';
 *
 * const request = Buffer.from('0a09' + '1207' + '1205' + '2a03' + '474554', 'hex'); // a span named GET
 * const json = Buffer.from(jsonFromProtobuf('traces', request)).toString();
 * assert.equal(json, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET"}]}]}]}');
 * ```
 */
export function jsonFromProtobuf(signal: Signal, bytes: Uint8Array): Uint8Array {
  const out = new JsonOutput(bytes.length * 2 + 64);
  new Transcoder(bytes, out, { left: bytes.length * 16 + 65536 }).message(
    jsonMessage(REQUESTS[signal]),
    0,
    bytes.length,
    0,
  );
  const json = out.finish();
  if (!isUtf8(json)) {
    validate(signal, bytes);
    throw new OtlpError('TFO_ERR_OTLP_UTF8', 'a string is not UTF-8', 0);
  }
  return json;
}

const COMMA = 0x2c;

class Transcoder {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly reader: WireReader;
  private readonly out: JsonOutput;
  /** How many bytes may still be copied to bring messages into order: input made to be copied is refused. */
  private readonly copies: { left: number };

  constructor(bytes: Uint8Array, out: JsonOutput, copies: { left: number }) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.reader = new WireReader(bytes);
    this.out = out;
    this.copies = copies;
  }

  /** Writes a message as object. */
  message(message: JsonMessage, start: number, end: number, depth: number): void {
    if (depth > MAX_MESSAGE_DEPTH) throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'messages nest too deeply', start);
    this.reader.pos = start;
    if (isCanonical(message, this.reader, end)) {
      this.fields(message, start, end, depth);
      return;
    }
    this.copies.left -= end - start;
    if (this.copies.left < 0) {
      throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'too many nested messages have their fields out of order', start);
    }
    const ordered = canonical(message, this.bytes, start, end);
    new Transcoder(ordered, this.out, this.copies).fields(message, 0, ordered.length, depth);
  }

  private fields(message: JsonMessage, start: number, end: number, depth: number): void {
    const { reader, out } = this;
    let list: JsonField | undefined;
    let members = 0;
    let elements = 0;
    reader.pos = start;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.tag(end);
      const field = message.byNumber[tag >>> 3];
      if (field === undefined) {
        reader.skip(tag, end);
        continue;
      }
      const packed = field.many && tag === field.packedTag && tag !== field.tag;
      if (tag !== field.tag && !packed) {
        throw new OtlpError('TFO_ERR_OTLP_WIRE_TYPE', `field ${tag >>> 3} cannot have wire type ${tag & 7}`, at);
      }
      out.room();
      if (field !== list) {
        if (list !== undefined) out.byte(0x5d);
        list = field.many ? field : undefined;
        out.member(field, members++ === 0);
        elements = 0;
      }
      if (packed) elements = this.packed(field, end, depth, elements);
      else {
        if (elements++ > 0) out.byte(COMMA);
        this.value(field, end, depth);
      }
    }
    out.room();
    if (list !== undefined) out.byte(0x5d);
    if (members === 0) this.noMembers(message);
    out.byte(0x7d);
  }

  /** Opens an object without members; what is nothing but a list has the list, as OTLP writes an empty array. */
  private noMembers({ fields: [field], fields }: JsonMessage): void {
    const { out } = this;
    if (field?.many && fields.length === 1) {
      out.member(field, true);
      out.byte(0x5d);
    } else out.byte(0x7b);
  }

  /** Writes a packed run behind `elements` others; returns how many there are then. */
  private packed(field: JsonField, end: number, depth: number, elements: number): number {
    const { reader, out } = this;
    const last = reader.length(end);
    let count = elements;
    while (reader.pos < last) {
      out.room();
      if (count++ > 0) out.byte(COMMA);
      this.value(field, last, depth);
    }
    return count;
  }

  /** Writes the value at the reader's position; its field's wire type is right. */
  private value(field: JsonField, end: number, depth: number): void {
    const { reader, out, bytes } = this;
    if ((field.tag & 7) === DELIMITED) {
      const last = reader.length(end);
      const from = reader.pos;
      switch (field.kind) {
        case MESSAGE_KIND:
          this.message(field.message as JsonMessage, from, last, depth + 1);
          break;
        case STRING_KIND:
          out.string(bytes, this.view, from, last);
          break;
        case BYTES_KIND:
          out.base64(bytes, from, last);
          break;
        default:
          this.id(field, from, last);
      }
      reader.pos = last;
      return;
    }
    this.number(field, end);
  }

  private id(field: JsonField, start: number, end: number): void {
    const wanted = field.kind === TRACE_ID_KIND ? 16 : 8;
    if (end !== start && end - start !== wanted) {
      throw new OtlpError('TFO_ERR_OTLP_ID', `an id has ${end - start} bytes instead of ${wanted}`, start);
    }
    this.out.hex(this.bytes, start, end);
  }

  private number(field: JsonField, end: number): void {
    const { reader, out, view } = this;
    const at = reader.pos;
    const { kind } = field;
    if (kind === DOUBLE_KIND || kind === FIXED64_KIND || kind === SFIXED64_KIND) {
      if (end - at < 8) throw truncated(at);
      reader.pos = at + 8;
      if (kind === DOUBLE_KIND) out.double(view.getFloat64(at, true));
      else out.int64(view.getUint32(at, true), view.getUint32(at + 4, true), kind === SFIXED64_KIND);
      return;
    }
    if (kind === FIXED32_KIND) {
      if (end - at < 4) throw truncated(at);
      reader.pos = at + 4;
      out.integer(view.getUint32(at, true));
      return;
    }
    reader.varint64(end);
    const { low, high } = reader;
    switch (kind) {
      case BOOL_KIND:
        out.ascii(low !== 0 || high !== 0 ? 'true' : 'false');
        break;
      case UINT32_KIND:
        out.integer(low);
        break;
      case ENUM_KIND:
        out.integer(low | 0);
        break;
      case SINT32_KIND:
        out.integer((low >>> 1) ^ -(low & 1));
        break;
      default:
        out.int64(low, high, kind !== UINT64_KIND);
    }
  }
}
