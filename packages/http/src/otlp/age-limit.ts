/** An age limit for spans and log records: what a backend refuses as too old is not sent, and not sent again. */
import type { Batch, Encoded } from '@telemetryflow/kernel';
import {
  hrTimeIsZero,
  hrTimeToMillis,
  type LogRecord,
  type SpanRecord,
  someField,
  someItem,
} from '@telemetryflow/otlp';
import type { HttpBody } from '../exporter.ts';
import type { OtlpEncode } from './exporter.ts';
import { encodeSelection } from './selection.ts';

/** Field numbers: start of a span; time and observed time of a log record. */
const SPAN_START = 7;
const LOG_TIME = 1;
const LOG_OBSERVED = 11;
const MILLIS_PER_WORD = 2 ** 32 / 1e6;

/**
 * An encoder that drops spans that started, and log records that happened, more than `maxAgeMs` ago as `too_old`, and
 * marks its payloads with their oldest time for the definition's `limits.maxAgeMs`. Items without time pass. 0 turns
 * it off.
 */
export function limitAge(encode: OtlpEncode, maxAgeMs: number): OtlpEncode {
  if (maxAgeMs === 0) return encode;
  return function* (batch, context) {
    const limit = context.now - maxAgeMs;
    let oldestMs = context.now;
    let tooOld = 0;
    eachTime(batch, (time) => {
      if (time === 0) return;
      if (time < limit) tooOld += 1;
      else if (time < oldestMs) oldestMs = time;
    });
    if (tooOld === 0) {
      yield* dated(encode(batch, context), oldestMs);
      return;
    }
    const kept: number[] = [];
    const dropped: number[] = [];
    eachTime(batch, (time, item) => void (time > 0 && time < limit ? dropped : kept).push(item));
    yield { dropped, reason: 'too_old', detail: `older than max_age (${maxAgeMs / 1000} s)` };
    if (kept.length > 0) yield* dated(encodeSelection(encode, batch.select(kept), kept, context), oldestMs);
  };
}

function* dated(encoded: Iterable<Encoded<HttpBody>>, oldestMs: number): Generator<Encoded<HttpBody>> {
  for (const each of encoded) yield each === undefined || 'dropped' in each ? each : { ...each, oldestMs };
}

/** Visits the time of each item in milliseconds since the epoch, 0 for none; reads the face that is there. */
function eachTime(batch: Batch, visit: (time: number, item: number) => void): void {
  if (batch.hasRecords) {
    const records = batch.records() as readonly (SpanRecord | LogRecord)[];
    for (const [item, record] of records.entries()) {
      visit(hrTimeToMillis('startTime' in record ? record.startTime : logTime(record)), item);
    }
    return;
  }
  const request = batch.otlp();
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const logs = batch.signal === 'logs';
  const own = logs ? LOG_TIME : SPAN_START;
  let item = 0;
  someItem(request, (start, end) => {
    let time = 0;
    let observed = 0;
    someField(request, start, end, (number, _type, at) => {
      if (number === own) time = millisAt(view, at);
      else if (logs && number === LOG_OBSERVED) observed = millisAt(view, at);
      // Writers put the time first, and most records have one.
      return time !== 0;
    });
    visit(time === 0 ? observed : time, item);
    item += 1;
    return false;
  });
}

function logTime({ hrTime, hrTimeObserved }: LogRecord): LogRecord['hrTime'] {
  return hrTimeIsZero(hrTime) ? hrTimeObserved : hrTime;
}

/** A fixed64 of nanoseconds; exact enough for milliseconds. */
function millisAt(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * MILLIS_PER_WORD + view.getUint32(at, true) / 1e6;
}
