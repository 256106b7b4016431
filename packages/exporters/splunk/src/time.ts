/** Times as the HTTP Event Collector reads them. */
import { type HrTime, hrTimeIsZero, hrTimeToNanos } from '@telemetryflow/otlp';

/** Seconds with three digits, rounded half up; `undefined` for an unknown time. */
export function secondsText(time: HrTime): string | undefined {
  const [seconds, nanos] = time;
  if (Number.isSafeInteger(seconds) && seconds > 0 && seconds < 18e9 && nanos >= 0 && nanos < 999_500_000) {
    const millis = Math.floor((nanos + 500_000) / 1_000_000);
    return `${seconds}.${millis < 10 ? '00' : millis < 100 ? '0' : ''}${millis}`;
  }
  if (hrTimeIsZero(time)) return undefined;
  const millis = (hrTimeToNanos(time) + 500_000n) / 1_000_000n;
  if (millis === 0n) return undefined;
  return `${millis / 1000n}.${String(millis % 1000n).padStart(3, '0')}`;
}

/** The member `time` with a comma behind it: of the first time that is known, else nothing, and Splunk takes its own. */
export function stampOf(time: HrTime, otherwise?: HrTime): string {
  const text = secondsText(time) ?? (otherwise === undefined ? undefined : secondsText(otherwise));
  return text === undefined ? '' : `"time":${text},`;
}
