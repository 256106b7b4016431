/** OTLP requests from a batch: its bytes as they are, or transcoded to JSON, cut only where they exceed the limit. */
import type { Batch, Encoded } from '@telemetryflow/kernel';
import { jsonFromProtobuf, type Signal, slice, splitByBytes } from '@telemetryflow/otlp';

/**
 * Protobuf requests of at most `maxBytes`; an item that alone exceeds it is dropped as `too_large`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { count, protobufFromJson } from '@telemetryflow/otlp';
 *
 * const request = protobufFromJson('logs', Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}'));
 * const batch = batchFromOtlp('logs', request);
 * const [payload] = encodeOtlpProto(batch, 4_000_000);
 * assert.ok(payload && 'body' in payload);
 * assert.deepEqual([count('logs', payload.body), payload.items], [2, { from: 0, to: 2 }]);
 * ```
 */
export function* encodeOtlpProto(batch: Batch, maxBytes: number): Generator<Encoded<Uint8Array>> {
  if (batch.count === 0) return;
  const bytes = batch.otlp();
  if (bytes.length <= maxBytes) {
    yield { body: bytes, items: { from: 0, to: batch.count } };
    return;
  }
  for (const part of splitByBytes(batch.signal, bytes, maxBytes)) {
    if ('tooLarge' in part) yield tooLarge(part.tooLarge, part.bytes, maxBytes);
    else yield { body: part.body, items: { from: part.from, to: part.to } };
  }
}

/**
 * The same, but requests are made of the pieces the batch came in, as many as fit: joining them would copy every byte,
 * and cutting what was joined would copy them again. Only a piece that alone exceeds the limit is cut.
 */
export function* encodeOtlpPieces(
  batch: Batch,
  maxBytes: number,
): Generator<Encoded<Uint8Array | readonly Uint8Array[]>> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let from = 0;
  let to = 0;
  for (const { bytes: piece, items } of batch.otlpParts()) {
    if (items === 0) continue;
    if (pieces.length > 0 && length + piece.length > maxBytes) {
      yield { body: one(pieces), items: { from, to } };
      pieces = [];
      length = 0;
      from = to;
    }
    to += items;
    if (piece.length > maxBytes) {
      yield* cut(batch.signal, piece, from, maxBytes);
      from = to;
    } else {
      pieces.push(piece);
      length += piece.length;
    }
  }
  if (pieces.length > 0) yield { body: one(pieces), items: { from, to } };
}

function one(pieces: readonly Uint8Array[]): Uint8Array | readonly Uint8Array[] {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : pieces;
}

/** The items of `bytes`, whose first has this number in its batch. */
function* cut(signal: Signal, bytes: Uint8Array, first: number, maxBytes: number): Generator<Encoded<Uint8Array>> {
  for (const part of splitByBytes(signal, bytes, maxBytes)) {
    if ('tooLarge' in part) yield tooLarge(first + part.tooLarge, part.bytes, maxBytes);
    else yield { body: part.body, items: { from: first + part.from, to: first + part.to } };
  }
}

/** JSON takes at least this many times the room of protobuf: what exceeds it is not worth a try. */
const JSON_FACTOR = 1.5;

/**
 * JSON requests of at most `maxBytes`; an item that alone exceeds it is dropped as `too_large`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpJson } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { protobufFromJson } from '@telemetryflow/otlp';
 *
 * const json = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';
 * const batch = batchFromOtlp('logs', protobufFromJson('logs', Buffer.from(json)));
 * const [payload] = encodeOtlpJson(batch, 4_000_000);
 * assert.ok(payload && 'body' in payload);
 * assert.equal(Buffer.from(payload.body).toString(), json);
 * ```
 */
export function* encodeOtlpJson(batch: Batch, maxBytes: number): Generator<Encoded<Uint8Array>> {
  if (batch.count > 0) yield* encodeJsonRange(batch.signal, batch.otlp(), { from: 0, to: batch.count }, maxBytes);
}

/** Halves a range until it fits. `bytes` holds the items of the range only. */
function* encodeJsonRange(
  signal: Signal,
  bytes: Uint8Array,
  items: { readonly from: number; readonly to: number },
  maxBytes: number,
): Generator<Encoded<Uint8Array>> {
  const { from, to } = items;
  if (to - from === 1 || bytes.length * JSON_FACTOR <= maxBytes) {
    const body = jsonFromProtobuf(signal, bytes);
    if (body.length <= maxBytes) {
      yield { body, items };
      return;
    }
    if (to - from === 1) {
      yield tooLarge(from, body.length, maxBytes);
      return;
    }
  }
  const half = Math.ceil((to - from) / 2);
  yield* encodeJsonRange(signal, slice(signal, bytes, 0, half), { from, to: from + half }, maxBytes);
  yield undefined;
  yield* encodeJsonRange(signal, slice(signal, bytes, half, to - from), { from: from + half, to }, maxBytes);
}

function tooLarge(item: number, bytes: number, maxBytes: number): Encoded<Uint8Array> {
  return {
    dropped: { from: item, to: item + 1 },
    reason: 'too_large',
    detail: `one item takes ${bytes} bytes, more than max_request_bytes (${maxBytes})`,
  };
}
