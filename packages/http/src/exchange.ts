/**
 * One request on the wire and its answer, read to the end under a cap. Owns the life of the request object: whatever
 * the peer does (reset, stall, garbage, half an answer, no end), exactly one result comes out and nothing is thrown.
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { decompress } from './decompress.ts';
import { abortFailure, failureOf } from './failure.ts';
import type { HttpResult, Unreadable } from './result.ts';

export interface Exchange {
  /** Begins a request, as `request` of node:http and node:https does. */
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly options: RequestOptions;
  /** Instead of the agent of `options` when a kept-alive socket turns out dead. */
  readonly fresh: Agent;
  /** Written one after the other, in one go. */
  readonly body: readonly Uint8Array[];
  /** Cap for the answer, before and after decompression. */
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
  /** For messages; without secrets. */
  readonly url: string;
  /** Handed on with the answer. */
  readonly scrub: (text: string) => string;
}

const EMPTY = new Uint8Array(0);
const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** Bytes that a kept-alive socket had received when its last answer was complete. */
const bytesRead = new WeakMap<Socket, number>();

/** Performs the request. Never rejects. */
export function exchange(exchange: Exchange): Promise<HttpResult> {
  return new Promise((resolve) => attempt(exchange, exchange.options, resolve));
}

function attempt(exchange: Exchange, options: RequestOptions, resolve: (result: HttpResult) => void): void {
  const { signal, url, scrub, maxResponseBytes } = exchange;
  if (signal?.aborted === true) {
    resolve(abortFailure(signal, url));
    return;
  }
  let request: ClientRequest;
  try {
    request = exchange.request(options);
  } catch (error) {
    resolve(failureOf(error, url));
    return;
  }
  let settled = false;
  let ended = false;
  let response: IncomingMessage | undefined;
  let chunks: Buffer[] | undefined;
  let length = 0;

  const settle = (result: HttpResult): void => {
    if (settled) return;
    settled = true;
    signal?.removeEventListener('abort', onAbort);
    resolve(result);
  };
  /** The status is known: whatever happens to the body now, the server has answered. */
  const answer = (body: Uint8Array, unreadable?: Unreadable): void => {
    if (response === undefined) return;
    const { statusCode: status = 0, headers } = response;
    settle(
      unreadable === undefined
        ? { kind: 'response', status, headers, body, url, scrub }
        : { kind: 'response', status, headers, body, url, scrub, unreadable },
    );
  };
  const onAbort = (): void => {
    if (response === undefined) settle(abortFailure(signal, url));
    else answer(EMPTY, 'timeout');
    request.destroy();
  };
  const onFailure = (error: Error): void => {
    if (settled) return;
    if (response !== undefined) {
      answer(EMPTY, 'cut_off');
      return;
    }
    const result = failureOf(error, url);
    if (!isStale(request, result.code)) {
      settle(result);
      return;
    }
    settled = true;
    signal?.removeEventListener('abort', onAbort);
    attempt(exchange, { ...options, agent: exchange.fresh }, resolve);
  };
  const onClose = (): void => {
    if (!settled && !ended) onFailure(connectionClosed());
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length <= maxResponseBytes) {
      if (chunks === undefined) chunks = [chunk];
      else chunks.push(chunk);
      return;
    }
    answer(EMPTY, 'too_large');
    request.destroy();
  };
  const onEnd = (): void => {
    if (response === undefined) return;
    ended = true;
    // The server answered before it read everything (413 and the like): stop uploading.
    if (!request.writableFinished) request.destroy();
    else if (request.socket !== null) bytesRead.set(request.socket, request.socket.bytesRead);
    const body =
      chunks === undefined ? EMPTY : chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length);
    const encoding = response.headers['content-encoding'];
    if (encoding === undefined || body.length === 0) {
      answer(body);
      return;
    }
    decompress(body, encoding, maxResponseBytes).then(
      (decoded) => (typeof decoded === 'string' ? answer(EMPTY, decoded) : answer(decoded)),
      () => answer(EMPTY, 'encoding'),
    );
  };

  signal?.addEventListener('abort', onAbort, ONCE);
  request.on('error', onFailure);
  request.on('close', onClose);
  request.on('response', (incoming) => {
    response = incoming;
    incoming.on('data', onData);
    incoming.on('end', onEnd);
    incoming.on('error', onFailure);
  });
  const last = exchange.body.length - 1;
  if (last > 0) request.cork();
  for (let i = 0; i < last; i++) request.write(exchange.body[i]);
  request.end(exchange.body[last]);
}

const ONCE = { once: true } as const;

/** True when the server closed an idle socket: it has not seen the request, not a byte of an answer came. */
function isStale(request: ClientRequest, code: string): boolean {
  if (!request.reusedSocket || !STALE.has(code) || request.socket === null) return false;
  return request.socket.bytesRead === bytesRead.get(request.socket);
}

function connectionClosed(): Error {
  return Object.assign(new Error('the connection closed before an answer'), { code: 'ECONNRESET' });
}
