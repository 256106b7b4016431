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

/** `a + b`, exact for integers of any size; fractional input adds as doubles. */
export function addCounts(a: Count, b: Count): Count {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  if (!isInteger(a) || !isInteger(b)) return Number(a) + Number(b);
  return narrow(BigInt(a) + BigInt(b));
}

/** `a - b`, exact for integers of any size; fractional input subtracts as doubles. */
export function subtractCounts(a: Count, b: Count): Count {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  if (!isInteger(a) || !isInteger(b)) return Number(a) - Number(b);
  return narrow(BigInt(a) - BigInt(b));
}

/** The total of a list of counts. */
export function sumCounts(counts: readonly Count[]): Count {
  let total: Count = 0;
  for (const count of counts) total = addCounts(total, count);
  return total;
}
