/** Exact arithmetic on counts: numbers as long as they are exact, bigint beyond 2^53. */
import type { Count } from './points.ts';

function isInteger(value: Count): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** A number where that is exact, else the bigint itself. */
export function narrow(value: bigint): Count {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * `a + b`, exact for integers of any size; fractional input adds as doubles.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { addCounts, type Count } from '@telemetryflow/metrics';
 *
 * const requests: Count = addCounts(Number.MAX_SAFE_INTEGER, 2);
 * assert.equal(requests, 9_007_199_254_740_993n);
 * assert.equal(addCounts(requests, -3n), 9_007_199_254_740_990);
 * ```
 */
export function addCounts(a: Count, b: Count): Count {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  if (!isInteger(a) || !isInteger(b)) return Number(a) + Number(b);
  return narrow(BigInt(a) + BigInt(b));
}

/**
 * `a - b`, exact for integers of any size; fractional input subtracts as doubles.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { subtractCounts } from '@telemetryflow/metrics';
 *
 * assert.equal(subtractCounts(9_007_199_254_740_993n, 9_007_199_254_740_991), 2);
 * assert.equal(subtractCounts(2, 3), -1); // a counter that fell
 * ```
 */
export function subtractCounts(a: Count, b: Count): Count {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  if (!isInteger(a) || !isInteger(b)) return Number(a) - Number(b);
  return narrow(BigInt(a) - BigInt(b));
}

/**
 * The total of a list of counts.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { sumCounts } from '@telemetryflow/metrics';
 *
 * assert.equal(sumCounts([1, 2n, 3]), 6);
 * assert.equal(sumCounts([Number.MAX_SAFE_INTEGER, 1, 1]), 9_007_199_254_740_993n);
 * ```
 */
export function sumCounts(counts: readonly Count[]): Count {
  let total: Count = 0;
  for (const count of counts) total = addCounts(total, count);
  return total;
}
