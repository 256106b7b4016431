/**
 * The sketch of the Agent, in which Datadog stores distributions: counts per bin of relative width 1/64, by the
 * Agent's own keys, so that its sketches and ours merge. It is not the DDSketch of `@datadog/sketches-js`.
 */
import {
  bucketsOf,
  type ExplicitHistogram,
  type ExponentialHistogram,
  exponentialBound,
  isExponential,
  statisticsOf,
} from '@telemetryflow/metrics';

const GAMMA = 1.015625;
const LN_GAMMA = Math.log1p(1 / 64);
const BIAS = 1338;
/** Below this a value is zero. */
const SMALLEST = GAMMA ** (1 - BIAS);
/** The last key of a finite value. */
const MAX_KEY = 32_766;
/** Bins of one sketch, and the largest count of a bin on the wire. */
const MAX_BINS = 4096;
const MAX_BIN_COUNT = 65_535;
const MAX_UINT32 = 4_294_967_295;

/** Counts by key; `count`, `sum`, `min` and `max` are those of the measurements, not of the bins. */
export interface Sketch {
  readonly bins: ReadonlyMap<number, number>;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** The bin of a value. */
export function keyOf(value: number): number {
  if (value < 0) return -keyOf(-value);
  if (value < SMALLEST) return 0;
  return Math.min(Math.max(roundHalfEven(Math.log(value) / LN_GAMMA) + BIAS, 1), MAX_KEY);
}

/** Where a bin begins. */
export function lowOf(key: number): number {
  if (key < 0) return -lowOf(-key);
  return key === 0 ? 0 : GAMMA ** (key - BIAS);
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A histogram as a sketch: counts are conserved. `undefined` without measurements. */
export function sketchOf(histogram: ExplicitHistogram | ExponentialHistogram): Sketch | undefined {
  const statistics = statisticsOf(histogram);
  if (statistics === undefined) return undefined;
  const { count, sum } = statistics;
  // Of a single measurement the sum is the value itself.
  if (count === 1 && histogram.sum !== undefined) {
    return { bins: new Map([[keyOf(sum), 1]]), count, sum, min: sum, max: sum };
  }
  const bins = new Map<number, number>();
  if (isExponential(histogram)) addExponential(bins, histogram);
  else if (histogram.buckets.counts.length < 2) interpolate(bins, statistics.min, statistics.max, count);
  else {
    for (const { lower, upper, count: held } of bucketsOf(histogram)) {
      interpolate(bins, Number.isFinite(lower) ? lower : upper, Number.isFinite(upper) ? upper : lower, held);
    }
  }
  return { bins, ...statistics };
}

function add(bins: Map<number, number>, key: number, count: number): void {
  bins.set(key, (bins.get(key) ?? 0) + count);
}

/** Spreads a bucket evenly over the bins it covers, in whole measurements. */
function interpolate(bins: Map<number, number>, lower: number, upper: number, count: number): void {
  let start = keyOf(lower);
  const end = keyOf(upper);
  let low = lowOf(start);
  let left = count;
  let remainder = 0;
  for (let key = start + 1; key <= end && left > 0; key++) {
    const high = lowOf(key);
    const share = ((high - low) / (upper - lower)) * count;
    let whole = Math.trunc(share);
    if (share > 1) remainder += share - whole;
    if (remainder > 1) {
      whole++;
      remainder--;
    }
    if (whole > 0) {
      const taken = Math.min(whole, left);
      add(bins, start, taken);
      left -= taken;
      start = key;
      low = high;
    }
  }
  if (left > 0) add(bins, start, left);
}

/** Buckets of another base: each is spread evenly, and what rounding takes from one bin goes to the next. */
function addExponential(
  bins: Map<number, number>,
  { scale, zeroCount, positive, negative }: ExponentialHistogram,
): void {
  const shares = new Map<number, number>();
  if (Number(zeroCount) > 0) add(shares, 0, Number(zeroCount));
  for (const [side, sign] of [
    [positive, 1],
    [negative, -1],
  ] as const) {
    for (const [i, each] of side.bucketCounts.entries()) {
      const count = Number(each);
      if (!(count > 0)) continue;
      const index = side.offset + i;
      spread(shares, exponentialBound(index, scale), exponentialBound(index + 1, scale), count, sign);
    }
  }
  let exact = 0;
  let whole = 0;
  for (const [key, share] of [...shares].sort(([a], [b]) => a - b)) {
    exact += share;
    const rounded = Math.round(exact);
    if (rounded > whole) bins.set(key, rounded - whole);
    whole = rounded;
  }
}

/** Bin `j` covers `gamma^(j - 1338.5)` to `gamma^(j - 1337.5)`. */
function spread(shares: Map<number, number>, lower: number, upper: number, count: number, sign: 1 | -1): void {
  if (!(upper < Number.POSITIVE_INFINITY) || !(lower > 0)) {
    add(shares, sign * keyOf(lower > 0 ? Math.min(lower, Number.MAX_VALUE) : 0), count);
    return;
  }
  const first = Math.floor(Math.log(lower) / LN_GAMMA + BIAS + 0.5);
  const width = upper - lower;
  let low = lower;
  for (let j = first; low < upper; j++) {
    const high = Math.min(upper, GAMMA ** (j + 1 - BIAS - 0.5));
    if (high > low) {
      add(shares, sign * Math.min(Math.max(j, 0), MAX_KEY), ((high - low) / width) * count);
      low = high;
    }
  }
}

/** Both sketches as one. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  const bins = new Map(a.bins);
  for (const [key, count] of b.bins) add(bins, key, count);
  return {
    bins,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** Ascending keys with their counts, as the wire wants them: at most 65,535 a bin, and 4096 bins. */
export function wireBins(bins: ReadonlyMap<number, number>): { readonly keys: number[]; readonly counts: number[] } {
  const sorted = [...bins].sort(([a], [b]) => a - b);
  const keys: number[] = [];
  const counts: number[] = [];
  let left = 0;
  // From the top, so that the lowest bins are those that are joined when there are too many.
  for (let i = sorted.length - 1; i >= 0; i--) {
    const [key, all] = sorted[i] as [number, number];
    let rest = all;
    while (rest > 0 && keys.length < MAX_BINS) {
      const taken = Math.min(rest, MAX_BIN_COUNT);
      keys.push(key);
      counts.push(taken);
      rest -= taken;
    }
    left += rest;
  }
  const last = counts.length - 1;
  if (left > 0) counts[last] = Math.min((counts[last] ?? 0) + left, MAX_UINT32);
  keys.reverse();
  counts.reverse();
  return { keys, counts };
}
