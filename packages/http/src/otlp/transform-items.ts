/**
 * Changes spans and log records for backends that take OTLP but lose part of it. Most batches hold nothing to change:
 * a look at the bytes finds that out, and they go on as they came.
 */
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import { type RecordOf, type ResourceRecord, someItem } from '@telemetryflow/otlp';
import type { OtlpEncode } from './exporter.ts';

/** What a backend needs changed in its spans, or in its log records. */
export interface ItemTransform<S extends 'traces' | 'logs'> {
  /** True when the item from `start` to `end` of the request is one to change. May say true too often, never too rarely. */
  concerns(request: Uint8Array, start: number, end: number): boolean;
  /** The record changed, or as it is. `now` in milliseconds since the epoch: the first encode of the batch. */
  change(record: RecordOf[S], now: number): RecordOf[S];
}

/** The kernel wants the loop back this often. */
const YIELD_EVERY = 256;

/** An encoder that makes these changes, in their order, before `encode`. */
export function transformItems<S extends 'traces' | 'logs'>(
  encode: OtlpEncode,
  transforms: readonly ItemTransform<S>[],
): OtlpEncode {
  return function* (batch, context) {
    const request = batch.otlp();
    const needed = transforms.filter((one) => someItem(request, (start, end) => one.concerns(request, start, end)));
    if (needed.length === 0) {
      yield* encode(batch, context);
      return;
    }
    const changed: RecordOf[S][] = [];
    for (const record of (batch as Batch<S>).records()) {
      changed.push(needed.reduce((before, { change }) => change(before, context.now), record));
      if (changed.length % YIELD_EVERY === 0) yield undefined;
    }
    yield* encode(batchFromRecords(batch.signal, changed as never) as Batch, context);
  };
}

/** An encoder that changes resources before `encode`; the bytes of their items stay untouched. */
export function transformResources(
  encode: OtlpEncode,
  change: (resource: ResourceRecord) => ResourceRecord,
): OtlpEncode {
  return (batch, context) => encode(batch.mapResources(change), context);
}
