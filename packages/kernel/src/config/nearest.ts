/** Nearest-name hints. */

/** The candidate that a slip of the fingers would turn into `name`, if any: a third of the letters may differ. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, folded);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * `did you mean "x"?`, or undefined when nothing is near.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { didYouMean } from '@telemetryflow/kernel';
 *
 * assert.equal(didYouMean('endpiont', ['endpoint', 'headers']), 'did you mean "endpoint"?');
 * assert.equal(didYouMean('colour', ['endpoint', 'headers']), undefined);
 * ```
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

function fold(name: string): string {
  return name.slice(0, 128).toLowerCase().replaceAll('-', '_');
}

/** Damerau-Levenshtein (optimal string alignment): swapped neighbours count once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
