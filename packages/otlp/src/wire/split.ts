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
