/**
 * What the result of an SDK exporter means. The contract of the SDK knows success and failure only; what kind of failure
 * is read from the error:
 *
 *   code 1 to 16               as a status of OTLP/gRPC; the gRPC exporters hand on the delay of a backend as well
 *   code 300 to 599            as a status of OTLP/HTTP
 *   code that is a text        retry  network or timeout   (the system's code of a socket error, or Node's of TLS)
 *   anything else              retry  unavailable or timeout
 *
 * Failures nobody can name are tried again: giving up too early loses data, trying too long is bounded by `retry`.
 */
import { classifyGrpcStatus, classifyOtlp, excerpt, type GrpcSent, type HttpResponse } from '@telemetryflow/http';
import { delivered, type Outcome, retry } from '@telemetryflow/kernel';
import type { ExportResult } from './sdk.ts';

/** What was handed over, how its exporter is called in messages, and what removes secrets from them. */
export type Handed = Pick<GrpcSent, 'signal' | 'items' | 'label' | 'scrub'>;

/**
 * The outcome of a result; `result` is whatever the callback was called with, `partialSuccess` what the answer says,
 * where it is known.
 */
export function classifyResult(result: unknown, handed: Handed, partialSuccess?: object): Outcome {
  const { code, error } = (result ?? {}) as Partial<ExportResult>;
  if (code === 0) {
    if (partialSuccess === undefined) return delivered();
    return classifyOtlp(answerOf({ code: 200, data: JSON.stringify({ partialSuccess }) }, handed), handed);
  }
  const failure = (error ?? {}) as Failure;
  const cause = failure.code;
  if (typeof cause === 'number' && cause >= 1 && cause <= 16) return classifyGrpcStatus(statusOf(failure), handed);
  if (typeof cause === 'number' && cause >= 300 && cause <= 599) return classifyOtlp(answerOf(failure, handed), handed);
  const said = textOf(failure.message) || textOf(cause) || 'the exporter failed and gave no reason';
  const detail = `${handed.label}: ${excerpt(Buffer.from(said), { scrub: handed.scrub })}`;
  const late = /timed?[ -]?out/i.test(typeof cause === 'string' ? cause : said);
  return retry(late ? 'timeout' : typeof cause === 'string' ? 'network' : 'unavailable', { detail });
}

/** The members of an error that exporters are known to use; nothing is sure about any of them. */
interface Failure {
  readonly code?: unknown;
  readonly message?: unknown;
  /** The body of an answer, of the OTLP/HTTP exporters. */
  readonly data?: unknown;
  /** The message of a status, of grpc-js. */
  readonly details?: unknown;
  /** The trailers of a call, of grpc-js. */
  readonly metadata?: { readonly get?: unknown } | null;
}

function statusOf(failure: Failure): Parameters<typeof classifyGrpcStatus>[0] {
  const { metadata } = failure;
  const get = metadata?.get;
  const values: unknown = typeof get === 'function' ? get.call(metadata, 'grpc-status-details-bin') : undefined;
  const [details] = Array.isArray(values) ? (values as unknown[]) : [];
  return {
    code: failure.code as number,
    message: textOf(failure.details) || textOf(failure.message),
    details: details instanceof Uint8Array ? details : undefined,
  };
}

function answerOf(failure: Failure, { label, scrub }: Handed): HttpResponse {
  const data = textOf(failure.data);
  return {
    kind: 'response',
    status: failure.code as number,
    headers: { 'content-type': data.startsWith('{') ? 'application/json' : 'text/plain' },
    body: Buffer.from(data),
    url: label,
    scrub,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
