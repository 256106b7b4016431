/** Logs as flat JSON records: one array (`_json`), or one record a line (`_multi`). */
import type { OtlpEncode } from '@telemetryflow/http';
import type { Batch } from '@telemetryflow/kernel';
import { hrTimeIsZero, hrTimeToNanos, type LogRecord, type PlainJson, toPlainJson } from '@telemetryflow/otlp';
import { columnOf, cutAttributes, freeName, renameReserved } from './columns.ts';

export interface JsonLogsOptions {
  readonly lines: boolean;
  readonly maxBytes: number;
  readonly protectReserved: boolean;
}

/** The kernel wants the loop back this often. */
const YIELD_EVERY = 256;
const HEADERS = { 'content-type': 'application/json' } as const;

/** An encoder of requests of at most `maxBytes` each; a record that alone exceeds them is dropped as `too_large`. */
export function jsonLogsEncoder({ lines, maxBytes, protectReserved }: JsonLogsOptions): OtlpEncode {
  const [open, between, close] = lines ? ['', '\n', '\n'] : ['[', ',', ']'];
  // Every record brings a separator, and the first needs none.
  const empty = open.length + close.length - between.length;
  return function* (batch, { now }) {
    const nowMicros = Math.trunc(now * 1000);
    let records: string[] = [];
    let bytes = empty;
    let from = 0;
    const request = (to: number) => ({
      body: { body: `${open}${records.join(between)}${close}`, headers: HEADERS },
      items: { from, to },
    });
    for (const [item, record] of (batch as Batch<'logs'>).records().entries()) {
      if (item > 0 && item % YIELD_EVERY === 0) yield undefined;
      const text = JSON.stringify(flatRecord(record, nowMicros, protectReserved));
      const length = Buffer.byteLength(text) + between.length;
      const tooLarge = length + empty > maxBytes;
      if (tooLarge || bytes + length > maxBytes) {
        if (records.length > 0) yield request(item);
        records = [];
        bytes = empty;
        from = item;
      }
      if (tooLarge) {
        yield {
          dropped: { from: item, to: item + 1 },
          reason: 'too_large',
          detail: `one record takes ${length} bytes, more than max_request_bytes (${maxBytes})`,
        };
        from = item + 1;
        continue;
      }
      records.push(text);
      bytes += length;
    }
    if (records.length > 0) yield request(batch.count);
  };
}

type FlatRecord = Record<string, PlainJson>;

/** Columns in the order of the server's own; attributes of the record win over those of the resource. */
function flatRecord(record: LogRecord, nowMicros: number, protect: boolean): FlatRecord {
  const flat: FlatRecord = Object.create(null);
  const { hrTime, hrTimeObserved, spanContext, instrumentationScope: scope } = record;
  const observed = hrTimeIsZero(hrTimeObserved) ? nowMicros : micros(hrTimeObserved);
  flat['_timestamp'] = hrTimeIsZero(hrTime) ? observed : micros(hrTime);
  if (record.severityText) flat['severity'] = record.severityText;
  if (record.severityNumber) flat['severity_number'] = record.severityNumber;
  if (record.body !== undefined) flat['body'] = toPlainJson(record.body);
  if (spanContext !== undefined) {
    flat['trace_id'] = spanContext.traceId;
    flat['span_id'] = spanContext.spanId;
  }
  if (record.eventName) flat['event_name'] = record.eventName;
  if (!hrTimeIsZero(hrTimeObserved)) flat['observed_timestamp'] = observed;
  if (scope.name !== '') flat['scope_name'] = scope.name;
  if (scope.version) flat['scope_version'] = scope.version;
  const columns = new Set(Object.keys(flat));
  const own = cutAttributes(record).attributes;
  for (const attributes of [record.resource.attributes, own]) {
    const named = protect ? renameReserved(attributes) : attributes;
    for (const key of Object.keys(named)) {
      flat[protect && columns.has(columnOf(key)) ? freeName(key, named) : key] = toPlainJson(named[key]);
    }
  }
  return flat;
}

function micros(time: LogRecord['hrTime']): number {
  return Number(hrTimeToNanos(time) / 1000n);
}
