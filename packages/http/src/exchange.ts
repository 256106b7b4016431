/**
 * One request on the wire and its answer, read to the end under a cap. Owns the life of the request object: whatever
 * the peer does (reset, stall, garbage, half an answer, no end), exactly one result comes out and nothing is thrown.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { decompress } from './decompress.ts';
import { abortFailure, failureOf } from './failure.ts';
import type { HttpResult, Unreadable } from './result.ts';

export interface Exchange {
  readonly request: (options: RequestOptions) => ClientRequest;
  readonly options: RequestOptions;
  readonly body: Uint8Array;
  /** Cap for the answer, before and after decompression. */
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
  /** For messages; without secrets. */
  readonly url: string;
}

/** A result, and whether a kept-alive socket turned out dead before the server saw the request. */
export interface Exchanged {
  readonly result: HttpResult;
  readonly stale: boolean;
}

const EMPTY = new Uint8Array(0);
const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** Performs the request. Never rejects. */
export function exchange(exchange: Exchange): Promise<Exchanged> {
  const { signal, url } = exchange;
  if (signal?.aborted === true) return Promise.resolve({ result: abortFailure(signal, url), stale: false });
  return new Promise((resolve) => {
    let request: ClientRequest;
    try {
      request = exchange.request(exchange.options);
    } catch (error) {
      resolve({ result: failureOf(error, url), stale: false });
      return;
    }
    let settled = false;
    let ended = false;
    let response: IncomingMessage | undefined;
    let readBefore = 0;
    const chunks: Buffer[] = [];
    let length = 0;

    const settle = (result: HttpResult, stale = false): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      resolve({ result, stale });
    };
    /** The status is known: whatever happens to the body now, the server has answered. */
    const answer = (body: Uint8Array, unreadable?: Unreadable): void => {
      if (response === undefined) return;
      const { statusCode: status = 0, headers } = response;
      settle({ kind: 'response', status, headers, body, url, ...(unreadable !== undefined && { unreadable }) });
    };
    const onAbort = (): void => {
      if (response === undefined) settle(abortFailure(signal, url));
      else answer(EMPTY, 'timeout');
      request.destroy();
    };
    const onFailure = (error: Error): void => {
      if (response !== undefined) {
        answer(EMPTY, 'cut_off');
        return;
      }
      const result = failureOf(error, url);
      // A byte of an answer means that the server has seen the request: not ours to repeat at once.
      const silent = (request.socket?.bytesRead ?? 0) === readBefore;
      settle(result, request.reusedSocket && silent && STALE.has(result.code));
    };
    const onEnd = (): void => {
      if (response === undefined) return;
      ended = true;
      // The server answered before it read everything (413 and the like): stop uploading.
      if (!request.writableFinished) request.destroy();
      const body = chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length);
      const encoding = response.headers['content-encoding'];
      if (encoding === undefined || body.length === 0) {
        answer(body);
        return;
      }
      decompress(body, encoding, exchange.maxResponseBytes).then(
        (decoded) => (typeof decoded === 'string' ? answer(EMPTY, decoded) : answer(decoded)),
        () => answer(EMPTY, 'encoding'),
      );
    };

    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', onFailure);
    request.on('close', () => {
      if (!settled && !ended) onFailure(connectionClosed());
    });
    request.on('socket', (socket) => {
      readBefore = socket.bytesRead;
    });
    request.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= exchange.maxResponseBytes) {
          chunks.push(chunk);
          return;
        }
        answer(EMPTY, 'too_large');
        request.destroy();
      });
      incoming.on('end', onEnd);
      incoming.on('error', onFailure);
    });
    request.end(exchange.body);
  });
}

function connectionClosed(): Error {
  return Object.assign(new Error('the connection closed before an answer'), { code: 'ECONNRESET' });
}
