/** Which data points a backend would take without storing them, told from their bytes. */
import { hasField, METRIC_FIELDS, someField } from '@telemetryflow/otlp';

/** One kind of points that a backend does not store. */
export interface PointRule {
  /**
   * `any` point; those with the flag that no value was recorded (`unrecorded`); numbers without value (`absent`);
   * those with a recorded value, sum, minimum, maximum or quantile that is NaN (`nan`), or an infinity (`not_finite`).
   */
  readonly when: 'any' | 'unrecorded' | 'absent' | 'nan' | 'not_finite';
  /** The kinds of metrics it is about; default: all. */
  readonly of?: readonly (keyof typeof METRIC_FIELDS)[];
  /** Why such a point is dropped. */
  readonly detail: string;
}

const UNRECORDED = 1;
const ABSENT = 2;
const NAN = 4;
const INFINITE = 8;
const ANY = 16;
const FACTS: Readonly<Record<PointRule['when'], number>> = {
  any: ANY,
  unrecorded: UNRECORDED,
  absent: ABSENT,
  nan: NAN,
  not_finite: NAN | INFINITE,
};

/** The first rule for a data point, whose kind is a field number of `Metric`. */
export type RuleOf = (data: number, start: number, end: number) => PointRule | undefined;

/** The rules for the points of a request. */
export function rulesFor(rules: readonly PointRule[], request: Uint8Array): RuleOf {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const byKind = Object.entries(METRIC_FIELDS).map(([kind, data]) => {
    const its = rules.filter(({ of }) => of === undefined || of.includes(kind as keyof typeof METRIC_FIELDS));
    return [data, its] as const;
  });
  const table: Readonly<Record<number, readonly PointRule[]>> = Object.fromEntries(byKind);
  return (data, start, end) => {
    const its = table[data] ?? [];
    if (its.length === 0) return undefined;
    const facts = factsOf(request, view, data, start, end);
    return its.find(({ when }) => (facts & FACTS[when]) !== 0);
  };
}

const FIXED64 = 1;
const NO_RECORDED_VALUE = 1;
/** Fields of a number point, and of a summary point. */
const AS_DOUBLE = 4;
const AS_INT = 6;
const QUANTILES = 6;
/** Of each kind: the doubles of a point other than bounds and quantiles, and its flags. */
const { gauge, sum, histogram, exponentialHistogram, summary } = METRIC_FIELDS;
const POINTS: Readonly<Record<number, { readonly doubles: readonly number[]; readonly flags: number }>> = {
  [gauge]: { doubles: [AS_DOUBLE], flags: 8 },
  [sum]: { doubles: [AS_DOUBLE], flags: 8 },
  [histogram]: { doubles: [5, 11, 12], flags: 10 },
  [exponentialHistogram]: { doubles: [5, 12, 13], flags: 10 },
  [summary]: { doubles: [5], flags: 8 },
};

function factsOf(request: Uint8Array, view: DataView, data: number, start: number, end: number): number {
  const { doubles, flags } = POINTS[data] ?? { doubles: [], flags: 0 };
  const isNumber = data === gauge || data === sum;
  let recorded = true;
  let valued = !isNumber;
  // A bit for each field, because the last of several is the one that counts.
  let nan = 0;
  let infinite = 0;
  someField(request, start, end, (number, type, at, until) => {
    if (number === flags) recorded = ((request[at] ?? 0) & NO_RECORDED_VALUE) === 0;
    else if (isNumber && number === AS_INT) {
      valued = true;
      nan = 0;
      infinite = 0;
    } else if (type === FIXED64 && doubles.includes(number)) {
      valued = true;
      const value = view.getFloat64(at, true);
      const bit = 1 << number;
      nan = Number.isNaN(value) ? nan | bit : nan & ~bit;
      infinite = Math.abs(value) === Number.POSITIVE_INFINITY ? infinite | bit : infinite & ~bit;
    } else if (data === summary && number === QUANTILES) {
      if (hasNaN(request, at, until)) nan |= 1;
      if (hasInfinity(request, at, until)) infinite |= 1;
    }
    return false;
  });
  if (!recorded) return ANY | UNRECORDED;
  return ANY | (valued ? 0 : ABSENT) | (nan === 0 ? 0 : NAN) | (infinite === 0 ? 0 : INFINITE);
}

/** Tests of a quantile and its value. */
const hasNaN = hasField({ 1: isNaNAt, 2: isNaNAt });
const hasInfinity = hasField({ 1: isInfinityAt, 2: isInfinityAt });

function isNaNAt(bytes: Uint8Array, at: number): boolean {
  return Number.isNaN(doubleAt(bytes, at));
}

function isInfinityAt(bytes: Uint8Array, at: number): boolean {
  return Math.abs(doubleAt(bytes, at)) === Number.POSITIVE_INFINITY;
}

function doubleAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
}
