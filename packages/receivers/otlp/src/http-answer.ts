/** Answers of OTLP/HTTP: success, and google.rpc.Status in the request's own content type. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeStatus } from '@telemetryflow/otlp';
import type { MediaType } from './content.ts';
import type { Refusal } from './refusal.ts';

const EMPTY_JSON = Buffer.from('{}');
const NOTHING = Buffer.alloc(0);

/** Everything was taken: an empty Export…ServiceResponse. */
export function succeed(response: ServerResponse, type: MediaType): void {
  const body = type === 'application/json' ? EMPTY_JSON : NOTHING;
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

/** Nothing was taken. A body that was not read to its end closes the connection. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal, type: MediaType): void {
  const body = encodeStatus(
    { code: refusal.grpcCode, message: refusal.message },
    type === 'application/json' ? 'json' : 'proto',
  );
  const seconds = refusal.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(refusal.retryAfterMs / 1000));
  answer(request, response, refusal.httpStatus, type, body, {
    ...(seconds !== undefined && { 'retry-after': String(seconds) }),
    ...(refusal.httpStatus === 401 && { 'www-authenticate': 'Bearer' }),
  });
}

/** Answers that concern no signal: wrong path, method or content type. */
export function refuseInText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(request, response, status, 'text/plain', Buffer.from(text), headers);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent || response.destroyed) return;
  const closing = request.complete ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': type, 'content-length': body.length, ...headers, ...closing });
  response.end(body);
  if (!request.complete) discard(request);
}

/** Bytes to read from a refused sender, so that it sees the answer before the connection ends. */
const DISCARD_BYTES = 64 * 1024 * 1024;

function discard(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > DISCARD_BYTES) request.destroy();
  });
  request.resume();
}
