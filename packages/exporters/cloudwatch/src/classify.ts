/**
 * What an error of a call means: by whether there was an answer, then by its name, then by the HTTP status. Names
 * come from the service and are trusted only where an answer could be read: a page of a proxy is judged by its status.
 */
import { parseRetryAfter } from '@telemetryflow/http';
import type { Reason } from '@telemetryflow/kernel';
import { NoAnswer } from './aws-call.ts';

/** `split`: some item may be the reason. `missing`: group or stream do not exist. */
export type Verdict =
  | { readonly kind: 'retry'; readonly reason: Reason; readonly afterMs?: number }
  | { readonly kind: 'drop' | 'split'; readonly reason: Reason }
  | { readonly kind: 'missing' | 'exists' };

/** The parts of an SDK or socket error that are looked at. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number | undefined } | undefined;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> } | undefined;
}

const THROTTLED =
  /^(Throttling(Exception)?|ThrottledException|TooManyRequestsException|RequestLimitExceeded|RequestThrottled.*|LimitExceeded(Exception)?|SlowDown|BandwidthLimitExceeded|ProvisionedThroughputExceededException)$/;
const TRANSIENT =
  /^(InternalServiceFault|InternalServiceError|InternalServiceException|InternalFailure|InternalServerError|ServiceUnavailable.*|RequestTimeTooSkewed|OperationAborted(Exception)?)$/;
const TIMEOUT = /^(TimeoutError|RequestTimeout.*)$/;
const AUTH =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken.*|RequestExpired|AccessDenied.*|Unauthorized.*|NotAuthorized.*|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature.*|MissingAuthenticationToken.*|OptInRequired|InvalidAccessKeyId)$/;
/** One bad item fails the whole request, and these are the names for it. */
const ONE_IS_BAD = /^Invalid(Parameter(Value|Combination)?|Format)(Exception|Fault)?$/;
const INVALID =
  /^(Validation(Error|Exception)|MissingParameter|MissingRequiredParameter|MalformedInput)(Exception)?$|^SerializationException$/;
/** Names that say that the answer could not be read. */
const UNREADABLE = /^(SyntaxError|Unknown|UnknownError|Error)$/;

/** The name of an error, and its text. */
export function describe(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } = (error ?? {}) as SdkError;
  return { name: String(name ?? 'Error'), message: typeof message === 'string' ? message : '' };
}

/** `undefined`: neither the service nor a connection said this, or the attempt was aborted; the kernel judges it. */
export function classify(error: unknown, nowMs: number): Verdict | undefined {
  if (error instanceof NoAnswer) return verdictOfConnection(error.cause);
  const { $metadata, $response } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const { name, message } = describe(error);
  const { 'retry-after': wait, date } = $response?.headers ?? {};
  const afterMs = parseRetryAfter(wait, { now: nowMs, date });
  const after = afterMs === undefined ? {} : { afterMs };
  if (!UNREADABLE.test(name)) {
    if (THROTTLED.test(name)) return { kind: 'retry', reason: 'throttled', ...after };
    if (AUTH.test(name)) return { kind: 'retry', reason: 'auth' };
    if (TRANSIENT.test(name)) return { kind: 'retry', reason: 'unavailable', ...after };
    if (TIMEOUT.test(name)) return { kind: 'retry', reason: 'timeout' };
    if (name === 'ResourceNotFoundException') return { kind: 'missing' };
    if (name === 'ResourceAlreadyExistsException') return { kind: 'exists' };
    if (ONE_IS_BAD.test(name)) return { kind: /\bnamespace\b/i.test(message) ? 'drop' : 'split', reason: 'invalid' };
    if (INVALID.test(name)) return { kind: 'drop', reason: 'invalid' };
  }
  if (status === undefined) return undefined;
  if (status === 429) return { kind: 'retry', reason: 'throttled', ...after };
  if (status === 401 || status === 403 || status === 407) return { kind: 'retry', reason: 'auth' };
  if (status === 408) return { kind: 'retry', reason: 'timeout', ...after };
  if (status === 413) return { kind: 'split', reason: 'too_large' };
  if (status >= 500 && status !== 501 && status !== 505) return { kind: 'retry', reason: 'unavailable', ...after };
  // Something between us and AWS answered, as a login page does.
  if (status < 300) return { kind: 'retry', reason: 'unavailable' };
  return { kind: 'drop', reason: 'rejected' };
}

/** Whatever keeps a connection from working may pass: names, routes, certificates, bytes that are no HTTP. */
function verdictOfConnection(cause: unknown): Verdict | undefined {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'AbortError') return undefined;
  return { kind: 'retry', reason: name === 'TimeoutError' || code === 'ETIMEDOUT' ? 'timeout' : 'network' };
}

const NAMED_DATUM = /(?:entityMetricData\.(?:member\.)?(\d{1,7})\.)?\bmetricData\.(?:member\.)?(\d{1,7})\b/i;

/**
 * The datum (from 0) that a refusal of PutMetricData names, as in `MetricData.member.3.Value`, or within
 * `EntityMetricData.member.2`. `entityStarts`: where the datums of each entity begin, behind those of none.
 */
export function namedDatum(message: string, entityStarts: readonly number[]): number | undefined {
  const [, entity, member] = NAMED_DATUM.exec(message) ?? [];
  if (member === undefined || entity === '0' || member === '0') return undefined;
  const starts = [0, ...entityStarts];
  const group = Number(entity ?? 0);
  const start = starts[group];
  if (start === undefined) return undefined;
  const datum = start + Number(member) - 1;
  return datum < (starts[group + 1] ?? Number.POSITIVE_INFINITY) ? datum : undefined;
}

/** What is read of the answer of PutLogEvents. */
export interface LogsAnswer {
  readonly rejectedLogEventsInfo?: RejectedLogEvents | undefined;
  readonly rejectedEntityInfo?: { readonly errorType?: unknown } | undefined;
}

/** The answer of PutLogEvents about events it refused. */
export interface RejectedLogEvents {
  readonly tooOldLogEventEndIndex?: unknown;
  readonly expiredLogEventEndIndex?: unknown;
  readonly tooNewLogEventStartIndex?: unknown;
}

/** Numbers of refused events among `count`: the ends are exclusive, the start is inclusive. */
export function rejectedEvents(
  info: RejectedLogEvents,
  count: number,
): { readonly old: number; readonly newFrom: number } {
  const index = (value: unknown, otherwise: number): number =>
    typeof value === 'number' && Number.isFinite(value) ? Math.min(count, Math.max(0, Math.trunc(value))) : otherwise;
  const old = Math.max(index(info.tooOldLogEventEndIndex, 0), index(info.expiredLogEventEndIndex, 0));
  return { old, newFrom: Math.max(old, index(info.tooNewLogEventStartIndex, count)) };
}
