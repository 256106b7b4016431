/** Times as Zipkin reads them: whole microseconds. It refuses a whole request for one fraction. */
import { durationNanos, type HrTime, hrTimeToNanos, type SpanRecord } from '@telemetryflow/otlp';

/** Microseconds since the epoch, rounded down; 0 for a time that is unknown. */
export function microsOf(time: HrTime): number {
  const [seconds, nanos] = time;
  if (isPlain(time)) return seconds * 1_000_000 + Math.floor(nanos / 1000);
  return Number(hrTimeToNanos(time) / 1000n);
}

/** Microseconds of a span that ended, at least 1; 0 when it did not end, or before it began. */
export function durationMicros(span: SpanRecord): number {
  const { startTime, endTime } = span;
  if (!isPlain(startTime) || !isPlain(endTime) || endTime[0] - startTime[0] > 1_000_000) {
    const exact = durationNanos(span) / 1000n;
    return exact > 0n ? Number(exact) : durationNanos(span) > 0n ? 1 : 0;
  }
  if (endTime[0] === 0 && endTime[1] === 0) return 0;
  const nanos = (endTime[0] - startTime[0]) * 1e9 + endTime[1] - startTime[1];
  return nanos < 0 ? 0 : Math.max(1, Math.floor(nanos / 1000));
}

function isPlain([seconds, nanos]: HrTime): boolean {
  return (
    Number.isInteger(seconds) && seconds >= 0 && seconds < 9e9 && Number.isInteger(nanos) && nanos >= 0 && nanos < 1e9
  );
}
