/**
 * One gRPC connection to an OTLP server: a call is one attempt, and its end is a status or a message, never an
 * exception. Messages are bytes both ways.
 *
 * Pacing is left to the delivery chain. gRPC's own back-off would answer attempts without trying, and a connection
 * that died silently would fail every one of them: after an attempt without an answer the next starts a new connection.
 */
import { createSecureContext } from 'node:tls';
import type { ChannelCredentials, Client, ClientUnaryCall, Metadata } from '@grpc/grpc-js';
import type { Signal } from '@telemetryflow/otlp';
import { loadTls, type TlsConfig } from '../../tls.ts';
import { userAgent } from '../../user-agent.ts';
import { abandonable } from './abandon.ts';
import type { GrpcStatus } from './classify.ts';
import type { GrpcJs } from './load.ts';
import type { GrpcOptions } from './options.ts';
import type { GrpcTarget } from './target.ts';

/** The method of each signal. */
export const OTLP_METHODS: { readonly [S in Signal]: string } = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

export interface GrpcConnectionOptions extends GrpcOptions {
  readonly target: GrpcTarget;
  readonly tls: TlsConfig | undefined;
  readonly gzip: boolean;
  /** False keeps the proxies of the environment out. */
  readonly proxy: boolean;
  readonly maxResponseBytes: number;
  /** Names in lower case; values of `-bin` names are base64. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How a call ended. `oversize`: the server answered, with a message beyond the limit. */
export type GrpcResult =
  | { readonly kind: 'message'; readonly message: Buffer }
  | { readonly kind: 'status'; readonly status: GrpcStatus }
  | { readonly kind: 'oversize' }
  | { readonly kind: 'aborted' };

export interface GrpcCall {
  readonly method: string;
  readonly message: Buffer;
  /** Milliseconds, told to the server. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const DETAILS = 'grpc-status-details-bin';
const bytes = (message: Buffer): Buffer => message;

export class GrpcConnection {
  readonly #grpc: GrpcJs;
  readonly #options: GrpcConnectionOptions;
  readonly #credentials: ChannelCredentials;
  readonly #metadata: Metadata;
  #client: Client | undefined;

  /** Reads the TLS files; connects at the first call. */
  constructor(grpc: GrpcJs, options: GrpcConnectionOptions) {
    this.#grpc = grpc;
    this.#options = options;
    this.#credentials = abandonable(credentials(grpc, options));
    this.#metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(options.metadata)) {
      this.#metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    }
  }

  /** Performs one call. Never rejects. */
  call({ method, message, timeoutMs, signal }: GrpcCall): Promise<GrpcResult> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve({ kind: 'aborted' });
        return;
      }
      this.#client ??= this.#connect();
      const client = this.#client;
      let answered = false;
      let call: ClientUnaryCall | undefined;
      const onAbort = (): void => {
        resolve({ kind: 'aborted' });
        this.#replace(client);
        call?.cancel();
      };
      const deadline = Date.now() + timeoutMs;
      call = client.makeUnaryRequest(method, bytes, bytes, message, this.#metadata, { deadline }, (error, answer) => {
        signal.removeEventListener('abort', onAbort);
        if (error === null) {
          resolve({ kind: 'message', message: answer ?? NOTHING });
          return;
        }
        const { code, details, metadata } = error;
        if (answered && code === RESOURCE_EXHAUSTED && OVERSIZE.exec(details)?.[1] === this.#limit) {
          resolve({ kind: 'oversize' });
          return;
        }
        if (code === DEADLINE_EXCEEDED || code === UNAVAILABLE) this.#replaceUnlessReady(client, code);
        const [raw] = metadata?.get(DETAILS) ?? [];
        const status = { code, message: details, details: Buffer.isBuffer(raw) ? raw : undefined };
        resolve({ kind: 'status', status });
      });
      call.once('metadata', () => {
        answered = true;
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Ends the connection when its calls have ended. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  get #limit(): string {
    return String(this.#options.maxResponseBytes);
  }

  /** A timeout leaves a dead connection "ready"; a failure to connect leaves it in gRPC's back-off. */
  #replaceUnlessReady(client: Client, code: number): void {
    const { connectivityState } = this.#grpc;
    if (code === DEADLINE_EXCEEDED || client.getChannel().getConnectivityState(false) !== connectivityState.READY) {
      this.#replace(client);
    }
  }

  #replace(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.close();
  }

  #connect(): Client {
    const { target, gzip, proxy, maxResponseBytes, tls, keepalive, authority, balancer_name } = this.#options;
    const serverName = tls?.server_name;
    const balancer = balancer_name ?? 'pick_first';
    return new this.#grpc.Client(target.address, this.#credentials, {
      'grpc.primary_user_agent': userAgent(),
      'grpc.max_receive_message_length': maxResponseBytes,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': proxy && !target.local ? 1 : 0,
      'grpc.service_config_disable_resolution': 1,
      ...(balancer === 'pick_first' && NO_RECONNECT),
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [balancer]: {} }] }),
      ...(gzip && { 'grpc.default_compression_algorithm': this.#grpc.compressionAlgorithms.gzip }),
      ...(serverName !== undefined && serverName !== '' && { 'grpc.ssl_target_name_override': serverName }),
      ...(authority !== undefined && authority !== '' && { 'grpc.default_authority': authority }),
      ...(keepalive !== undefined && {
        'grpc.keepalive_time_ms': keepalive.time,
        'grpc.keepalive_timeout_ms': keepalive.timeout,
        'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
      }),
    });
  }
}

/**
 * A client whose connection failed is replaced, so it has no use for another one. One that was just being made while the
 * client is closed would stay open: grpc-js 1.14 does not close it.
 */
const NO_RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 300_000, 'grpc.max_reconnect_backoff_ms': 300_000 };
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
const NOTHING = Buffer.alloc(0);
/** What grpc-js itself says of an answer beyond `max_receive_message_length`. */
const OVERSIZE = /larger than (?:max \(\d+ vs )?(\d+)/;

function credentials(grpc: GrpcJs, { target, tls }: GrpcConnectionOptions): ChannelCredentials {
  if (!target.secure) return grpc.credentials.createInsecure();
  const { ca, cert, key, minVersion, rejectUnauthorized } = loadTls(tls);
  const context = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(minVersion !== undefined && { minVersion }),
  });
  return grpc.credentials.createFromSecureContext(context, {
    ...(rejectUnauthorized === false && { rejectUnauthorized: false, checkServerIdentity: () => undefined }),
  });
}
