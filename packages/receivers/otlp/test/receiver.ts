/** A started receiver before a pipeline that does as it is told, and clients for both protocols. */

import { Client, type ClientUnaryCall, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { createNoopMeter } from '@opentelemetry/api';
import {
  type Batch,
  defineExporter,
  delivered,
  type PluginLookup,
  type ReceiverContext,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import definition from '../src/index.ts';

export interface Downstream {
  consume?(batch: Batch): Promise<void>;
  readonly accepts?: readonly Signal[];
  pressure?(): 'memory' | 'shutdown' | undefined;
}

export interface Started {
  /** `http://127.0.0.1:<port>`; empty where HTTP is not open. */
  readonly url: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly batches: Batch[];
  /** How each batch came, as the pipeline was told. */
  readonly transports: (string | undefined)[];
  readonly errors: string[];
  readonly opened: readonly string[];
  /** With `deadline`: gives up what is in progress when it aborts. */
  stop(): Promise<void>;
  abort(): void;
}

/** A configuration without exporter is refused. */
const nowhere = defineExporter({
  type: 'nowhere',
  description: 'Takes everything.',
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  reads: 'otlp',
  config: { type: 'object', properties: {} },
  create: () => ({ encode: () => [], send: async () => delivered() }),
});

const plugins: PluginLookup = {
  find: async (_kind, type) => (type === 'otlp' ? definition : nowhere),
  known: () => ['otlp', 'nowhere'],
};

/** The decoded configuration of a block as a user writes it. */
export async function configure(block: unknown): Promise<unknown> {
  const { config } = await resolveConfig([{ object: { receivers: { otlp: block }, exporters: { nowhere: {} } } }], {
    plugins,
    env: {},
  });
  return config.receivers.get('otlp')?.config;
}

export const BOTH = { protocols: { http: { endpoint: '127.0.0.1:0' }, grpc: { endpoint: '127.0.0.1:0' } } };

/** Only HTTP, with these options. */
export const http = (options: object = {}): object => ({
  protocols: { http: { endpoint: '127.0.0.1:0', ...options } },
});
/** Only gRPC, with these options. */
export const grpc = (options: object = {}): object => ({
  protocols: { grpc: { endpoint: '127.0.0.1:0', ...options } },
});

export async function startReceiver(block: unknown = BOTH, downstream: Downstream = {}): Promise<Started> {
  const batches: Batch[] = [];
  const transports: (string | undefined)[] = [];
  const errors: string[] = [];
  const ports = new Map<string, number>();
  const deadline = new AbortController();
  const silent = (): void => undefined;
  const context: ReceiverContext = {
    id: 'otlp',
    logger: {
      error: (message) => errors.push(message),
      warn: silent,
      debug: silent,
      info: (message, fields) => {
        const protocol = /over (HTTP|gRPC)/.exec(message)?.[1];
        if (protocol !== undefined) ports.set(protocol, Number(fields?.['port']));
      },
    },
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: createNoopMeter(),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: deadline.signal,
    extension: () => undefined,
    next: {
      consume: async (batch, transport) => {
        await downstream.consume?.(batch);
        batches.push(batch);
        transports.push(transport);
      },
      accepts: (signal) => downstream.accepts?.includes(signal) ?? true,
    },
    pressure: () => downstream.pressure?.(),
  };
  const receiver = definition.create(await configure(block), context);
  await receiver.start();
  const httpPort = ports.get('HTTP') ?? 0;
  return {
    url: httpPort === 0 ? '' : `http://127.0.0.1:${httpPort}`,
    httpPort,
    grpcPort: ports.get('gRPC') ?? 0,
    batches,
    transports,
    errors,
    opened: [...ports.keys()],
    stop: async () => receiver.stop?.(),
    abort: () => deadline.abort(),
  };
}

export const METHODS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

export interface GrpcReply {
  readonly code: number;
  readonly text: string;
  readonly details: Buffer | undefined;
  readonly message: Buffer | undefined;
}

export interface GrpcCallOptions {
  readonly signal?: Signal;
  readonly method?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly gzip?: boolean;
  readonly deflate?: boolean;
  readonly credentials?: ReturnType<typeof credentials.createInsecure>;
  readonly started?: (call: ClientUnaryCall) => void;
}

const same = (bytes: Buffer): Buffer => bytes;

/** One call, with whatever it came to. */
export function call(port: number, message: Buffer, options: GrpcCallOptions = {}): Promise<GrpcReply> {
  const client = new Client(`127.0.0.1:${port}`, options.credentials ?? credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    ...(options.deflate === true && { 'grpc.default_compression_algorithm': 1 }),
    ...(options.gzip === true && { 'grpc.default_compression_algorithm': 2 }),
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
  return new Promise((resolve) => {
    const method = options.method ?? METHODS[options.signal ?? 'logs'];
    const done = (error: ServiceError | null, reply?: Buffer): void => {
      client.close();
      const details = error?.metadata?.get('grpc-status-details-bin')[0];
      resolve({
        code: error?.code ?? 0,
        text: error?.details ?? '',
        details: Buffer.isBuffer(details) ? details : undefined,
        message: reply,
      });
    };
    const deadline = Date.now() + 25_000;
    const started = client.makeUnaryRequest(method, same, same, message, metadata, { deadline }, done);
    options.started?.(started);
  });
}

/** Stops what a test has started, in reverse. */
export class Cleanups {
  readonly #list: (() => unknown)[] = [];
  add(cleanup: () => unknown): void {
    this.#list.push(cleanup);
  }
  async run(): Promise<void> {
    for (const cleanup of this.#list.splice(0).reverse()) await cleanup();
  }
  async receiver(...args: Parameters<typeof startReceiver>): Promise<Started> {
    const started = await startReceiver(...args);
    this.add(async () => {
      started.abort();
      await started.stop();
    });
    return started;
  }
}
