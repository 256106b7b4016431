/** Adding and subtracting point values of each type, as temporality conversion needs it. */
import { addCounts, subtractCounts } from './counts.ts';
import { hasValidBuckets, mergeExplicit, sameBoundaries, subtractExplicit } from './explicit.ts';
import { mergeExponential, subtractExponential } from './exponential.ts';
import { type Count, type ExplicitHistogram, type ExponentialHistogram, POINT_TYPE, type Summary } from './points.ts';

/**
 * Why a point could not be converted:
 * `first_point` a baseline of a series that began before we looked (or at an unknown time);
 * `out_of_order`, `duplicate` not newer than the last point of its series;
 * `unknown_start` a restart at an unknown time (start equals time);
 * `bounds_changed` other histogram boundaries without a restart;
 * `non_finite` NaN or infinite, which would spoil every later point;
 * `malformed` counts and boundaries that do not fit together;
 * `temporality_unspecified` neither delta nor cumulative.
 */
export type Refusal =
  | 'first_point'
  | 'out_of_order'
  | 'duplicate'
  | 'unknown_start'
  | 'bounds_changed'
  | 'non_finite'
  | 'malformed'
  | 'temporality_unspecified';

/** Values of one point type. Callers hand in only values that `check` let pass. */
export interface Arithmetic {
  check(value: unknown, integer: boolean): Refusal | undefined;
  /** True when two values have buckets that can be added and subtracted. */
  comparable(a: unknown, b: unknown): boolean;
  add(total: unknown, value: unknown, integer: boolean, maxBuckets: number | undefined): unknown;
  /** `later - earlier`, or `undefined` when the counter fell, so it was reset in between. */
  subtract(later: unknown, earlier: unknown, integer: boolean): unknown;
}

const always = (): boolean => true;

const SUM: Arithmetic = {
  check: (value) => {
    if (typeof value === 'bigint') return undefined;
    if (typeof value !== 'number') return 'malformed';
    return Number.isFinite(value) ? undefined : 'non_finite';
  },
  comparable: always,
  add: (total, value, integer) =>
    integer ? addCounts(total as Count, value as Count) : Number(total as Count) + Number(value as Count),
  subtract: (later, earlier, integer) => {
    if ((later as Count) < (earlier as Count)) return undefined;
    return integer
      ? subtractCounts(later as Count, earlier as Count)
      : Number(later as Count) - Number(earlier as Count);
  },
};

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

const EXPLICIT: Arithmetic = {
  check: (value) => (isObject(value) && hasValidBuckets(value as ExplicitHistogram) ? undefined : 'malformed'),
  comparable: (a, b) =>
    sameBoundaries((a as ExplicitHistogram).buckets.boundaries, (b as ExplicitHistogram).buckets.boundaries),
  add: (total, value) => mergeExplicit(total as ExplicitHistogram, value as ExplicitHistogram),
  subtract: (later, earlier) => subtractExplicit(later as ExplicitHistogram, earlier as ExplicitHistogram),
};

/** Beyond this a bucket index no longer resolves a double; real scales are -10 to 20. */
const MAX_SCALE = 52;

const EXPONENTIAL: Arithmetic = {
  check: (value) => {
    if (!isObject(value)) return 'malformed';
    const { scale } = value as ExponentialHistogram;
    return Number.isInteger(scale) && Math.abs(scale) <= MAX_SCALE ? undefined : 'malformed';
  },
  comparable: always,
  add: (total, value, _integer, maxBuckets) =>
    mergeExponential(total as ExponentialHistogram, value as ExponentialHistogram, maxBuckets),
  subtract: (later, earlier) => subtractExponential(later as ExponentialHistogram, earlier as ExponentialHistogram),
};

const SUMMARY: Arithmetic = {
  check: (value) => (isObject(value) ? undefined : 'malformed'),
  comparable: always,
  add: (total, value) => {
    const { count, sum, quantiles } = value as Summary;
    return { count: addCounts((total as Summary).count, count), sum: (total as Summary).sum + sum, quantiles };
  },
  subtract: (later, earlier) => {
    const [now, before] = [later as Summary, earlier as Summary];
    if (now.count < before.count) return undefined;
    return { count: subtractCounts(now.count, before.count), sum: now.sum - before.sum, quantiles: now.quantiles };
  },
};

/** By OpenTelemetry JS `DataPointType`; gauges have none. */
export const ARITHMETIC: Readonly<Record<number, Arithmetic>> = {
  [POINT_TYPE.histogram]: EXPLICIT,
  [POINT_TYPE.exponentialHistogram]: EXPONENTIAL,
  [POINT_TYPE.sum]: SUM,
  [POINT_TYPE.summary]: SUMMARY,
};
