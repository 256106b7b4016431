/** Times as Instana's format has them: whole milliseconds. */
import { hrTimeToNanos, type SpanRecord, wholeHrTime } from '@telemetryflow/otlp';

/** Durations up to about three months are exact in a double. */
const EXACT_SECONDS = 9_000_000;

/** Milliseconds, rounded half up; 0 for a span that ended before it began, or did not end. */
export function durationMillis({ startTime, endTime }: SpanRecord): number {
  const [start, end] = [wholeHrTime(startTime), wholeHrTime(endTime)];
  const seconds = end[0] - start[0];
  if (seconds < 0) return 0;
  if (seconds > EXACT_SECONDS) return seconds * 1000;
  return Math.max(0, Math.floor((seconds * 1e9 + end[1] - start[1] + 500_000) / 1e6));
}

/** Nanoseconds, exact. */
export function durationNanos({ startTime, endTime }: SpanRecord): bigint {
  const nanos = hrTimeToNanos(endTime) - hrTimeToNanos(startTime);
  return nanos < 0n ? 0n : nanos;
}
