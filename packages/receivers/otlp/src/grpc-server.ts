/** OTLP over gRPC: one server, three services, messages kept as bytes. */
import { readFileSync } from 'node:fs';
import type { Metadata, ServerInterceptor, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { ReceiverContext } from '@telemetryflow/kernel';
import { encodeStatus, type Signal } from '@telemetryflow/otlp';
import { listenProblem, parseAddress } from './address.ts';
import { authorizer } from './auth.ts';
import type { GrpcConfig } from './config.ts';
import { batchOf } from './content.ts';
import type { OtlpServer } from './http-server.ts';
import { overloaded, type Refusal, refusalOf, unauthenticated } from './refusal.ts';

type GrpcJs = typeof import('@grpc/grpc-js');

const SERVICES: readonly (readonly [Signal, service: string])[] = [
  ['traces', 'opentelemetry.proto.collector.trace.v1.TraceService'],
  ['metrics', 'opentelemetry.proto.collector.metrics.v1.MetricsService'],
  ['logs', 'opentelemetry.proto.collector.logs.v1.LogsService'],
];

const EMPTY_RESPONSE = Buffer.alloc(0);

export async function startGrpc(config: GrpcConfig, context: ReceiverContext): Promise<OtlpServer> {
  const { default: grpc } = await import('@grpc/grpc-js');
  const server = new grpc.Server({
    'grpc.max_receive_message_length': config.max_recv_msg_size,
    'grpc.max_concurrent_streams': config.max_concurrent_streams,
    // Finds connections whose client is gone, or never was one.
    'grpc.keepalive_time_ms': 120_000,
    'grpc.keepalive_timeout_ms': 20_000,
    interceptors: [doorkeeper(grpc, config, context)],
  });
  const take = createHandler(grpc, context);
  for (const [signal, service] of SERVICES) {
    if (!context.next.accepts(signal)) continue;
    server.addService(exportService(service), { Export: take(signal) });
  }
  const port = await bind(grpc, server, config);
  return { port, close: (deadline) => close(server, deadline) };
}

function exportService(service: string) {
  return {
    Export: {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
}

/** Refuses by the metadata of a call, before its message is read. */
function doorkeeper(grpc: GrpcJs, config: GrpcConfig, context: ReceiverContext): ServerInterceptor {
  const authorized = authorizer(config.auth);
  const refusal = (metadata: Metadata): Refusal | undefined => {
    const [authorization] = metadata.get('authorization');
    if (!authorized(authorization?.toString())) return unauthenticated();
    const pressure = context.pressure();
    return pressure === undefined ? undefined : overloaded(pressure);
  };
  return (_method, call) =>
    new grpc.ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, goOn) {
            const refused = refusal(metadata);
            if (refused === undefined) goOn(metadata);
            else call.sendStatus(statusOf(grpc, refused));
          },
        }),
    });
}

function createHandler(grpc: GrpcJs, context: ReceiverContext) {
  const take = async (call: ServerUnaryCall<Buffer, Buffer>, signal: Signal): Promise<void> => {
    const batch = batchOf(signal, call.request, 'application/x-protobuf');
    if (batch !== undefined) await context.next.consume(batch, 'grpc');
  };
  return (signal: Signal) => (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
    take(call, signal).then(
      () => reply(null, EMPTY_RESPONSE),
      (error) => {
        const refusal = refusalOf(error);
        if (refusal.httpStatus === 500) context.logger.error('A call failed inside the receiver.', { error });
        reply(statusOf(grpc, refusal));
      },
    );
  };
}

/** With RetryInfo in its details: by the protocol it is what makes RESOURCE_EXHAUSTED retryable. */
function statusOf(grpc: GrpcJs, refusal: Refusal): { code: number; details: string; metadata: Metadata } {
  const { grpcCode: code, message, retryAfterMs: retryDelayMs } = refusal;
  const metadata = new grpc.Metadata();
  if (retryDelayMs !== undefined) {
    metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus({ code, message, retryDelayMs }, 'proto')));
  }
  return { code, details: message, metadata };
}

async function bind(grpc: GrpcJs, server: InstanceType<GrpcJs['Server']>, config: GrpcConfig): Promise<number> {
  const { host, port } = parseAddress(config.endpoint);
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  // grpc-js names no error code: the reason is asked of a plain socket first.
  await probe(host, port, config.endpoint);
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials(grpc, config), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

async function probe(host: string, port: number, endpoint: string): Promise<void> {
  const { createServer } = await import('node:net');
  await new Promise<void>((resolve, reject) => {
    const socket = createServer();
    socket.once('error', (error) => {
      const problem = listenProblem(error, endpoint, 'protocols.grpc.endpoint');
      reject(problem === undefined ? error : new Error(problem, { cause: error }));
    });
    socket.listen(port, host, () => socket.close(() => resolve()));
  });
}

function credentials(grpc: GrpcJs, config: GrpcConfig): InstanceType<GrpcJs['ServerCredentials']> {
  const { tls } = config;
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const pair = { private_key: readFileSync(tls.key_file), cert_chain: readFileSync(tls.cert_file) };
  const ca = tls.client_ca_file === undefined ? null : readFileSync(tls.client_ca_file);
  return grpc.ServerCredentials.createSsl(ca, [pair], ca !== null);
}

function close(server: InstanceType<GrpcJs['Server']>, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cut = () => server.forceShutdown();
    server.tryShutdown(() => {
      deadline.removeEventListener('abort', cut);
      resolve();
    });
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
  });
}
