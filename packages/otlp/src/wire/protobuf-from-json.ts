/**
 * OTLP/JSON straight to OTLP protobuf, in one pass over the text and without intermediate objects.
 *
 * The lenient half of the JSON rules, as the Collector's decoder plus protobuf's: unknown keys are passed over,
 * `null` is "not set", integers and doubles may be numbers or strings, enum values may be names, ids are hex in any
 * case, base64 may be url-safe or unpadded, of equal keys the last one counts. What no field can hold is an error.
 * snake_case keys are unknown keys, as OTLP says.
 */
import { OtlpError } from '../errors.ts';
import type { Signal } from '../records.ts';
import { JsonScalars } from './json-scalars.ts';
import { JsonScanner } from './json-scanner.ts';
import {
  type JsonField,
  type JsonMessage,
  jsonMessage,
  MAX_FIELDS,
  MESSAGE_COUNT,
  MESSAGE_KIND,
  STRING_KIND,
} from './json-table.ts';
import { REQUESTS } from './messages.ts';
import { ProtobufOutput } from './protobuf-output.ts';
import { MAX_MESSAGE_DEPTH } from './validate.ts';

/**
 * The request of an OTLP/JSON body, as protobuf. The result passes `validate`. Throws `OtlpError` with the offset
 * in `body` where that is not JSON, not UTF-8, nested too deeply, or holds a value its field cannot.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET","kind":"SPAN_KIND_SERVER"}]}]}]}';
 * const [span] = decode('traces', protobufFromJson('traces', Buffer.from(body)));
 * assert.deepEqual([span?.name, span?.kind], ['GET', 1]);
 * ```
 */
export function protobufFromJson(signal: Signal, body: Uint8Array): Uint8Array {
  return new Transcoder(body).request(jsonMessage(REQUESTS[signal]));
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

class Transcoder {
  private readonly json: JsonScanner;
  private readonly out: ProtobufOutput;
  private readonly scalars: JsonScalars;
  /** Per message and field, which field came next the last time: senders keep an order. */
  private readonly successors = new Uint8Array(MESSAGE_COUNT * (MAX_FIELDS + 1));
  /** Per open object and field, where its output is, to take it back if the key comes again. */
  private readonly written = new Int32Array((MAX_MESSAGE_DEPTH + 1) * MAX_FIELDS * 2);

  constructor(body: Uint8Array) {
    this.json = new JsonScanner(body);
    this.out = new ProtobufOutput(body.length);
    this.scalars = new JsonScalars(this.json, this.out);
  }

  request(message: JsonMessage): Uint8Array {
    const { json, out } = this;
    this.object(message, 0);
    if (json.peek() !== -1) throw json.syntax('text after the end of the JSON value');
    return out.finish();
  }

  /** The members of one object as the fields of one message. */
  private object(message: JsonMessage, depth: number): void {
    const { json, out } = this;
    if (depth > MAX_MESSAGE_DEPTH) throw new OtlpError('TFO_ERR_OTLP_DEPTH', 'messages nest too deeply', json.pos);
    const first = json.peek();
    if (first === -1) throw json.syntax('a value expected');
    if (first !== OPEN_BRACE) throw this.mistyped('an object', json.pos);
    json.pos++;
    if (json.empty(CLOSE_BRACE)) return;
    let seen = 0;
    let slot = message.index * (MAX_FIELDS + 1);
    do {
      const field = this.field(message, slot);
      json.expect(0x3a);
      if (field === undefined) {
        json.skip();
        continue;
      }
      this.successors[slot] = field.index;
      slot = message.index * (MAX_FIELDS + 1) + 1 + field.index;
      const isSet = !json.isNull();
      const replaced = seen & (isSet && (field.bit & message.oneof) !== 0 ? message.oneof : field.bit);
      if (replaced !== 0) this.takeBack(replaced, seen, depth);
      seen &= ~replaced;
      if (!isSet) continue;
      const at = out.pos;
      out.reserve(json.bytes.length - json.pos);
      if (field.many) this.list(field, depth);
      else this.value(field, depth, field.explicit);
      seen |= field.bit;
      const range = (depth * MAX_FIELDS + field.index) * 2;
      this.written[range] = at;
      this.written[range + 1] = out.pos;
    } while (json.more(CLOSE_BRACE));
  }

  /**
   * Removes the output of fields whose key came again. A field is written behind all others, so what lies behind it
   * moves at most once per other field of the object: the work stays proportional to the text.
   */
  private takeBack(replaced: number, seen: number, depth: number): void {
    const { out, written } = this;
    const first = depth * MAX_FIELDS * 2;
    for (let index = 0; index < MAX_FIELDS; index++) {
      if ((replaced & (1 << index)) === 0) continue;
      const start = written[first + index * 2] as number;
      const end = written[first + index * 2 + 1] as number;
      out.remove(start, end);
      for (let other = 0; other < MAX_FIELDS; other++) {
        const at = first + other * 2;
        if ((seen & (1 << other)) === 0 || (written[at] as number) < end) continue;
        written[at] = (written[at] as number) - (end - start);
        written[at + 1] = (written[at + 1] as number) - (end - start);
      }
    }
  }

  /** Reads a key. The field that came next the last time is tried first. */
  private field(message: JsonMessage, slot: number): JsonField | undefined {
    const { json } = this;
    if (json.peek() !== 0x22) throw json.syntax('a key expected');
    const likely = message.fields[this.successors[slot] as number] as JsonField;
    const start = json.pos + 1;
    if (isKey(likely, json.view, start)) {
      json.pos = start + likely.keyLength;
      return likely;
    }
    for (const field of message.fields) {
      if (!isKey(field, json.view, start)) continue;
      json.pos = start + field.keyLength;
      return field;
    }
    json.text();
    return json.source === json.bytes ? undefined : message.byName.get(json.textString());
  }

  private value(field: JsonField, depth: number, explicit: boolean): void {
    const { out } = this;
    if (field.kind === MESSAGE_KIND) {
      const content = out.open(field.tag);
      this.object(field.message as JsonMessage, depth + 1);
      out.close(content);
    } else if (field.kind === STRING_KIND) this.scalars.string(field, explicit);
    else this.scalars.write(field, explicit);
  }

  /** An array: as repeated messages or strings, or as one packed run of numbers. */
  private list(field: JsonField, depth: number): void {
    const { json, out } = this;
    if (json.peek() !== OPEN_BRACKET) throw this.mistyped(`"${field.name}": a list`, json.pos);
    json.pos++;
    if (json.empty(CLOSE_BRACKET)) return;
    if (field.kind > STRING_KIND) {
      this.packed(field);
      return;
    }
    do {
      out.reserve(json.bytes.length - json.pos);
      // An array keeps the place of a null; no other list can hold one.
      if (field.message?.name === 'AnyValue' && json.isNull()) out.close(out.open(field.tag));
      else this.value(field, depth, true);
    } while (json.more(CLOSE_BRACKET));
  }

  private packed(field: JsonField): void {
    const { json, out, scalars } = this;
    const content = out.open(field.packedTag);
    do {
      out.reserve(json.bytes.length - json.pos);
      scalars.number(field);
    } while (json.more(CLOSE_BRACKET));
    out.close(content);
  }

  private mistyped(wanted: string, offset: number): OtlpError {
    return new OtlpError('TFO_ERR_OTLP_JSON_TYPE', `${wanted} expected`, offset);
  }
}

/**
 * Compares a field's name and the closing quote with the text at `start`. Whole words may be read: no JSON ends
 * within three bytes behind a key.
 */
function isKey({ key, keyMask }: JsonField, view: DataView, start: number): boolean {
  const last = key.length - 1;
  if (start + key.length * 4 > view.byteLength) return false;
  for (let i = 0; i < last; i++) if (view.getInt32(start + i * 4, true) !== key[i]) return false;
  return (view.getInt32(start + last * 4, true) & keyMask) === key[last];
}
