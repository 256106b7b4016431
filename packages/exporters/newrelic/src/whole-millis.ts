/** Times as New Relic's APIs take them. */
import type { HrTime } from '@telemetryflow/otlp';

/** Whole milliseconds since the epoch, cut; exact, which a double with the fraction in it is not. */
export function wholeMillis([seconds, nanoseconds]: HrTime): number {
  return Math.trunc(seconds * 1000) + Math.floor(nanoseconds / 1e6);
}
