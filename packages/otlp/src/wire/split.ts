/** Cuts a request into requests of bounded size, in one pass, without decoding items. */
import type { Signal } from '../records.ts';
import { ItemCursor } from './cursor.ts';
import { Reframer } from './reframe.ts';

/** Items `from` (inclusive) to `to` (exclusive) of the request, as a request of their own. */
export interface SplitPart {
  readonly body: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** The number of an item that exceeds the limit even alone, and the bytes its request would take. */
export interface OversizeItem {
  readonly tooLarge: number;
  readonly bytes: number;
}

/**
 * Packs items greedily, in wire order, into requests of at most `maxBytes` (encoded, uncompressed) and at most
 * `maxItems` items. An item too large on its own is reported in its place, in order, and left out. The parts
 * and the reported items cover every item exactly once. Parts are made as they are asked for.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type OversizeItem, protobufFromJson, type SplitPart, splitByBytes } from '@telemetryflow/otlp';
 *
 * const spans = JSON.stringify([{ name: 'a' }, { name: 'b'.repeat(1000) }, { name: 'c' }]);
 * const request = protobufFromJson('traces', Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":${spans}}]}]}`));
 * const bodies: SplitPart[] = [];
 * const tooLarge: OversizeItem[] = [];
 * for (const part of splitByBytes('traces', request, 500)) {
 *   if ('tooLarge' in part) tooLarge.push(part);
 *   else bodies.push(part);
 * }
 * assert.deepEqual([bodies[1]?.from, bodies[1]?.to], [2, 3]);
 * assert.equal(tooLarge[0]?.tooLarge, 1);
 * ```
 */
export function* splitByBytes(
  signal: Signal,
  bytes: Uint8Array,
  maxBytes: number,
  maxItems: number = Number.POSITIVE_INFINITY,
): Generator<SplitPart | OversizeItem, void, undefined> {
  if (!(maxBytes >= 1) || !(maxItems >= 1)) throw new RangeError('maxBytes and maxItems must be at least 1');
  const cursor = new ItemCursor(signal, bytes);
  const part = new Reframer(cursor);
  let from = 0;
  for (let item = 0; cursor.next(); item++) {
    let size = part.sizeWith();
    if (part.items > 0 && (size > maxBytes || part.items >= maxItems)) {
      yield { body: part.take(), from, to: item };
      size = part.sizeWith();
    }
    if (size > maxBytes) {
      yield { tooLarge: item, bytes: size };
      continue;
    }
    if (part.items === 0) from = item;
    part.add();
  }
  const to = from + part.items;
  if (to > from) yield { body: part.take(), from, to };
}
