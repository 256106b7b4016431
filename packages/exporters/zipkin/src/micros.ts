/** Times as Zipkin reads them: whole microseconds. It refuses a whole request for one fraction. */
import { type HrTime, type SpanRecord, spanDuration, wholeHrTime } from '@telemetryflow/otlp';

/** Microseconds since the epoch, rounded down; 0 for a time that is unknown. */
export function microsOf(time: HrTime): number {
  const [seconds, nanos] = wholeHrTime(time);
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

/** Microseconds of a span that ended, at least 1; 0 when it did not end, or before it began. */
export function durationMicros(span: SpanRecord): number {
  const [seconds, nanos] = spanDuration(span);
  return seconds === 0 && nanos > 0
    ? Math.max(1, Math.floor(nanos / 1000))
    : seconds * 1_000_000 + Math.floor(nanos / 1000);
}
