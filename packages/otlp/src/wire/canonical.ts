/**
 * Brings the fields of one message into the order JSON needs. Protobuf lets a field come in pieces: a list may be
 * interleaved with other fields, a scalar may come twice (the last counts), a message too (they merge), and so may
 * the members of a oneof (the last counts). JSON has one key for each.
 */
import { type JsonField, type JsonMessage, MESSAGE_KIND } from './json-table.ts';
import { DELIMITED, WireReader } from './reader.ts';
import { merge } from './slice.ts';
import { delimited } from './writer.ts';

/** True when every known field of the message is in one place, and what may come once comes once. The
 * reader is at the start of its content. */
export function isCanonical(message: JsonMessage, reader: WireReader, end: number): boolean {
  let seen = 0;
  let last: JsonField | undefined;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    reader.skip(tag, end);
    const field = message.byNumber[tag >>> 3];
    if (field === undefined) continue;
    if (field === last && field.many) continue;
    if ((seen & field.bit) !== 0) return false;
    if ((field.bit & message.oneof) !== 0 && (seen & message.oneof) !== 0) return false;
    seen |= field.bit;
    last = field;
  }
  return true;
}

/** The same message with its known fields in order, each in one place; unknown fields are left out. */
export function canonical(message: JsonMessage, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const reader = new WireReader(bytes, start);
  /** Per field: the extents of its records (`many`), or of the contents that count. */
  const extents: number[][] = message.fields.map(() => []);
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = reader.tag(end);
    const field = message.byNumber[tag >>> 3];
    const merges = field?.kind === MESSAGE_KIND && !field.many && (tag & 7) === DELIMITED;
    const valueEnd = merges ? reader.length(end) : 0;
    const from = merges ? reader.pos : at;
    if (merges) reader.pos = valueEnd;
    else reader.skip(tag, end);
    if (field === undefined) continue;
    if ((field.bit & message.oneof) !== 0) {
      for (const other of message.fields) {
        if (other !== field && (other.bit & message.oneof) !== 0) extents[other.index] = [];
      }
    }
    if (!field.many && !merges) extents[field.index] = [];
    extents[field.index]?.push(from, reader.pos);
  }
  const parts = message.fields.map((field) => {
    const pieces: Uint8Array[] = [];
    const ranges = extents[field.index] ?? [];
    for (let i = 0; i < ranges.length; i += 2) pieces.push(bytes.subarray(ranges[i], ranges[i + 1]));
    if (pieces.length === 0 || field.many || field.kind !== MESSAGE_KIND) return merge(pieces);
    return delimited(field.tag, pieces);
  });
  return merge(parts);
}
