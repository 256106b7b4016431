/**
 * Statuses of OTLP/gRPC as outcomes, by the table of the protocol:
 *
 *   0 OK                                        delivered, less what partial_success rejects
 *   1 4 10 11 14 15                             retry; RetryInfo sets the delay
 *   8 RESOURCE_EXHAUSTED with RetryInfo         retry throttled; without: split when it is about size, else drop
 *   11 OUT_OF_RANGE about the message's length  split (tonic servers)
 *   7 16                                        retry auth
 *   3 12 and what names the client's mistake    drop invalid
 *   2 5 6 9 13                                  drop rejected
 *
 * A stream or connection that ends without a status was not answered at all: retry network.
 */
import { delivered, drop, type Items, type Outcome, retry, split } from '@telemetryflow/kernel';
import { decodeStatus, type Signal } from '@telemetryflow/otlp';
import { outcomeOf, type Verdict } from '../../classify.ts';
import { excerpt } from '../../redact.ts';
import { MAX_RETRY_AFTER_MS } from '../../retry-after.ts';
import { partialOutcome } from '../classify.ts';
import { parsePartialSuccess } from '../response.ts';

/** How a call ended. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** `grpc-status-details-bin`: a google.rpc.Status. */
  readonly details: Uint8Array | undefined;
}

/** One exception to the table of the protocol; the first that matches wins. */
export interface GrpcRule {
  /** Status codes it is about. */
  readonly code: number | readonly number[];
  /** Only when the message of the status matches. */
  readonly message?: RegExp;
  readonly verdict: Verdict;
  /** What the reader of the log should do about it. */
  readonly hint?: string;
}

/** What was sent, and where. */
export interface GrpcSent {
  /** How the backend differs from the table. */
  readonly rules?: readonly GrpcRule[] | undefined;
  readonly signal: Signal;
  readonly items: Items;
  /** Safe to log. */
  readonly label: string;
  /** Removes from a text what the call held of secrets: servers repeat metadata in their messages. */
  readonly scrub: (text: string) => string;
}

const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|Name resolution failed/, 'the host name does not resolve; check the endpoint'],
  [/ECONNREFUSED/, 'nothing listens there; check host and port'],
  [/ALTNAME_INVALID|does not match certificate/, 'the certificate is for another name; set tls.server_name'],
  [/certificate has expired/, "the server's certificate has expired"],
  [/self.signed|unable to (verify|get)/i, 'the certificate is signed by an unknown authority; set tls.ca_file'],
  [/wrong version number|packet length too long|EPROTO/i, 'no TLS there; write http:// or tls.insecure: true'],
  [/HTTP status code 4\d\d|Protocol error|error: Failed to connect/i, 'no gRPC there; is it the HTTP port 4318?'],
];
const CODE_HINTS: Readonly<Record<number, string>> = {
  7: 'the credentials lack permission',
  12: 'the server has no OTLP service for this signal; check the endpoint',
  16: 'the backend does not know these credentials',
};

/** Texts of grpc-js for streams and connections that ended before a status came. */
const UNANSWERED = /RST_STREAM|without gRPC status|Connection dropped|No status information|Write (error|failed)/i;
const NOT_CONNECTED = /No connection established|Name resolution failed|Channel closed|ECONN|EPIPE|socket hang up/i;
const TOO_LARGE =
  /larger than (max|limit|\d)|message length too large|exceeds? (the )?(max|limit)|HTTP status code 413/i;

/**
 * The outcome of a call that ended with this status.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classifyGrpcStatus, type GrpcRule, type GrpcSent, type GrpcStatus } from '@telemetryflow/http';
 *
 * const rule: GrpcRule = { code: 9, message: /read-only/, verdict: { retry: 'unavailable' }, hint: 'free disk space' };
 * const scrub = (text: string): string => text;
 * const sent: GrpcSent = { signal: 'logs', items: { from: 0, to: 10 }, label: 'otlp.example.com:4317', scrub };
 * const status: GrpcStatus = { code: 9, message: 'the store is read-only', details: undefined };
 * assert.equal(classifyGrpcStatus(status, sent).dropped?.[0]?.reason, 'rejected');
 * assert.equal(classifyGrpcStatus(status, { ...sent, rules: [rule] }).retry?.reason, 'unavailable');
 * ```
 */
export function classifyGrpcStatus(status: GrpcStatus, sent: GrpcSent): Outcome {
  const { code } = status;
  const rule = sent.rules?.find((candidate) => matches(candidate, status));
  const detail = describe(status, sent, rule?.hint);
  const retryInfo = retryDelay(status.details);
  const afterMs = retryInfo === undefined ? undefined : Math.min(retryInfo, MAX_RETRY_AFTER_MS);
  if (rule !== undefined) return outcomeOf(rule.verdict, detail, afterMs);
  const delay = afterMs === undefined ? { detail } : { detail, afterMs };
  switch (code) {
    case 4:
      return retry('timeout', delay);
    case 7:
    case 16:
      return retry('auth', delay);
    case 8:
      if (retryInfo !== undefined) return retry('throttled', delay);
      return TOO_LARGE.test(status.message) ? split('too_large', { detail }) : drop('rejected', detail);
    case 11:
      return TOO_LARGE.test(status.message) ? split('too_large', { detail }) : retry('unavailable', delay);
    case 14:
      return retry(isUnanswered(status) ? 'network' : 'unavailable', delay);
    case 1:
    case 10:
    case 15:
      return retry('unavailable', delay);
    case 2:
    case 13:
      if (/HTTP status code 413/.test(status.message)) return split('too_large', { detail });
      return isUnanswered(status) ? retry('network', delay) : drop('rejected', detail);
    case 3:
    case 12:
      return drop('invalid', detail);
    default:
      return drop('rejected', detail);
  }
}

function matches(rule: GrpcRule, { code, message }: GrpcStatus): boolean {
  const hit = typeof rule.code === 'number' ? rule.code === code : rule.code.includes(code);
  return hit && (rule.message === undefined || rule.message.test(message));
}

/** True when the call ended without an answer: the connection is worth replacing. */
function isUnanswered({ code, message }: GrpcStatus): boolean {
  if (code === 14) return UNANSWERED.test(message) || NOT_CONNECTED.test(message);
  return (code === 2 || code === 13) && UNANSWERED.test(message);
}

/** The outcome of a call that ended with OK and this message. */
export function classifyGrpcResponse(response: Uint8Array, sent: GrpcSent): Outcome {
  const answer = parsePartialSuccess(sent.signal, response, 'application/x-protobuf');
  if (answer !== undefined) return partialOutcome(answer.rejected, sent.scrub(answer.message), sent.items);
  return delivered({
    warning: `response_unreadable: ${sent.label} answered OK with a message that is no OTLP response`,
  });
}

function retryDelay(details: Uint8Array | undefined): number | undefined {
  if (details === undefined) return undefined;
  try {
    return decodeStatus(details, 'proto').retryDelayMs;
  } catch {
    return undefined;
  }
}

function describe(status: GrpcStatus, { label, scrub }: GrpcSent, ruled: string | undefined): string {
  const { code, message } = status;
  const said = excerpt(Buffer.from(message.replace(CONNECT_NOISE, '')), { scrub });
  const hint = ruled ?? HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? CODE_HINTS[code];
  const advice = hint === undefined ? '' : ` (${hint})`;
  if (isUnanswered(status)) return `${label}: ${said}${advice}`;
  return `${label} answered ${NAMES[code] ?? `status ${code}`}${said === '' ? '' : `: ${said}`}${advice}`;
}

/** What grpc-js puts after the error of a failed connection. */
const CONNECT_NOISE = / \(\d{4}-\d\d-\d\dT[^)]*\)\.?(?: Resolution note: *)?$/;
