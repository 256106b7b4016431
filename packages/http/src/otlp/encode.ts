/** OTLP requests from a batch: its bytes as they are, or JSON of its records, cut only where they exceed the limit. */
import type { Batch, Encoded, Items } from '@telemetryflow/kernel';
import * as otlp from '@telemetryflow/otlp';
import { type RecordOf, type Signal, splitByBytes } from '@telemetryflow/otlp';

const { encodeJson } = otlp as unknown as {
  encodeJson: <S extends Signal>(signal: S, records: readonly RecordOf[S][]) => Uint8Array;
};

/** Protobuf requests of at most `maxBytes`; an item that alone exceeds it is dropped as `too_large`. */
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

/** JSON takes up to this many times the room of protobuf: a first guess of how many items fit. */
const JSON_FACTOR = 3;

/** JSON requests of at most `maxBytes`; an item that alone exceeds it is dropped as `too_large`. */
export function* encodeOtlpJson(batch: Batch, maxBytes: number): Generator<Encoded<Uint8Array>> {
  const parts = Math.ceil((batch.bytes * JSON_FACTOR) / maxBytes);
  const step = Math.max(1, Math.ceil(batch.count / Math.max(parts, 1)));
  for (let from = 0; from < batch.count; from += step) {
    yield* encodeRange(batch, from, Math.min(from + step, batch.count), maxBytes);
    yield undefined;
  }
}

/** Halves a range until it fits. */
function* encodeRange(batch: Batch, from: number, to: number, maxBytes: number): Generator<Encoded<Uint8Array>> {
  const items: Items = { from, to };
  const part = from === 0 && to === batch.count ? batch : batch.select(items);
  const body = encodeJson(part.signal, part.records());
  if (body.length <= maxBytes) {
    yield { body, items };
  } else if (to - from === 1) {
    yield tooLarge(from, body.length, maxBytes);
  } else {
    const middle = Math.floor((from + to) / 2);
    yield* encodeRange(batch, from, middle, maxBytes);
    yield* encodeRange(batch, middle, to, maxBytes);
  }
}

function tooLarge(item: number, bytes: number, maxBytes: number): Encoded<Uint8Array> {
  return {
    dropped: { from: item, to: item + 1 },
    reason: 'too_large',
    detail: `one item takes ${bytes} bytes, more than max_request_bytes (${maxBytes})`,
  };
}
