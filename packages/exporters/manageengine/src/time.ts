/** Times in whole milliseconds, which is all that these products know. */
import { type HrTime, hrTimeIsZero, type LogRecord } from '@telemetryflow/otlp';

/** Milliseconds since the epoch, cut; exact, which a double with the fraction in it is not. */
export function wholeMillis([seconds, nanoseconds]: HrTime): number {
  return Math.trunc(seconds * 1000) + Math.floor(nanoseconds / 1e6);
}

/** When a record happened: its time, else that of its observation, else `now`. */
export function timeOf({ hrTime, hrTimeObserved }: LogRecord, now: number): number {
  if (!hrTimeIsZero(hrTime)) return wholeMillis(hrTime);
  return hrTimeIsZero(hrTimeObserved) ? now : wholeMillis(hrTimeObserved);
}
