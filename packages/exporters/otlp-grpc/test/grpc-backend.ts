/** A scripted OTLP/gRPC backend on @grpc/grpc-js, behind a TCP relay that knows and cuts its connections. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { encodeStatus, type Signal } from '@telemetryflow/otlp';
import { type FakeBackend, otlpItemIds, type Script, testCa } from '@telemetryflow/testkit';

export interface GrpcRequest {
  readonly index: number;
  readonly signal: Signal;
  readonly message: Buffer;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly deadline: number;
}

export interface GrpcAnswer {
  /** 0 by default. */
  readonly code?: number;
  readonly text?: string;
  readonly retryDelayMs?: number;
  readonly details?: Buffer;
  readonly response?: Buffer;
  /** Headers before the status, as a server that had begun to answer. */
  readonly headersFirst?: boolean;
  readonly fault?: 'reset' | 'stall';
}

export interface GrpcBackend extends FakeBackend<GrpcRequest> {
  readonly port: number;
  readonly accepted: number;
  disconnect(): void;
}

const SERVICES: readonly (readonly [Signal, string])[] = [
  ['traces', 'opentelemetry.proto.collector.trace.v1.TraceService'],
  ['metrics', 'opentelemetry.proto.collector.metrics.v1.MetricsService'],
  ['logs', 'opentelemetry.proto.collector.logs.v1.LogsService'],
];
const same = (bytes: Buffer): Buffer => bytes;
const NOTHING = Buffer.alloc(0);

export async function startGrpcBackend(
  script: Script<GrpcRequest, GrpcAnswer> = {},
  options: {
    readonly tls?: boolean;
    readonly clientCa?: string;
    readonly maxMessage?: number;
    /** Default: a free one. */
    readonly port?: number;
    /** Keep no messages of the requests. */
    readonly forget?: boolean;
  } = {},
): Promise<GrpcBackend> {
  const requests: GrpcRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        waiting = [...waiting, resolve];
      });
    }
  };
  const server = new Server({ 'grpc.max_receive_message_length': options.maxMessage ?? 64 * 1024 * 1024 });
  for (const [signal, service] of SERVICES) {
    const definition = {
      Export: {
        path: `/${service}/Export`,
        requestStream: false as const,
        responseStream: false as const,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    };
    server.addService(definition, {
      Export: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
        const index = requests.length;
        const metadata = call.metadata.getMap();
        const request = { index, signal, message: call.request, metadata, deadline: Number(call.getDeadline()) };
        requests.push(options.forget === true ? { ...request, message: NOTHING } : request);
        wake();
        const answered = Array.isArray(script) ? script[Math.min(index, script.length - 1)] : script;
        Promise.resolve(typeof answered === 'function' ? answered(request, index) : answered).then(
          (answer: GrpcAnswer) => respond(call, reply, answer),
          (error: unknown) => reply({ code: 2, details: `the script failed: ${String(error)}` }),
        );
      },
    });
  }

  function respond(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>, answer: GrpcAnswer): void {
    if (answer.fault === 'stall') return;
    if (answer.fault === 'reset') {
      disconnect();
      return;
    }
    if (answer.headersFirst === true) call.sendMetadata(new Metadata());
    const { code = 0, text = '', retryDelayMs } = answer;
    if (code === 0) {
      reply(null, answer.response ?? Buffer.alloc(0));
      return;
    }
    const metadata = new Metadata();
    const details =
      answer.details ??
      (retryDelayMs === undefined ? undefined : encodeStatus({ code, message: text, retryDelayMs }, 'proto'));
    if (details !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(details));
    reply({ code, details: text, metadata });
  }

  const ca = options.tls === true ? testCa() : undefined;
  const inner = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials(ca, options.clientCa), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
  const relay = createServer({ noDelay: true }, (socket) => {
    accepted++;
    const upstream = connect({ port: inner, host: '127.0.0.1', noDelay: true });
    sockets.add(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      upstream.destroy();
      wake();
    });
    // A TLS server of HTTP/2 leaves a connection half open that ends before its handshake.
    socket.once('end', () => socket.destroy());
    upstream.once('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    relay.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = relay.address() as AddressInfo;
  function disconnect(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    url: `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
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
    disconnect,
    async close() {
      const closed = new Promise<void>((resolve) => relay.close(() => resolve()));
      disconnect();
      server.forceShutdown();
      await closed;
    },
  };
}

function credentials(ca: ReturnType<typeof testCa> | undefined, clientCa: string | undefined): ServerCredentials {
  if (ca === undefined) return ServerCredentials.createInsecure();
  const { cert, key } = ca.issue();
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return clientCa === undefined
    ? ServerCredentials.createSsl(null, [pair])
    : ServerCredentials.createSsl(Buffer.from(clientCa), [pair], true);
}

/** The ids of the items in a request. */
export function idsOf({ signal, message }: GrpcRequest): string[] {
  return otlpItemIds(signal, message).map((id) => id ?? 'item without id');
}

/** Export…ServiceResponse that rejects a number of items. */
export function rejecting(count: number, text: string): Buffer {
  const message = Buffer.from(text);
  const inner = Buffer.concat([Buffer.of(0x08, count, 0x12, message.length), message]);
  return Buffer.concat([Buffer.of(0x0a, inner.length), inner]);
}
