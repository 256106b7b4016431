/** Sets of item numbers, as components name them: counting, walking and cutting them. */
import type { ItemRange, Items } from '../component/outcome.ts';

/** True for a half-open range, false for a list. */
export function isRange(items: Items): items is ItemRange {
  return !Array.isArray(items);
}

/**
 * How many items are named; repeated numbers of a list count each time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { countItems, type ItemRange } from '@telemetryflow/kernel';
 *
 * const range: ItemRange = { from: 4, to: 7 };
 * assert.equal(countItems(range), 3);
 * assert.equal(countItems([1, 8]), 2);
 * ```
 */
export function countItems(items: Items): number {
  return isRange(items) ? Math.max(0, items.to - items.from) : items.length;
}

/** The items at positions `from` (inclusive) to `to` (exclusive) of `items`. */
export function cutItems(items: Items, from: number, to: number): Items {
  if (!isRange(items)) return items.slice(from, to);
  return { from: items.from + from, to: Math.min(items.to, items.from + to) };
}

/**
 * The same items in ascending order, each once, as a range where they are one without gap. Throws `RangeError`
 * for what is no item of a batch of `count` items; a range is cut at the end of the batch instead.
 */
export function normaliseItems(items: Items, count: number): Items {
  if (isRange(items)) {
    const from = Math.max(0, items.from);
    return { from, to: Math.max(from, Math.min(items.to, count)) };
  }
  if (items.length === 0) return { from: 0, to: 0 };
  let ascending = true;
  let last = -1;
  for (const item of items) {
    if (!Number.isInteger(item) || item < 0 || item >= count) {
      throw new RangeError(`Item ${item} is not one of the ${count} items of this batch`);
    }
    if (item <= last) ascending = false;
    last = item;
  }
  const sorted = ascending ? items : [...new Set(items)].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const end = (sorted.at(-1) ?? -1) + 1;
  return end - first === sorted.length ? { from: first, to: end } : sorted;
}
