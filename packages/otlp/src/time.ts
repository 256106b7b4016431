/** Conversions between HrTime and the nanoseconds since the epoch that OTLP carries. */
import type { HrTime, LogRecord } from './records.ts';

const NANOS = 1_000_000_000;
const MAX_NANOS = 0xffff_ffff_ffff_ffffn;

/**
 * Exact nanoseconds since the epoch. Nanoseconds above a second carry over, fractions are cut off; what is
 * before the epoch, beyond 64 bits or no number is 0 or the largest time OTLP can write.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hrTimeToNanos } from '@telemetryflow/otlp';
 *
 * assert.equal(hrTimeToNanos([1767225600, 12]), 1_767_225_600_000_000_012n);
 * assert.equal(hrTimeToNanos([-1, 0]), 0n);
 * ```
 */
export function hrTimeToNanos(time: HrTime): bigint {
  const [seconds, nanos] = time;
  if (isNormal(seconds, nanos)) return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  const total = integral(seconds) * 1_000_000_000n + integral(nanos) + fraction(seconds);
  if (total < 0n) return 0n;
  return total > MAX_NANOS ? MAX_NANOS : total;
}

/**
 * The time of this many nanoseconds since the epoch; not negative.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { nanosToHrTime } from '@telemetryflow/otlp';
 *
 * assert.deepEqual(nanosToHrTime(1_767_225_600_000_000_012n), [1767225600, 12]);
 * ```
 */
export function nanosToHrTime(nanos: bigint): HrTime {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}

/**
 * Milliseconds since the epoch, with the fraction a double can hold (about a microsecond).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hrTimeToMillis } from '@telemetryflow/otlp';
 *
 * assert.equal(hrTimeToMillis([1767225600, 12_500_000]), 1767225600012.5);
 * ```
 */
export function hrTimeToMillis(time: HrTime): number {
  return time[0] * 1000 + time[1] / 1_000_000;
}

/**
 * Whole milliseconds since the epoch, the rest cut off; 0 for what is no time. Exact, where the double of
 * {@link hrTimeToMillis} may round up into the next millisecond.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hrTimeToMillis, hrTimeToWholeMillis } from '@telemetryflow/otlp';
 *
 * assert.equal(hrTimeToWholeMillis([1767225600, 12_999_999]), 1767225600012);
 * assert.equal(Math.floor(hrTimeToMillis([1767225600, 12_999_999])), 1767225600013);
 * assert.equal(hrTimeToWholeMillis([Number.NaN, Number.NaN]), 0);
 * ```
 */
export function hrTimeToWholeMillis(time: HrTime): number {
  const [seconds, nanos] = time;
  if (isNormal(seconds, nanos)) return seconds * 1000 + Math.floor(nanos / 1_000_000);
  return Number(hrTimeToNanos(time) / 1_000_000n);
}

/**
 * When a log record happened, in whole milliseconds: its time, else that of its observation, else `nowMs`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { logMillis } from '@telemetryflow/otlp';
 *
 * assert.equal(logMillis({ hrTime: [1767225600, 0], hrTimeObserved: [1767225601, 0] }, 0), 1767225600000);
 * assert.equal(logMillis({ hrTime: [0, 0], hrTimeObserved: [0, 0] }, 1767225602000), 1767225602000);
 * ```
 */
export function logMillis(
  { hrTime, hrTimeObserved }: Pick<LogRecord, 'hrTime' | 'hrTimeObserved'>,
  nowMs: number,
): number {
  return hrTimeToWholeMillis(hrTime) || hrTimeToWholeMillis(hrTimeObserved) || nowMs;
}

/**
 * Nanoseconds since the epoch as decimal text, as OTLP/JSON and many backends write them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hrTimeToNanoString } from '@telemetryflow/otlp';
 *
 * assert.equal(hrTimeToNanoString([1767225600, 12]), '1767225600000000012');
 * ```
 */
export function hrTimeToNanoString(time: HrTime): string {
  const [seconds, nanos] = time;
  if (!isNormal(seconds, nanos)) return hrTimeToNanos(time).toString();
  if (seconds === 0) return String(nanos);
  return `${seconds}${String(nanos).padStart(9, '0')}`;
}

/**
 * True for `[0, 0]`, OTLP's "unknown".
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type HrTime, hrTimeIsZero } from '@telemetryflow/otlp';
 *
 * const unknown: HrTime = [0, 0];
 * assert.deepEqual([unknown, [0, 1] as const].map(hrTimeIsZero), [true, false]);
 * ```
 */
export function hrTimeIsZero(time: HrTime): boolean {
  return time[0] === 0 && time[1] === 0;
}

/**
 * The time with both parts as integers, nanoseconds below a second: what no SDK would write is brought into the range
 * of OTLP.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { wholeHrTime } from '@telemetryflow/otlp';
 *
 * assert.deepEqual(wholeHrTime([1767225600.5, 0]), [1767225600, 500_000_000]);
 * assert.deepEqual(wholeHrTime([-1, 0]), [0, 0]);
 * ```
 */
export function wholeHrTime(time: HrTime): HrTime {
  return isNormal(time[0], time[1]) ? time : nanosToHrTime(hrTimeToNanos(time));
}

/** True when both parts are integers in range, as SDKs make them, so that no carrying is needed. */
export function isNormal(seconds: number, nanos: number): boolean {
  return (
    Number.isInteger(seconds) &&
    Number.isInteger(nanos) &&
    seconds >= 0 &&
    seconds < 18_000_000_000 &&
    nanos >= 0 &&
    nanos < NANOS
  );
}

function integral(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

function fraction(seconds: number): bigint {
  return Number.isFinite(seconds) ? BigInt(Math.trunc((seconds % 1) * NANOS)) : 0n;
}
