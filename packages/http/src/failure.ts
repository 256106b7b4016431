/** From Node's errors to a failure a person understands. */
import type { HttpFailure } from './result.ts';

const TIMEOUT = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT', 'TIMEOUT']);
const UNSENDABLE = new Set([
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_UNESCAPED_CHARACTERS',
  'ERR_INVALID_PROTOCOL',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_INVALID_URL',
]);
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^ENOTFOUND$/, 'the host name does not resolve; check the endpoint'],
  [/^ECONNREFUSED$/, 'nothing listens there; check host and port'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'the certificate is for another name; set tls.server_name if that is intended'],
  [/^CERT_HAS_EXPIRED$/, "the server's certificate has expired"],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/, 'the certificate is signed by an unknown authority; set tls.ca_file'],
  [/^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/, 'no TLS there; is it a http:// endpoint?'],
  [/^HPE_HEADER_OVERFLOW$/, 'the headers of the answer exceed 16 KiB'],
  [/^HPE_/, 'the answer is not HTTP/1.1; is it a TLS or gRPC port?'],
];

/** The failure for an error of `node:http`, `node:tls`, `node:net` or DNS. */
export function failureOf(error: unknown, url: string): HttpFailure {
  // Connecting to a name with several addresses fails with an AggregateError whose own message is empty.
  const source = (error as { errors?: readonly unknown[] } | null)?.errors?.[0] ?? error;
  const code = codeOf(error) ?? codeOf(source) ?? 'UNKNOWN';
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1];
  const text = (source as { message?: unknown } | null)?.message;
  const message = typeof text === 'string' && text !== '' ? text.split('\n', 1)[0] : code;
  return {
    kind: 'failure',
    reason: TIMEOUT.has(code) ? 'timeout' : UNSENDABLE.has(code) ? 'invalid' : 'network',
    code,
    message: `${url}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
    url,
  };
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The failure of an aborted attempt: `timeout` when the signal says so, else `shutdown`. */
export function abortFailure(signal: AbortSignal | undefined, url: string): HttpFailure {
  const reason = signal?.reason as { name?: unknown } | undefined;
  const timedOut = reason?.name === 'TimeoutError';
  return {
    kind: 'failure',
    reason: timedOut ? 'timeout' : 'shutdown',
    code: timedOut ? 'TIMEOUT' : 'ABORTED',
    message: timedOut ? `${url}: no answer in time` : `${url}: given up, the pipeline is stopping`,
    url,
  };
}
