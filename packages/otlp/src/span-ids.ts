/** Ids as Jaeger and Zipkin demand them: one malformed id makes their readers refuse a whole record. */
import type { SpanRecord } from './records.ts';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Whether both ids are lower-case hex of the right length and not all zero. */
export function validIds({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): boolean {
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId);
}

/** The id of the parent; `undefined` for a root. */
export function parentOf(span: SpanRecord): string | undefined {
  const id = span.parentSpanContext?.spanId;
  return id !== undefined && SPAN_ID.test(id) ? id : undefined;
}

/** Nanoseconds from start to end: at least 1 for a span that ended, 0 when it did not or ended before it began. */
export function durationNanos({ startTime, endTime }: SpanRecord): bigint {
  if (endTime[0] === 0 && endTime[1] === 0) return 0n;
  const nanos = BigInt(endTime[0] - startTime[0]) * 1_000_000_000n + BigInt(endTime[1] - startTime[1]);
  return nanos < 0n ? 0n : nanos === 0n ? 1n : nanos;
}
