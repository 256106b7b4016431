/** Joins requests and cuts items out of them without decoding what the items say. */
import type { Signal } from '../records.ts';
import { ItemCursor } from './cursor.ts';
import { WireReader } from './reader.ts';
import { Reframer } from './reframe.ts';

/**
 * One request with the items of all parts, in order: protobuf requests merge by concatenation. A single
 * part is returned as it is.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { count, merge, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * assert.equal(count('traces', merge([request, request])), 6);
 * ```
 */
export function merge(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const out = Buffer.allocUnsafeSlow(length);
  let pos = 0;
  for (const part of parts) {
    out.set(part, pos);
    pos += part.length;
  }
  return out;
}

/**
 * The items numbered `from` (inclusive) to `to` (exclusive), in wire order, with their envelopes; a range
 * beyond the end ends there. Always a fresh copy. Envelopes without items are left out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, protobufFromJson, slice } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const names = decode('traces', slice('traces', request, 1, 3)).map(({ name }) => name);
 * assert.deepEqual(names, ['b', 'c']);
 * ```
 */
export function slice(signal: Signal, bytes: Uint8Array, from: number, to: number): Uint8Array {
  const cursor = new ItemCursor(signal, bytes);
  const out = new Reframer(cursor);
  for (let item = 0; item < to && cursor.next(); item++) if (item >= from) out.add();
  return out.take();
}

/**
 * The items with these numbers, in wire order, each once, with their envelopes. Throws `RangeError` for a
 * number that is no item.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decode, protobufFromJson, select } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"},{"name":"c"}]}]}]}';
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const names = decode('traces', select('traces', request, [2, 0])).map(({ name }) => name);
 * assert.deepEqual(names, ['a', 'c']);
 * assert.throws(() => select('traces', request, [3]), RangeError);
 * ```
 */
export function select(signal: Signal, bytes: Uint8Array, indices: readonly number[]): Uint8Array {
  const wanted = ascending(indices);
  const cursor = new ItemCursor(signal, bytes);
  const out = new Reframer(cursor);
  let next = 0;
  for (let item = 0; next < wanted.length && cursor.next(); item++) {
    if (wanted[next] !== item) continue;
    out.add();
    while (wanted[next] === item) next++;
  }
  if (next < wanted.length) throw new RangeError(`Item ${wanted[next]} does not exist in this request`);
  return out.take();
}

function ascending(indices: readonly number[]): readonly number[] {
  let last = 0;
  for (const index of indices) {
    if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`${index} is not an item number`);
    if (index < last) return indices.toSorted((a, b) => a - b);
    last = index;
  }
  return indices;
}

/**
 * The items whose trace id `keep` accepts; `offset` is where its 16 bytes start in `bytes`, or -1 when the item
 * has no trace id. One field of each item is read. Returns `bytes` itself when all are kept.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { count, filterByTraceId, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const id = '0af7651916cd43dd8448eb211c80319c';
 * const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${id}"},{"name":"no id"}]}]}]}`;
 * const request = protobufFromJson('traces', Buffer.from(body));
 * const wanted = Buffer.from(id, 'hex');
 * const kept = filterByTraceId('traces', request, (bytes, offset) => {
 *   return offset >= 0 && wanted.equals(bytes.subarray(offset, offset + 16));
 * });
 * assert.equal(count('traces', kept), 1);
 * ```
 */
export function filterByTraceId(
  signal: 'traces' | 'logs',
  bytes: Uint8Array,
  keep: (bytes: Uint8Array, offset: number) => boolean,
): Uint8Array {
  const idTag = signal === 'traces' ? 0x0a : 0x4a;
  const cursor = new ItemCursor(signal, bytes);
  const out = new Reframer(cursor);
  const reader = new WireReader(bytes);
  let items = 0;
  while (cursor.next()) {
    items++;
    if (keep(bytes, traceIdOffset(reader, cursor, idTag))) out.add();
  }
  return out.items === items ? bytes : out.take();
}

/** The last trace id wins, as for every protobuf scalar. */
function traceIdOffset(reader: WireReader, item: ItemCursor, idTag: number): number {
  const { end } = item;
  reader.pos = item.start;
  reader.tag(end);
  reader.length(end);
  let offset = -1;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag !== idTag) {
      reader.skip(tag, end);
      continue;
    }
    const idEnd = reader.length(end);
    offset = idEnd - reader.pos === 16 ? reader.pos : -1;
    reader.pos = idEnd;
  }
  return offset;
}
