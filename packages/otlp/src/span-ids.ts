/** Ids as Jaeger and Zipkin demand them, whose readers refuse a whole record for one that is malformed; durations. */
import type { HrTime, SpanRecord } from './records.ts';
import { hrTimeIsZero, hrTimeToNanos, wholeHrTime } from './time.ts';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const ZERO = 0x30;

/** A fifth of the time of a regular expression. */
function isId(text: string | undefined, digits: number): boolean {
  if (typeof text !== 'string' || text.length !== digits) return false;
  let notZero = 0;
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > 0x66 || (code > 0x39 && code < 0x61)) return false;
    notZero |= code ^ ZERO;
  }
  return notZero !== 0;
}

/**
 * Whether both ids are lower-case hex of the right length and not all zero.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type SpanLinkRecord, validIds } from '@telemetryflow/otlp';
 *
 * const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
 * const links: SpanLinkRecord[] = [{ context }, { context: { ...context, spanId: '0000000000000000' } }];
 * assert.deepEqual(
 *   links.map((link) => validIds(link.context)),
 *   [true, false],
 * );
 * ```
 */
export function validIds({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): boolean {
  return isId(traceId, TRACE_ID_DIGITS) && isId(spanId, SPAN_ID_DIGITS);
}

/**
 * The id of the parent; `undefined` for a root.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, parentOf } from '@telemetryflow/otlp';
 *
 * const spans = '[{"name":"root"},{"name":"child","parentSpanId":"00f067aa0ba902b7"}]';
 * const records = decodeJson('traces', `{"resourceSpans":[{"scopeSpans":[{"spans":${spans}}]}]}`);
 * assert.deepEqual(records.map(parentOf), [undefined, '00f067aa0ba902b7']);
 * ```
 */
export function parentOf(span: SpanRecord): string | undefined {
  const id = span.parentSpanContext?.spanId;
  return isId(id, SPAN_ID_DIGITS) ? id : undefined;
}

/**
 * The time from start to end, in whole seconds and nanoseconds: at least 1 ns for a span that ended, 0 when it did not
 * or ended before it began.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, spanDuration } from '@telemetryflow/otlp';
 *
 * const times = '"startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225601012000000"';
 * const [span] = decodeJson('traces', `{"resourceSpans":[{"scopeSpans":[{"spans":[{${times}}]}]}]}`);
 * assert.ok(span);
 * assert.deepEqual(spanDuration(span), [1, 12_000_000]);
 * assert.deepEqual(spanDuration({ ...span, endTime: [0, 0] }), [0, 0]);
 * ```
 */
export function spanDuration({ startTime, endTime }: SpanRecord): HrTime {
  const start = wholeHrTime(startTime);
  const end = wholeHrTime(endTime);
  if (hrTimeIsZero(end)) return [0, 0];
  const borrow = end[1] < start[1] ? 1 : 0;
  const seconds = end[0] - start[0] - borrow;
  if (seconds < 0) return [0, 0];
  const nanos = end[1] - start[1] + borrow * 1_000_000_000;
  return [seconds, seconds === 0 && nanos === 0 ? 1 : nanos];
}

/**
 * Nanoseconds from start to end, as `spanDuration` has them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, durationNanos } from '@telemetryflow/otlp';
 *
 * const times = '"startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225600012000000"';
 * const [span] = decodeJson('traces', `{"resourceSpans":[{"scopeSpans":[{"spans":[{${times}}]}]}]}`);
 * assert.ok(span);
 * assert.equal(durationNanos(span), 12_000_000n);
 * assert.equal(durationNanos({ ...span, endTime: [0, 0] }), 0n);
 * ```
 */
export function durationNanos(span: SpanRecord): bigint {
  return hrTimeToNanos(spanDuration(span));
}
