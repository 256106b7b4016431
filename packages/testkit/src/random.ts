/** Randomness that a test can repeat: the same seed gives the same numbers on every machine. */

/** The next number, at least 0 and less than 1. */
export type Random = () => number;

/**
 * Mulberry32: 32 bits of state, good enough to choose faults by.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Random, seededRandom } from '@telemetryflow/testkit';
 *
 * const random: Random = seededRandom(42);
 * const again: Random = seededRandom(42);
 * assert.deepEqual([random(), random()], [again(), again()]);
 * ```
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
