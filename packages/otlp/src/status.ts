/** google.rpc.Status: the body of OTLP errors over HTTP, and `grpc-status-details-bin` over gRPC. */

import { integerOf, jsonObject, objectOf, textOf } from './json/answers.ts';
import { ProtoReader } from './proto/reader.ts';
import { type ProtoWriter, written } from './proto/writer.ts';
import type { Encoding } from './response.ts';

/** A gRPC status code with its message, and when the server wants the request again (google.rpc.RetryInfo). */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  /** Milliseconds to wait before retrying; absent without RetryInfo. */
  readonly retryDelayMs?: number | undefined;
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * The status as message; a retry delay becomes a RetryInfo in its details.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeStatus, encodeStatus } from '@telemetryflow/otlp';
 *
 * const status = { code: 8, message: 'too many requests', retryDelayMs: 2500 };
 * assert.deepEqual(decodeStatus(encodeStatus(status, 'proto'), 'proto'), status);
 * ```
 */
export function encodeStatus(status: RpcStatus, encoding: Encoding): Uint8Array {
  const { code, message, retryDelayMs } = status;
  if (encoding === 'json') {
    const retryDelay = `${Math.max(0, retryDelayMs ?? 0) / 1000}s`;
    const details = retryDelayMs === undefined ? undefined : [{ '@type': RETRY_INFO, retryDelay }];
    return Buffer.from(JSON.stringify({ code, message, details }));
  }
  return written((writer) => {
    writer.int32(0x08, code);
    writer.text(0x12, message);
    if (retryDelayMs !== undefined) writeRetryInfo(writer, Math.max(0, retryDelayMs));
  });
}

function writeRetryInfo(writer: ProtoWriter, delayMs: number): void {
  const any = writer.open(0x1a, 1);
  writer.string(0x0a, RETRY_INFO);
  const info = writer.open(0x12, 1);
  const duration = writer.open(0x0a, 1);
  writer.uint64(0x08, Math.floor(delayMs / 1000));
  writer.int32(0x10, Math.floor((delayMs % 1000) * 1e6));
  writer.close(duration, 1);
  writer.close(info, 1);
  writer.close(any, 1);
}

/**
 * Reads a status; unknown details are passed over. Throws `OtlpError` when it is no such message.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { decodeStatus, type RpcStatus } from '@telemetryflow/otlp';
 *
 * const details = '[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]';
 * const status: RpcStatus = decodeStatus(Buffer.from(`{"code":14,"message":"busy","details":${details}}`), 'json');
 * assert.deepEqual(status, { code: 14, message: 'busy', retryDelayMs: 1500 });
 * ```
 */
export function decodeStatus(bytes: Uint8Array, encoding: Encoding): RpcStatus {
  return encoding === 'json' ? statusOfJson(bytes) : statusOfProto(bytes);
}

function statusOfJson(bytes: Uint8Array): RpcStatus {
  const status = jsonObject(bytes);
  const base = { code: integerOf(status['code']), message: textOf(status['message']) };
  for (const detail of Array.isArray(status['details']) ? status['details'] : []) {
    const { '@type': type, retryDelay } = objectOf(detail);
    const seconds = /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(textOf(retryDelay))?.[1];
    if (type === RETRY_INFO && seconds !== undefined)
      return { ...base, retryDelayMs: Math.round(Number(seconds) * 1000) };
  }
  return base;
}

function statusOfProto(bytes: Uint8Array): RpcStatus {
  const reader = new ProtoReader(bytes);
  const end = bytes.length;
  let code = 0;
  let message = '';
  let retryDelayMs: number | undefined;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) code = reader.int32(end);
    else if (tag === 0x12) message = reader.string(end);
    else if (tag === 0x1a) retryDelayMs = readDetail(reader, end) ?? retryDelayMs;
    else reader.skip(tag, end);
  }
  return retryDelayMs === undefined ? { code, message } : { code, message, retryDelayMs };
}

/** The delay of an Any that is a RetryInfo. */
function readDetail(reader: ProtoReader, limit: number): number | undefined {
  const end = reader.length(limit);
  let type = '';
  let value: Uint8Array | undefined;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) type = reader.string(end);
    else if (tag === 0x12) value = reader.blob(end);
    else reader.skip(tag, end);
  }
  return type === RETRY_INFO ? retryDelay(value ?? new Uint8Array(0)) : undefined;
}

function retryDelay(bytes: Uint8Array): number {
  const reader = new ProtoReader(bytes);
  let milliseconds = 0;
  while (reader.pos < bytes.length) {
    const tag = reader.tag(bytes.length);
    if (tag === 0x0a) milliseconds = readDuration(reader, bytes.length);
    else reader.skip(tag, bytes.length);
  }
  return milliseconds;
}

function readDuration(reader: ProtoReader, limit: number): number {
  const end = reader.length(limit);
  let seconds = 0;
  let nanos = 0;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) seconds = Number(reader.int64(end));
    else if (tag === 0x10) nanos = reader.int32(end);
    else reader.skip(tag, end);
  }
  return Math.max(0, seconds * 1000 + nanos / 1e6);
}
