/** A scripted HTTP(S) backend on a free loopback port: records requests, answers as told, leaves nothing open. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, sendAnswer } from './answer.ts';
import { type TestCa, testCa } from './certificates.ts';
import { conditions } from './conditions.ts';
import { type RecordedRequest, readRequest, withoutBody } from './request.ts';
import { answersOf, type Script } from './script.ts';

/** How a backend serves. */
export interface BackendOptions {
  /** Serve HTTPS: `true` with a fresh CA (see {@link Backend.ca}), or a certificate of your own making. */
  readonly tls?: boolean | { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Keep no bodies of requests once they are answered: for runs of many requests. Default false. */
  readonly forgetBodies?: boolean;
  /** Close idle keep-alive connections after this many ms; default never. */
  readonly keepAliveMs?: number;
  /** Called with every request and its answer, before the answer is sent. */
  readonly onAnswer?: (request: RecordedRequest, answer: Answer) => void;
}

/** A backend that a test can be written against, whatever its protocol. */
export interface FakeBackend<Q = unknown> {
  /** Where it listens, without a path: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Requests read to their end, in order of arrival. */
  readonly requests: readonly Q[];
  /** With `tls: true`: the CA that signed the server's certificate. */
  readonly ca?: TestCa | undefined;
  /** Client connections that are open now. */
  readonly connections: number;
  /** Resolves when at least `count` requests have been read. */
  received(count: number): Promise<void>;
  /** Resolves when no client connection is open. */
  disconnected(): Promise<void>;
  /** Close every connection and the port; resolves when all are gone. May be called again. */
  close(): Promise<void>;
}

/** The HTTP backend of {@link startBackend}. */
export interface Backend extends FakeBackend<RecordedRequest> {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Answer by another script from now on. */
  script(next: Script): void;
  /** Cut every open connection, in use or not. */
  disconnect(): void;
}

/**
 * Start a backend on a free port of 127.0.0.1.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type Answer, type Backend, startBackend } from '@telemetryflow/testkit';
 *
 * const busy: Answer = { status: 503, headers: { 'retry-after': '2' } };
 * const backend: Backend = await startBackend([busy, { status: 204 }]);
 * assert.equal((await fetch(backend.url, { method: 'POST', body: 'hello' })).status, 503);
 * assert.equal((await fetch(backend.url, { method: 'POST', body: 'hello' })).status, 204);
 * assert.equal(backend.requests[1]?.text(), 'hello');
 * await backend.close();
 * ```
 */
export async function startBackend(script: Script = {}, options: BackendOptions = {}): Promise<Backend> {
  let answerTo = answersOf<RecordedRequest, Answer>(script);
  let accepted = 0;
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const { wake, until } = conditions();

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message, () => requests.length);
    requests.push(request);
    wake();
    const answer = await answerTo(request, request.index);
    options.onAnswer?.(request, answer);
    if (options.forgetBodies === true) requests[request.index] = withoutBody(request);
    await sendAnswer(answer, response);
  }

  const listener: RequestListener = (message, response) => {
    // A broken script must show in the test: the client sees 599 with the reason.
    handle(message, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(599).end(String(error));
      else response.destroy();
    });
  };
  const ca = options.tls === true ? testCa() : undefined;
  const server = createListener(options, ca, listener);
  server.keepAliveTimeout = options.keepAliveMs ?? 0;
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      wake();
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: `${options.tls === undefined || options.tls === false ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    ca,
    requests,
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    received: (count) => until(() => requests.length >= count),
    disconnected: () => until(() => sockets.size === 0),
    script(next) {
      answerTo = answersOf(next);
    },
    disconnect,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      disconnect();
      await closed;
      await until(() => sockets.size === 0);
    },
  };
}

function createListener(options: BackendOptions, ca: TestCa | undefined, listener: RequestListener): Server {
  if (ca !== undefined) return createTlsServer(ca.issue(), listener);
  if (typeof options.tls !== 'object') return createServer(listener);
  const { cert, key, clientCa } = options.tls;
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ cert, key, ...clients }, listener);
}
