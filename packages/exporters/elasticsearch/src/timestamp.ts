/** Times of documents: ISO 8601 in UTC with nine digits behind the second, which `date` and `date_nanos` both take. */
import { type HrTime, hrTimeToNanos } from '@telemetryflow/otlp';

/** The end of the year 9999. */
export const MAX_SECONDS = 253_402_300_799;
/** The second that was written last, and its text: records come in order of time, more or less. */
let second = -1;
let text = '';

/** `"2023-11-14T22:13:20.123456789Z"`, quotes included; what is no time from 1970 to 9999 is cut to that. */
export function timestamp(time: HrTime): string {
  let [seconds, nanos] = time;
  if (!Number.isInteger(seconds) || !Number.isInteger(nanos) || nanos < 0 || nanos >= 1e9 || seconds < 0) {
    const total = hrTimeToNanos(time);
    seconds = Number(total / 1_000_000_000n);
    nanos = Number(total % 1_000_000_000n);
  }
  if (seconds !== second) {
    second = seconds;
    text = `"${new Date(Math.min(seconds, MAX_SECONDS) * 1000).toISOString().slice(0, 20)}`;
  }
  return `${text}${nineDigits(nanos)}Z"`;
}

/** Milliseconds since the epoch as a time. */
export function timeOfMillis(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

const THREE: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

function nineDigits(nanos: number): string {
  const millis = Math.floor(nanos / 1e6);
  const micros = Math.floor(nanos / 1000) - millis * 1000;
  return (THREE[millis] ?? '') + (THREE[micros] ?? '') + (THREE[nanos % 1000] ?? '');
}
