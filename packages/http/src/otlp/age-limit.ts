/** An age limit: what a backend would refuse as too old, or misplace, is not sent, and not sent again. */
import type { Batch, Encoded } from '@telemetryflow/kernel';
import {
  type FieldVisitor,
  hrTimeIsZero,
  hrTimeToMillis,
  type LogRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
  someField,
  someItem,
  somePoint,
} from '@telemetryflow/otlp';
import type { HttpBody } from '../exporter.ts';
import type { OtlpEncode } from './exporter.ts';
import { encodeSelection } from './selection.ts';

/** Field numbers: start of a span; time of a data point of any kind; time and observed time of a log record. */
const SPAN_START = 7;
const POINT_TIME = 3;
const LOG_TIME = 1;
const LOG_OBSERVED = 11;
const MILLIS_PER_WORD = 2 ** 32 / 1e6;

/**
 * An encoder that drops spans that started, log records that happened, and points that were measured more than
 * `maxAgeMs` ago as `too_old`, and marks its payloads with their oldest time for the definition's `limits.maxAgeMs`.
 * Items without time pass. 0 turns it off. `option` is the name the limit has in the configuration.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { encodeOtlpProto, limitAge, type OtlpEncode } from '@telemetryflow/http';
 * import { batchFromOtlp } from '@telemetryflow/kernel';
 * import { protobufFromJson } from '@telemetryflow/otlp';
 *
 * const encode: OtlpEncode = (batch) => encodeOtlpProto(batch, 4_000_000);
 * const times = '[{"timeUnixNano":"1767225600000000000"},{"timeUnixNano":"1767312000000000000"}]';
 * const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":${times}}]}]}`;
 * const batch = batchFromOtlp('logs', protobufFromJson('logs', Buffer.from(body)));
 * const context = { now: 1_767_312_060_000, id: 'b-1', mode: undefined };
 * const [old, recent] = limitAge(encode, 3_600_000)(batch, context);
 * assert.deepEqual(old, { dropped: [0], reason: 'too_old', detail: 'older than max_age (3600 s)' });
 * assert.deepEqual(recent && 'items' in recent && recent.items, [1]);
 * ```
 */
export function limitAge(encode: OtlpEncode, maxAgeMs: number, option = 'max_age'): OtlpEncode {
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
    yield { dropped, reason: 'too_old', detail: `older than ${option} (${maxAgeMs / 1000} s)` };
    if (kept.length > 0) yield* dated(encodeSelection(encode, batch.select(kept), kept, context), oldestMs);
  };
}

function* dated(encoded: Iterable<Encoded<HttpBody>>, oldestMs: number): Generator<Encoded<HttpBody>> {
  for (const each of encoded) yield each === undefined || 'dropped' in each ? each : { ...each, oldestMs };
}

/** Visits the time of each item in milliseconds since the epoch, 0 for none; reads the face that is there. */
function eachTime(batch: Batch, visit: (time: number, item: number) => void): void {
  let item = 0;
  const next = (time: number): void => visit(time, item++);
  if (batch.hasRecords) eachRecordTime(batch, next);
  else if (batch.signal === 'metrics') eachPointTime(batch.otlp(), next);
  else eachItemTime(batch.otlp(), batch.signal === 'logs', next);
}

function eachRecordTime(batch: Batch, visit: (time: number) => void): void {
  for (const record of batch.records() as readonly (SpanRecord | LogRecord | ResourceMetricsRecord)[]) {
    if ('startTime' in record) visit(hrTimeToMillis(record.startTime));
    else if (!('scopeMetrics' in record)) visit(hrTimeToMillis(logTime(record)));
    else {
      for (const { metrics } of record.scopeMetrics) {
        for (const { dataPoints } of metrics) for (const { endTime } of dataPoints) visit(hrTimeToMillis(endTime));
      }
    }
  }
}

function eachPointTime(request: Uint8Array, visit: (time: number) => void): void {
  const view = viewOf(request);
  somePoint(request, (_data, start, end) => {
    let time = 0;
    someField(request, start, end, (number, _type, at) => {
      if (number === POINT_TIME) time = millisAt(view, at);
      return time !== 0;
    });
    visit(time);
    return false;
  });
}

function eachItemTime(request: Uint8Array, logs: boolean, visit: (time: number) => void): void {
  const view = viewOf(request);
  const own = logs ? LOG_TIME : SPAN_START;
  let time = 0;
  let observed = 0;
  // One function for all items: making one for each costs more than what it does.
  const look: FieldVisitor = (number, _type, at) => {
    if (number === own) time = millisAt(view, at);
    else if (logs && number === LOG_OBSERVED) observed = millisAt(view, at);
    // Writers put the time first, and most records have one.
    return time !== 0;
  };
  someItem(request, (start, end) => {
    time = 0;
    observed = 0;
    someField(request, start, end, look);
    visit(time === 0 ? observed : time);
    return false;
  });
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function logTime({ hrTime, hrTimeObserved }: LogRecord): LogRecord['hrTime'] {
  return hrTimeIsZero(hrTime) ? hrTimeObserved : hrTime;
}

/** A fixed64 of nanoseconds; exact enough for milliseconds. */
function millisAt(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * MILLIS_PER_WORD + view.getUint32(at, true) / 1e6;
}
