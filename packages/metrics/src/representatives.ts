/**
 * A histogram as a short list of values and how often each occurs, for backends that take values: one per bucket
 * that holds any, the extremes exact, and the whole list adding up to the histogram's sum where the bounds allow.
 */
import { bucketsOf, type Histogram } from './buckets.ts';

/** `count` measurements that stand at `value`. */
export interface Representative {
  readonly value: number;
  readonly count: number;
}

interface Cell {
  lower: number;
  upper: number;
  count: number;
  value: number;
}

/**
 * Ascending; the counts add up to those of the buckets. Empty without measurements.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Representative, representativesOf } from '@telemetryflow/metrics';
 *
 * const histogram = { buckets: { boundaries: [10, 100], counts: [0, 3, 1] }, sum: 320, count: 4, min: 20, max: 150 };
 * const found: Representative[] = representativesOf(histogram);
 * assert.deepEqual([found[0]?.value, found.at(-1)?.value], [20, 150]);
 * let sum = 0;
 * for (const { value, count } of found) sum += value * count;
 * assert.equal(sum, 320);
 * ```
 */
export function representativesOf(histogram: Histogram): Representative[] {
  const cells: Cell[] = bucketsOf(histogram).map(({ lower, upper, count }) => ({ lower, upper, count, value: 0 }));
  const first = cells[0];
  const last = cells.at(-1);
  if (first === undefined || last === undefined) return [];
  const { min, max, sum } = histogram;
  if (min !== undefined) first.lower = Math.max(first.lower, Math.min(min, first.upper));
  if (max !== undefined) last.upper = Math.min(last.upper, Math.max(max, last.lower));
  if (first.lower === Number.NEGATIVE_INFINITY) {
    first.lower = first.upper === Number.POSITIVE_INFINITY ? first.upper : Math.min(0, first.upper);
  }

  let rest = sum;
  const found: Representative[] = [];
  if (min !== undefined) {
    found.push({ value: min, count: 1 });
    first.count--;
    if (rest !== undefined) rest -= min;
  }
  const taken = max !== undefined && last.count > 0;
  if (taken) {
    last.count--;
    if (rest !== undefined) rest -= max;
  }
  place(cells, rest);
  for (const { value, count } of cells) if (count > 0) found.push({ value, count });
  if (taken) found.push({ value: max, count: 1 });
  return joined(found);
}

/** Give every cell its value: the midpoint, moved towards one side until the sum is right. */
function place(cells: readonly Cell[], sum: number | undefined): void {
  const open = cells.at(-1)?.upper === Number.POSITIVE_INFINITY ? cells.at(-1) : undefined;
  let placed = 0;
  for (const cell of cells) {
    if (cell === open) continue;
    cell.value = cell.lower / 2 + cell.upper / 2;
    placed += cell.count * cell.value;
  }
  if (open !== undefined) {
    const lower = Number.isFinite(open.lower) ? open.lower : Number.NEGATIVE_INFINITY;
    const needed = sum === undefined || open.count === 0 ? lower : (sum - placed) / open.count;
    open.value = Math.max(lower, needed);
    if (!Number.isFinite(open.value)) open.value = 0;
    return;
  }
  if (sum === undefined || !Number.isFinite(sum)) return;
  const missing = sum - placed;
  let room = 0;
  for (const cell of cells) {
    room += cell.count * (missing > 0 ? cell.upper - cell.value : cell.value - cell.lower);
  }
  if (room <= 0) return;
  const factor = Math.min(Math.abs(missing) / room, 1);
  for (const cell of cells) {
    cell.value += missing > 0 ? (cell.upper - cell.value) * factor : (cell.lower - cell.value) * factor;
  }
}

/** Equal neighbours as one. */
function joined(values: readonly Representative[]): Representative[] {
  const result: Representative[] = [];
  for (const next of values) {
    const last = result.at(-1);
    if (last !== undefined && last.value === next.value) {
      result[result.length - 1] = { value: last.value, count: last.count + next.count };
    } else {
      result.push(next);
    }
  }
  return result;
}
