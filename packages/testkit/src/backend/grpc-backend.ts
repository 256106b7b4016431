/**
 * A scripted gRPC backend for unary calls on a free loopback port: reads each call as strictly as a server may, records
 * it, answers as told, and leaves nothing open. It shares no code with the clients that are tested against it.
 */
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type TestCa, testCa } from './certificates.ts';
import { conditions } from './conditions.ts';
import {
  checkGrpcLength,
  encodeGrpcText,
  frameGrpcMessage,
  GrpcRefusal,
  readGrpcMessage,
  readGrpcTimeout,
} from './grpc-message.ts';
import type { FakeBackend } from './http-backend.ts';
import { startRelay } from './relay.ts';
import { answersOf, type Script } from './script.ts';

/** A call that was read to its end. */
export interface GrpcRequest {
  /** 0 for the first call. */
  readonly index: number;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Decompressed; empty once it is answered where the backend was told to forget. */
  readonly message: Buffer;
  /** Whether it came compressed. */
  readonly compressed: boolean;
  /** Metadata in lower case; those of `-bin` names as bytes. */
  readonly metadata: Readonly<Record<string, string | Buffer>>;
  /** How long the client waits at most, in ms, as it says; undefined when it says nothing. */
  readonly timeoutMs: number | undefined;
}

/** One answer. Everything is optional: `{}` is OK with an empty message. */
export interface GrpcAnswer {
  /** Default 0, OK. */
  readonly code?: number;
  /** The message of a status that is not OK. */
  readonly text?: string;
  /** A `google.rpc.Status`, as `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
  /** The message of an OK. */
  readonly response?: Uint8Array;
  /** Headers apart from the status, as a server that had begun to answer. */
  readonly headersFirst?: boolean;
  /** `reset` cuts the connections, `stall` never answers. */
  readonly fault?: 'reset' | 'stall';
}

/** How a backend serves. */
export interface GrpcBackendOptions {
  /** Paths of the methods that are served; calls to others are answered UNIMPLEMENTED. */
  readonly methods: readonly string[];
  /** Serve TLS with a fresh CA (see {@link FakeBackend.ca}). */
  readonly tls?: boolean;
  /** With `tls`: demand a client certificate that this CA (PEM) signed. */
  readonly clientCa?: string;
  /** Most bytes of a message; default 4 MiB, as servers have it. */
  readonly maxMessage?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Keep no messages once they are answered: for runs of many calls. Default false. */
  readonly forgetBodies?: boolean;
}

/** The backend of {@link startGrpcBackend}. */
export interface GrpcBackend extends FakeBackend<GrpcRequest> {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** What was refused before the script was asked, as sentences. */
  readonly refused: readonly string[];
  /** Cut every open connection, in use or not. */
  disconnect(): void;
}

const MAX_MESSAGE = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Start a backend on a free port of 127.0.0.1.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpGrpc from '@telemetryflow/exporter-otlp-grpc';
 * import {
 *   type GrpcAnswer,
 *   type GrpcBackend,
 *   type GrpcBackendOptions,
 *   type GrpcRequest,
 *   logs,
 *   startGrpcBackend,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const never: GrpcAnswer = { code: 3, text: 'no such tenant' };
 * const script = ({ metadata }: GrpcRequest): GrpcAnswer => (metadata['x-tenant'] === 'a' ? {} : never);
 * const options: GrpcBackendOptions = { methods: ['/opentelemetry.proto.collector.logs.v1.LogsService/Export'] };
 * const backend: GrpcBackend = await startGrpcBackend(script, options);
 * const block = { endpoint: backend.url, headers: { 'x-tenant': 'a' } };
 * assert.equal((await throughPipeline(otlpGrpc, block, 'logs', logs(2))).delivered, 2);
 * assert.equal(backend.requests[0]?.compressed, true);
 * await backend.close();
 * ```
 */
export async function startGrpcBackend(
  script: Script<GrpcRequest, GrpcAnswer>,
  options: GrpcBackendOptions,
): Promise<GrpcBackend> {
  const { maxMessage = MAX_MESSAGE } = options;
  const requests: GrpcRequest[] = [];
  const refused: string[] = [];
  const { wake, until } = conditions();
  const answerTo = answersOf(script);

  async function handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<GrpcAnswer> {
    const path = String(headers[':path']);
    checkHeaders(headers);
    if (!options.methods.includes(path)) throw new GrpcRefusal(12, `unknown service or method ${path}`);
    const timeoutMs = readGrpcTimeout(textOf(headers['grpc-timeout']));
    const body = await readBody(stream, maxMessage);
    const message = readGrpcMessage(body, textOf(headers['grpc-encoding']), maxMessage);
    const index = requests.length;
    const request = { index, path, message, compressed: body[0] === 1, metadata: metadataOf(headers), timeoutMs };
    requests.push(request);
    wake();
    const answer = await answerTo(request, index);
    if (options.forgetBodies === true) requests[index] = { ...request, message: NOTHING };
    return answer;
  }

  function onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    handle(stream, headers).then(
      (answer) => {
        if (answer.fault === 'reset') relay.disconnect();
        else if (answer.fault === undefined) respond(stream, answer);
      },
      (error: unknown) => {
        refused.push(String(error));
        // A broken script must show in the test: the client sees UNKNOWN with the reason.
        if (error instanceof HttpRefusal) refuse(stream, error);
        else if (error instanceof GrpcRefusal) respond(stream, { code: error.code, text: error.message });
        else respond(stream, { code: 2, text: `the script failed: ${String(error)}` });
      },
    );
  }

  const ca = options.tls === true ? testCa() : undefined;
  const server = createListener(ca, options.clientCa);
  server.on('stream', onStream);
  server.on('sessionError', () => undefined);
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  const inner = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    inner.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => inner.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const relay = await startRelay((server.address() as AddressInfo).port, options.port);

  return {
    url: `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${relay.port}`,
    port: relay.port,
    ca,
    requests,
    refused,
    get connections() {
      return relay.connections;
    },
    get accepted() {
      return relay.accepted;
    },
    received: (count) => until(() => requests.length >= count),
    disconnected: () => relay.disconnected(),
    disconnect: () => relay.disconnect(),
    async close() {
      await relay.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of inner) socket.destroy();
      await closed;
    },
  };
}

/** Refused below gRPC, with a status of HTTP. */
class HttpRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function checkHeaders(headers: IncomingHttpHeaders): void {
  if (headers[':method'] !== 'POST') throw new HttpRefusal(405, `${headers[':method']} is not POST`);
  const type = headers['content-type'];
  if (type !== 'application/grpc' && type !== 'application/grpc+proto') {
    throw new HttpRefusal(415, `invalid gRPC request content-type "${type}"`);
  }
  if (headers['te'] !== 'trailers') throw new HttpRefusal(400, 'te: trailers is missing');
}

/** Reads a call to its end; throws as soon as its message is known to be too large. */
async function readBody(stream: ServerHttp2Stream, maxMessage: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (size < 5) checkGrpcLength(Buffer.concat(chunks), maxMessage);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

function respond(stream: ServerHttp2Stream, answer: GrpcAnswer): void {
  if (stream.destroyed || stream.closed) return;
  const { code = 0, text = '', details, response = NOTHING } = answer;
  const status = {
    'grpc-status': String(code),
    ...(text !== '' && { 'grpc-message': encodeGrpcText(text) }),
    ...(details !== undefined && { 'grpc-status-details-bin': Buffer.from(details).toString('base64') }),
  };
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  // What the client still sends is of no interest.
  stream.resume();
  if (code !== 0 && answer.headersFirst !== true) {
    stream.respond({ ...head, ...status }, { endStream: true });
    return;
  }
  stream.respond(head, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(status));
  stream.end(code === 0 ? frameGrpcMessage(response) : undefined);
}

function refuse(stream: ServerHttp2Stream, { status, message }: HttpRefusal): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': status, 'content-type': 'text/plain' });
  stream.end(message);
}

const PROTOCOL = new Set(['content-type', 'te', 'grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding']);

function metadataOf(headers: IncomingHttpHeaders): Record<string, string | Buffer> {
  const metadata: Record<string, string | Buffer> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || PROTOCOL.has(name) || value === undefined) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    metadata[name] = name.endsWith('-bin') ? Buffer.from(text, 'base64') : text;
  }
  return metadata;
}

function createListener(ca: TestCa | undefined, clientCa: string | undefined): Http2Server {
  if (ca === undefined) return createServer();
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return createSecureServer({ ...ca.issue(), ...clients });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
