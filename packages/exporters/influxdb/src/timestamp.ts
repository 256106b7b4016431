/** Times of points, in the unit of the request. */
import { type HrTime, hrTimeIsZero, hrTimeToNanoString, nanosToHrTime } from '@telemetryflow/otlp';
import type { Precision } from './config.ts';

const DIGITS: Readonly<Record<Precision, number>> = { ns: 0, us: 3, ms: 6, s: 9 };
/** Signed 64 bits of nanoseconds end in the year 2262. */
const MAX_SECONDS = 9_223_372_036;

/** Writes times; those that are missing become `now`. */
export class Timestamps {
  readonly #digits: number;
  readonly #now: HrTime;
  #last: HrTime | undefined;
  #text = '';

  constructor(precision: Precision, now: number) {
    this.#digits = DIGITS[precision];
    this.#now = nanosToHrTime(BigInt(Math.trunc(now)) * 1_000_000n);
  }

  /** The time, later digits cut off; `undefined` when it is too late to be written. */
  text(time: HrTime): string | undefined {
    if (this.#last !== undefined && time[0] === this.#last[0] && time[1] === this.#last[1]) return this.#text;
    const known = hrTimeIsZero(time) ? this.#now : time;
    if (known[0] >= MAX_SECONDS) return undefined;
    const nanos = hrTimeToNanoString(known);
    this.#text = this.#digits === 0 ? nanos : nanos.slice(0, -this.#digits) || '0';
    this.#last = time;
    return this.#text;
  }
}

/** The start of a cumulative series as an integer field, always in nanoseconds; `''` when it is not known. */
export function startField(time: HrTime): string {
  return hrTimeIsZero(time) || time[0] >= MAX_SECONDS ? '' : `start_time_unix_nano=${hrTimeToNanoString(time)}i`;
}
