/**
 * The validating walk: proves that a request can be forwarded, merged and decoded by any OTLP receiver.
 * It reads every tag, length and value kind of known messages, checks strings for UTF-8 and ids for their length,
 * and steps over unknown fields. Nothing is decoded, and nothing allocated per field.
 */
import { isUtf8 } from 'node:buffer';
import { OtlpError } from '../errors.ts';
import type { Signal } from '../records.ts';
import { count } from './count.ts';
import { REQUESTS } from './messages.ts';
import { truncated, varintEnd, WireReader } from './reader.ts';
import {
  BYTES,
  FIXED32_VALUE,
  FIXED64_VALUE,
  MESSAGE,
  MISTYPED,
  messageOperation,
  OPERATIONS,
  PACKED_FIXED64,
  SPAN_ID,
  STRING,
  TAGS,
  TRACE_ID,
  UNKNOWN,
  VARINT_VALUE,
} from './walk-table.ts';

/** How deep messages may nest, the request being 0: what protobufjs, C++ and Java parse with their defaults. */
export const MAX_MESSAGE_DEPTH = 99;

/** The bits that ASCII bytes do not have, in a word of four. */
const HIGH_BITS = 0x80808080;
const KEY_VALUE = messageOperation('KeyValue');
const ANY_VALUE = messageOperation('AnyValue');

/**
 * Walks the whole request and returns its number of items. Throws `OtlpError` with the offset of the first fault:
 * a length or value beyond its message, a group or impossible tag, a known field with a foreign wire type, a string
 * that is not UTF-8, a trace id of other than 0 or 16 bytes or span id of other than 0 or 8 (the Collector refuses
 * those), messages nested deeper than 99, the request being 0.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { OtlpError, protobufFromJson, type Signal, validate } from '@telemetryflow/otlp';
 *
 * const signal: Signal = 'logs';
 * const request = protobufFromJson(signal, Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}'));
 * assert.equal(validate(signal, request), 2);
 * assert.throws(() => validate(signal, request.subarray(0, -1)), OtlpError.is);
 * ```
 */
export function validate(signal: Signal, bytes: Uint8Array): number {
  new Walk(bytes).message(messageOperation(REQUESTS[signal]), 0, bytes.length, 0);
  return count(signal, bytes);
}

/** One pass over one request; positions only grow. */
class Walk {
  private readonly bytes: Uint8Array;
  private readonly reader: WireReader;
  private readonly view: DataView;
  /** From the last string that was looked at up to here, all bytes are ASCII. */
  private asciiEnd = 0;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    // One object shape for the compiler, whether the caller has a Buffer or a Uint8Array.
    this.bytes = new Uint8Array(buffer, byteOffset, length);
    this.reader = new WireReader(this.bytes);
    this.view = new DataView(buffer, byteOffset, length);
  }

  /** Walks the content of a message. */
  message(message: number, start: number, end: number, depth: number): void {
    if (depth > MAX_MESSAGE_DEPTH) throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'messages nest too deeply', start);
    const { bytes } = this;
    const operations = OPERATIONS[message - MESSAGE] as Uint8Array;
    let pos = start;
    while (pos < end) {
      const at = pos;
      let tag = bytes[pos++] as number;
      if (tag > 0x7f) {
        const second = pos < end ? (bytes[pos] as number) : 0x80;
        tag += second * 128 - 128;
        if (second === 0 || second > 0x7f || tag >= TAGS) {
          pos = this.otherField(operations, at, end);
          continue;
        }
        pos++;
      }
      const operation = operations[tag] as number;
      if (operation < BYTES) {
        if (operation === VARINT_VALUE) {
          if (pos < end && (bytes[pos] as number) < 0x80) pos++;
          else pos = varintEnd(bytes, pos, end);
        } else if (operation === FIXED64_VALUE) {
          pos += 8;
          if (pos > end) throw truncated(at);
        } else if (operation === FIXED32_VALUE) {
          pos += 4;
          if (pos > end) throw truncated(at);
        } else pos = this.otherField(operations, at, end);
        continue;
      }
      let valueEnd: number;
      const length = pos < end ? (bytes[pos] as number) : 0x80;
      const second = pos + 1 < end ? (bytes[pos + 1] as number) : 0x80;
      if (length < 0x80) {
        pos++;
        valueEnd = pos + length;
        if (valueEnd > end) throw truncated(at);
      } else if (second < 0x80) {
        pos += 2;
        valueEnd = pos + length - 128 + second * 128;
        if (valueEnd > end) throw truncated(at);
      } else {
        this.reader.pos = pos;
        valueEnd = this.reader.length(end);
        pos = this.reader.pos;
      }
      if (operation >= MESSAGE) {
        if (operation === KEY_VALUE) this.keyValue(pos, valueEnd, depth + 1);
        else this.message(operation, pos, valueEnd, depth + 1);
      } else if (operation === STRING) {
        if (valueEnd > this.asciiEnd) this.text(pos, valueEnd);
      } else if (operation !== BYTES) this.content(operation, pos, valueEnd);
      pos = valueEnd;
    }
  }

  /** A KeyValue: straight through where it is a short key and a short value, as nearly all are. */
  private keyValue(start: number, end: number, depth: number): void {
    const { bytes } = this;
    if (end - start > 3 && bytes[start] === 0x0a) {
      const keyEnd = start + 2 + (bytes[start + 1] as number);
      if (keyEnd <= start + 129 && keyEnd + 2 <= end && bytes[keyEnd] === 0x12) {
        const value = keyEnd + 2;
        if (value + (bytes[keyEnd + 1] as number) === end && end - value < 0x80) {
          if (keyEnd > this.asciiEnd) this.text(start + 2, keyEnd);
          this.anyValue(value, end, depth + 1);
          return;
        }
      }
    }
    this.message(KEY_VALUE, start, end, depth);
  }

  private anyValue(start: number, end: number, depth: number): void {
    const { bytes } = this;
    if (end - start > 1) {
      const tag = bytes[start];
      const next = bytes[start + 1] as number;
      if (tag === 0x0a && next < 0x80 && start + 2 + next === end) {
        if (end > this.asciiEnd) this.text(start + 2, end);
        return;
      }
      if (tag === 0x18 && next < 0x80 && start + 2 === end) return;
    }
    this.message(ANY_VALUE, start, end, depth);
  }

  /** A field the fast path leaves alone: unknown, of a foreign wire type, or with an unusual tag. */
  private otherField(operations: Uint8Array, at: number, end: number): number {
    const { reader } = this;
    reader.pos = at;
    const tag = reader.tag(end);
    const operation = tag < TAGS ? (operations[tag] as number) : UNKNOWN;
    if (operation === MISTYPED) {
      throw new OtlpError('TFO_ERR_OTLP_WIRE_TYPE', `field ${tag >>> 3} cannot have wire type ${tag & 7}`, at);
    }
    // A longer form of a known tag than needed; some parsers take it, none writes it.
    if (operation !== UNKNOWN) throw new OtlpError('TFO_ERR_OTLP_TAG', 'a tag is longer than needed', at);
    reader.skip(tag, end);
    return reader.pos;
  }

  private content(operation: number, start: number, end: number): void {
    const length = end - start;
    if (operation === TRACE_ID || operation === SPAN_ID) {
      if (length === 0 || length === (operation === TRACE_ID ? 16 : 8)) return;
      const [what, wanted] = operation === TRACE_ID ? ['trace', 16] : ['span', 8];
      throw new OtlpError('TFO_ERR_OTLP_ID', `a ${what} id has ${length} bytes instead of ${wanted}`, start);
    }
    if (operation === PACKED_FIXED64) {
      if (length % 8 !== 0) throw truncated(start);
      return;
    }
    for (let pos = start; pos < end; ) pos = varintEnd(this.bytes, pos, end);
  }

  /** A string. Scans ahead over ASCII, so that the strings that follow closely need no look of their own. */
  private text(start: number, end: number): void {
    const { bytes, view } = this;
    let pos = start;
    // Sixteen bytes a step, also beyond the end of the string: positions only grow, what is seen here counts later.
    const last = bytes.length - 16;
    while (
      pos <= last &&
      ((view.getInt32(pos, true) |
        view.getInt32(pos + 4, true) |
        view.getInt32(pos + 8, true) |
        view.getInt32(pos + 12, true)) &
        HIGH_BITS) ===
        0
    ) {
      pos += 16;
    }
    if (pos < end && pos <= last && ((view.getInt32(pos, true) | view.getInt32(pos + 4, true)) & HIGH_BITS) === 0) {
      pos += 8;
    }
    if (pos < end && pos <= last && (view.getInt32(pos, true) & HIGH_BITS) === 0) pos += 4;
    while (pos < end && (bytes[pos] as number) < 0x80) pos++;
    this.asciiEnd = pos;
    if (pos < end && !isUtf8(bytes.subarray(start, end))) {
      throw new OtlpError('TFO_ERR_OTLP_UTF8', 'a string is not UTF-8', start);
    }
  }
}
