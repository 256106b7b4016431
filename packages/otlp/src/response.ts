/** Export…ServiceResponse: what a server accepted of a request. */

import { integerOf, jsonObject, objectOf, textOf } from './json/answers.ts';
import { ProtoReader } from './proto/reader.ts';
import { written } from './proto/writer.ts';
import type { Signal } from './records.ts';

/** OTLP in protobuf or in JSON. */
export type Encoding = 'proto' | 'json';

/** How many items the server rejected, and what it says to that. Both empty: everything was accepted. */
export interface ExportResponse {
  readonly rejected: number;
  readonly message: string;
}

const REJECTED = { traces: 'rejectedSpans', metrics: 'rejectedDataPoints', logs: 'rejectedLogRecords' } as const;
/** The names of the .proto files, which readers of proto3 JSON take too. */
const PROTO_REJECTED = {
  traces: 'rejected_spans',
  metrics: 'rejected_data_points',
  logs: 'rejected_log_records',
} as const;

/**
 * The response of this content; a full success is empty (`{}` in JSON).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeExportResponse, type Encoding, encodeExportResponse } from '@telemetryflow/otlp';
 *
 * const encoding: Encoding = 'proto';
 * const partial = { rejected: 3, message: 'quota exceeded' };
 * const body = encodeExportResponse('logs', partial, encoding);
 * assert.deepEqual(decodeExportResponse('logs', body, encoding), partial);
 * assert.equal(encodeExportResponse('logs', { rejected: 0, message: '' }, encoding).length, 0);
 * ```
 */
export function encodeExportResponse(signal: Signal, response: ExportResponse, encoding: Encoding): Uint8Array {
  const { rejected, message } = response;
  const success = rejected === 0 && message === '';
  if (encoding === 'json') {
    const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(success ? {} : { partialSuccess }));
  }
  return written((writer) => {
    if (success) return;
    const start = writer.open(0x0a, 1);
    writer.uint64(0x08, rejected);
    writer.text(0x12, message);
    writer.close(start, 1);
  });
}

/**
 * Reads a response; an empty body is a full success. Throws `OtlpError` when it is no such message, which a client
 * must not take for a failure of the request.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeExportResponse, type ExportResponse } from '@telemetryflow/otlp';
 *
 * const body = Buffer.from('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}');
 * const response: ExportResponse = decodeExportResponse('traces', body, 'json');
 * assert.deepEqual(response, { rejected: 2, message: 'too old' });
 * ```
 */
export function decodeExportResponse(signal: Signal, bytes: Uint8Array, encoding: Encoding): ExportResponse {
  if (bytes.length === 0) return { rejected: 0, message: '' };
  if (encoding === 'json') {
    const root = jsonObject(bytes);
    const partial = objectOf(root['partialSuccess'] ?? root['partial_success']);
    return {
      rejected: integerOf(partial[REJECTED[signal]] ?? partial[PROTO_REJECTED[signal]]),
      message: textOf(partial['errorMessage'] ?? partial['error_message']),
    };
  }
  const response = { rejected: 0, message: '' };
  const reader = new ProtoReader(bytes);
  while (reader.pos < bytes.length) {
    const tag = reader.tag(bytes.length);
    if (tag === 0x0a) readPartialSuccess(reader, bytes.length, response);
    else reader.skip(tag, bytes.length);
  }
  return response;
}

function readPartialSuccess(reader: ProtoReader, limit: number, response: { rejected: number; message: string }): void {
  const end = reader.length(limit);
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) response.rejected = Math.max(0, Number(reader.int64(end)));
    else if (tag === 0x12) response.message = reader.string(end);
    else reader.skip(tag, end);
  }
}
