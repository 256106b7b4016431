/** OTLP over HTTP: one server, three paths. */
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { ReceiverContext } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { listenProblem, parseAddress } from './address.ts';
import { authorizer } from './auth.ts';
import { readBody } from './body.ts';
import type { HttpConfig } from './config.ts';
import { batchOf, decompress, MEDIA_TYPES, type MediaType, mediaType } from './content.ts';
import { corsHeaders } from './cors.ts';
import { refuse, refuseInText, succeed } from './http-answer.ts';
import { overloaded, refusalOf, unauthenticated } from './refusal.ts';

/** A server that was started. */
export interface OtlpServer {
  readonly port: number;
  /** Takes no new requests and resolves when those in progress are answered, or when `deadline` aborts. */
  close(deadline: AbortSignal): Promise<void>;
}

/** Node looks for requests that take too long this often, by default every 30 s. */
const MAX_CHECK_INTERVAL_MS = 30_000;

/** Answers to what is not a complete request, by Node's error code. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

export async function startHttp(config: HttpConfig, context: ReceiverContext): Promise<OtlpServer> {
  let closing = false;
  const handler = createHandler(config, context, () => closing);
  const options = {
    keepAliveTimeout: config.keep_alive,
    requestTimeout: config.read_timeout,
    connectionsCheckingInterval: Math.min(config.read_timeout, MAX_CHECK_INTERVAL_MS),
    noDelay: true,
  };
  const server =
    config.tls === undefined
      ? http.createServer(options, handler)
      : https.createServer({ ...options, ...serverTls(config.tls) }, handler);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else socket.destroy();
  });
  const { host, port } = parseAddress(config.endpoint);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => {
      const problem = listenProblem(error, config.endpoint, 'protocols.http.endpoint');
      reject(problem === undefined ? error : new Error(problem, { cause: error }));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      // Out of file descriptors and the like: connections are lost, the receiver goes on.
      server.on('error', (error) => context.logger.error('A connection could not be taken.', { error }));
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close(deadline) {
      closing = true;
      return close(server, deadline);
    },
  };
}

function close(server: http.Server | https.Server, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cut = () => server.closeAllConnections();
    server.close(() => {
      deadline.removeEventListener('abort', cut);
      resolve();
    });
    server.closeIdleConnections();
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
  });
}

/** TLS of a server from its files; `check` has opened them before. */
export function serverTls(tls: NonNullable<HttpConfig['tls']>): https.ServerOptions {
  const ca = tls.client_ca_file;
  return {
    cert: readFileSync(tls.cert_file),
    key: readFileSync(tls.key_file),
    ...(ca !== undefined && { ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true }),
  };
}

function createHandler(config: HttpConfig, context: ReceiverContext, isClosing: () => boolean) {
  const signals = new Map<string, Signal>([
    [config.traces_url_path, 'traces'],
    [config.metrics_url_path, 'metrics'],
    [config.logs_url_path, 'logs'],
  ]);
  const authorized = authorizer(config.auth);
  const cors = corsHeaders(config.cors);
  let inProgress = 0;

  async function take(request: IncomingMessage, signal: Signal, type: MediaType): Promise<void> {
    if (!authorized(request.headers.authorization)) throw unauthenticated();
    const pressure = context.pressure();
    if (pressure !== undefined) throw overloaded(pressure);
    if (inProgress > config.max_concurrent_requests) throw overloaded('concurrency');
    const received = await readBody(request, config.max_request_body_size);
    const body = await decompress(received, request.headers['content-encoding'], config.max_request_body_size);
    const batch = batchOf(signal, body, type);
    if (batch !== undefined) await context.next.consume(batch, 'http');
  }

  /** The signal and type of a request that is worth reading; others are answered here. */
  function route(request: IncomingMessage, response: ServerResponse): { signal: Signal; type: MediaType } | undefined {
    const preflight = request.method === 'OPTIONS';
    for (const [name, value] of Object.entries(cors(request.headers, preflight))) response.setHeader(name, value);
    const signal = signals.get(request.url?.split('?', 1)[0] ?? '');
    const type = mediaType(request.headers['content-type']);
    if (signal === undefined) refuseInText(request, response, 404, 'no such path');
    else if (!context.next.accepts(signal)) refuseInText(request, response, 404, `no pipeline takes ${signal}`);
    else if (preflight && config.cors !== undefined) response.writeHead(204).end();
    else if (request.method !== 'POST') refuseInText(request, response, 405, 'use POST', { allow: 'POST' });
    else if (type === undefined) refuseInText(request, response, 415, `use content type ${MEDIA_TYPES.join(' or ')}`);
    else return { signal, type };
    return undefined;
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const routed = route(request, response);
    if (routed === undefined) return;
    inProgress++;
    take(request, routed.signal, routed.type)
      .finally(() => {
        inProgress--;
        // A connection that were kept alive now would hold up the stop until its client ends it.
        if (isClosing()) response.shouldKeepAlive = false;
      })
      .then(
        () => succeed(response, routed.type),
        (error) => {
          const refusal = refusalOf(error);
          if (refusal.httpStatus === 500) context.logger.error('A request failed inside the receiver.', { error });
          refuse(request, response, refusal, routed.type);
        },
      );
  };
}
