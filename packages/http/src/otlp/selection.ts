/** Encodes some items of a batch, under the numbers they have in the whole batch. */
import type { Batch, EncodeContext, Encoded, Items } from '@telemetryflow/kernel';
import type { HttpBody } from '../exporter.ts';
import type { OtlpEncode } from './exporter.ts';

/**
 * Encodes `part`, which holds the items `kept` of a batch, in this order.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, encodeSelection, type OtlpEncode } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { protobufFromJson } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}';
 * const request = protobufFromJson('logs', Buffer.from(body));
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const kept = [0, 2];
 * const part = batchFromOtlp('logs', request).select(kept);
 * const [payload] = encodeSelection(encode, part, kept, { now: Date.now(), id: 'b-1', mode: undefined });
 * assert.deepEqual(payload && 'items' in payload && payload.items, [0, 2]);
 * ```
 */
export function* encodeSelection(
  encode: OtlpEncode,
  part: Batch,
  kept: readonly number[],
  context: EncodeContext,
): Generator<Encoded<HttpBody>> {
  for (const each of encode(part, context)) {
    if (each === undefined) yield undefined;
    else if ('dropped' in each) yield { ...each, dropped: original(each.dropped, kept) };
    else yield { ...each, items: original(each.items, kept) };
  }
}

function original(items: Items, kept: readonly number[]): readonly number[] {
  return 'from' in items ? kept.slice(items.from, items.to) : items.map((item) => kept[item] ?? -1);
}
