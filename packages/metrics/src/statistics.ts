/** Sum, minimum and maximum of two sets of measurements, known only where both sides know them. */
import type { Count } from './points.ts';

interface Statistics {
  readonly count: Count;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The sum of both; a side without measurements adds nothing. */
export function mergeSums(a: Statistics, b: Statistics): number | undefined {
  if (a.sum !== undefined && b.sum !== undefined) return a.sum + b.sum;
  if (Number(a.count) === 0) return b.sum;
  return Number(b.count) === 0 ? a.sum : undefined;
}

/** Minimum and maximum of both; a side without measurements adds nothing. */
export function mergeExtremes(a: Statistics, b: Statistics): { min: number | undefined; max: number | undefined } {
  if (Number(a.count) === 0) return { min: b.min, max: b.max };
  if (Number(b.count) === 0) return { min: a.min, max: a.max };
  return {
    min: a.min === undefined || b.min === undefined ? undefined : Math.min(a.min, b.min),
    max: a.max === undefined || b.max === undefined ? undefined : Math.max(a.max, b.max),
  };
}

/** `later - earlier`, where both are known. */
export function subtractSums(later: Statistics, earlier: Statistics): number | undefined {
  return later.sum === undefined || earlier.sum === undefined ? undefined : later.sum - earlier.sum;
}
