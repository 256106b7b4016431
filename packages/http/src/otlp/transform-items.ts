/**
 * Changes spans and log records for backends that take OTLP but lose part of it. Most batches hold nothing to change:
 * a look at the bytes finds that out, and they go on as they came.
 */
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import { type FieldTest, type RecordOf, type ResourceRecord, someItem } from '@telemetryflow/otlp';
import type { OtlpEncode } from './exporter.ts';

/** What a backend needs changed in its spans, or in its log records. */
export interface ItemTransform<S extends 'traces' | 'logs'> {
  /** True for the bytes of an item to change. May say true too often, never too rarely. */
  readonly concerns: FieldTest;
  /** The record changed, or as it is. `now` in milliseconds since the epoch: the first encode of the batch. */
  change(record: RecordOf[S], now: number): RecordOf[S];
}

/** The kernel wants the loop back this often. */
const YIELD_EVERY = 256;

/**
 * An encoder that makes these changes, in their order, before `encode`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, transformItems, withLogFields } from '@telemetryflow/http';
 * import type { ItemTransform, OtlpEncode } from '@telemetryflow/http';
 * import { batchFromRecords } from '@telemetryflow/kernel';
 * import { decode } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const shout: ItemTransform<'logs'> = {
 *   concerns: () => true,
 *   change: (record) => withLogFields(record, { body: `${record.body}!` }),
 * };
 * const [log] = recordsOf('logs', 1);
 * assert.ok(log);
 * const batch = batchFromRecords('logs', [log]);
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [payload] = transformItems(encode, [shout])(batch, context);
 * assert.ok(payload && 'body' in payload && payload.body instanceof Uint8Array);
 * const [changed] = decode('logs', payload.body);
 * assert.equal(changed?.body, `${log.body}!`);
 * ```
 */
export function transformItems<S extends 'traces' | 'logs'>(
  encode: OtlpEncode,
  transforms: readonly ItemTransform<S>[],
): OtlpEncode {
  return function* (batch, context) {
    const needed = neededBy(batch.otlp(), transforms);
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

/** The transforms that concern an item, found in one walk. */
function neededBy<S extends 'traces' | 'logs'>(
  request: Uint8Array,
  transforms: readonly ItemTransform<S>[],
): readonly ItemTransform<S>[] {
  const needed: ItemTransform<S>[] = [];
  let open = [...transforms];
  someItem(request, (start, end) => {
    for (let i = 0; i < open.length; i++) {
      const one = open[i] as ItemTransform<S>;
      if (!one.concerns(request, start, end)) continue;
      needed.push(one);
      open = open.filter((other) => other !== one);
      i -= 1;
    }
    return open.length === 0;
  });
  return transforms.filter((one) => needed.includes(one));
}

/**
 * An encoder that changes resources before `encode`; the bytes of their items stay untouched.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, type OtlpEncode, transformResources } from '@telemetryflow/http';
 * import { batchFromRecords } from '@telemetryflow/kernel';
 * import { decode, type ResourceRecord, withAttribute, withResourceAttributes } from '@telemetryflow/otlp';
 * import { recordsOf } from '@telemetryflow/testkit';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const batch = batchFromRecords('traces', recordsOf('traces', 1));
 * const change = (resource: ResourceRecord): ResourceRecord =>
 *   withResourceAttributes(resource, withAttribute(resource.attributes, 'team', 'checkout'));
 * const context = { now: Date.now(), id: 'b-1', mode: undefined };
 * const [payload] = transformResources(encode, change)(batch, context);
 * assert.ok(payload && 'body' in payload && payload.body instanceof Uint8Array);
 * const [changed] = decode('traces', payload.body);
 * assert.equal(changed?.resource.attributes['team'], 'checkout');
 * ```
 */
export function transformResources(
  encode: OtlpEncode,
  change: (resource: ResourceRecord) => ResourceRecord,
): OtlpEncode {
  return (batch, context) => encode(batch.mapResources(change), context);
}
