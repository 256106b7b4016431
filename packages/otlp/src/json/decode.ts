/** OTLP/JSON to records: transcoded to protobuf, then decoded, so that one decoder owns the rules. */
import { decode } from '../proto/decode.ts';
import type { RecordOf, Signal } from '../records.ts';
import { protobufFromJson } from '../wire/protobuf-from-json.ts';

/**
 * The records of an OTLP/JSON request body, as `decode` makes them. Throws `OtlpError` with the offset in `body`
 * (UTF-8 bytes) where that is not OTLP/JSON.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeJson, type LogRecord } from '@telemetryflow/otlp';
 *
 * const body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"},"severityNumber":9}]}]}]}';
 * const logs: LogRecord[] = decodeJson('logs', body);
 * assert.deepEqual([logs[0]?.body, logs[0]?.severityNumber], ['hi', 9]);
 * ```
 */
export function decodeJson<S extends Signal>(signal: S, body: Uint8Array | string): RecordOf[S][] {
  return decode(signal, protobufFromJson(signal, typeof body === 'string' ? Buffer.from(body) : body));
}
