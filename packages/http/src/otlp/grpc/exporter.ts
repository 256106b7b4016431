/** An OTLP exporter over gRPC: the same encoders as over HTTP, another way to send. */
import type { Exporter, ExporterContext, HealthcheckResult, Outcome } from '@telemetryflow/kernel';
import { delivered, retry } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { RequestBody } from '../../client.ts';
import type { HttpBody, HttpEncoder } from '../../exporter.ts';
import { abortFailure } from '../../failure.ts';
import { basicAuth, mergeHeaders } from '../../headers.ts';
import { secretScrubber } from '../../redact.ts';
import type { OtlpConfig } from '../options.ts';
import { classifyGrpcResponse, classifyGrpcStatus, type GrpcRule, type GrpcSent } from './classify.ts';
import { GrpcConnection, OTLP_METHODS } from './connection.ts';
import { type GrpcJs, loadGrpcJs } from './load.ts';
import type { GrpcOptions } from './options.ts';
import { type GrpcTarget, grpcTarget } from './target.ts';

/**
 * How a preset offers `protocol: grpc`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { defineOtlpExporter, type GrpcKeepalive, grpcOptionsSchema, type OtlpConfig } from '@telemetryflow/http';
 * import type { GrpcOptions, OtlpExporterFields, OtlpGrpcSupport } from '@telemetryflow/http';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * interface AcmeConfig extends OtlpConfig, GrpcOptions {}
 * const grpc: OtlpGrpcSupport<AcmeConfig> = { signals: ['traces'], options: ({ keepalive }) => ({ keepalive }) };
 * const fields: OtlpExporterFields<AcmeConfig> = { ...grpcOptionsSchema };
 * const acme = defineOtlpExporter<AcmeConfig>({
 *   type: 'acme',
 *   description: 'Sends telemetry to Acme over OTLP.',
 *   config: { properties: fields, required: ['endpoint'] },
 *   grpc,
 * });
 * const block = { endpoint: 'https://otlp.acme.example:4317', protocol: 'grpc', keepalive: { time: '20s' } };
 * const { config } = await configureExporter(acme, block);
 * const keepalive: GrpcKeepalive | undefined = (config as AcmeConfig).keepalive;
 * assert.equal(keepalive?.time, 20_000);
 * ```
 */
export interface OtlpGrpcSupport<C extends OtlpConfig> {
  /** Loads @grpc/grpc-js, for packages that depend on it; default: the optional peer of this package. */
  readonly load?: () => Promise<object>;
  /** Signals the backend takes over gRPC; the others go over HTTP whatever `protocol` says. Default: all. */
  readonly signals?: readonly Signal[];
  /** Options of the connection. */
  options?(config: C): GrpcOptions;
  /** Exceptions to the statuses of the protocol. */
  readonly rules?: readonly GrpcRule[];
}

/** Where and how one exporter over gRPC connects. */
export interface GrpcExporterTarget {
  readonly config: OtlpConfig;
  /** The base endpoint, or the signal's own. */
  readonly endpoint: string;
  /** Full name of the method, where it is not the one of OTLP. */
  readonly method?: string;
  /** Authentication and the user's headers, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: GrpcOptions;
  readonly load: (() => Promise<object>) | undefined;
  readonly rules: readonly GrpcRule[];
}

/**
 * One exporter instance for one signal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { promisify } from 'node:util';
 * import { Server, ServerCredentials } from '@grpc/grpc-js';
 * import { createGrpcExporter, encodeOtlpProto, type OtlpConfig } from '@telemetryflow/http';
 *
 * const server = new Server();
 * const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
 * const config: OtlpConfig = {
 *   endpoint: `http://127.0.0.1:${port}`,
 *   encoding: 'proto',
 *   protocol: 'grpc',
 *   max_request_bytes: 4_000_000,
 *   timeout: 10_000,
 *   compression: 'none',
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const exporter = createGrpcExporter(
 *   (batch) => encodeOtlpProto(batch, config.max_request_bytes),
 *   { config, endpoint: config.endpoint, metadata: {}, options: {}, load: undefined, rules: [] },
 *   { id: 'acme', dataSignal: 'logs' },
 * );
 * await exporter.start?.();
 * const payload = { body: new Uint8Array(0), items: { from: 0, to: 1 } };
 * const { dropped } = await exporter.send(payload, { signal: AbortSignal.timeout(10_000), attempt: 1 });
 * assert.equal(dropped?.[0]?.reason, 'invalid'); // this server has no services
 * await exporter.stop?.();
 * server.forceShutdown();
 * ```
 */
export function createGrpcExporter(
  encode: HttpEncoder<Signal>,
  where: GrpcExporterTarget,
  context: Pick<ExporterContext, 'id' | 'dataSignal'>,
): Exporter<Signal, HttpBody> {
  const { dataSignal: signal } = context;
  const { timeout } = where.config;
  const method = where.method ?? OTLP_METHODS[signal];
  let open: Open | undefined;
  return {
    encode,
    start: async () => {
      open = await connect(where);
    },
    stop: async () => open?.connection.close(),
    async send({ body, items }, options) {
      if (open === undefined) throw new TypeError(`${context.id} has not been started`);
      const { connection, label, scrub } = open;
      const message = messageOf(body);
      const result = await connection.call({ method, message, timeoutMs: timeout, signal: options.signal });
      return outcome(result, { signal, items, label, scrub, rules: where.rules }, options.signal);
    },
  };
}

/**
 * An empty request is valid OTLP: a server that takes it is there, and takes our credentials.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { promisify } from 'node:util';
 * import { Server, ServerCredentials } from '@grpc/grpc-js';
 * import { checkGrpcHealth, type GrpcExporterTarget, type OtlpConfig } from '@telemetryflow/http';
 *
 * const server = new Server();
 * const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
 * const config: OtlpConfig = {
 *   endpoint: `http://127.0.0.1:${port}`,
 *   encoding: 'proto',
 *   protocol: 'grpc',
 *   max_request_bytes: 4_000_000,
 *   timeout: 10_000,
 *   compression: 'none',
 *   tls_skip_verify: false,
 *   max_response_bytes: 4_194_304,
 * };
 * const { endpoint } = config;
 * const where: GrpcExporterTarget = { config, endpoint, metadata: {}, options: {}, load: undefined, rules: [] };
 * // This server has no services.
 * const { ok, message } = await checkGrpcHealth(where, 'logs', AbortSignal.timeout(10_000));
 * assert.equal(ok, false);
 * assert.match(message, /answered UNIMPLEMENTED.*check the endpoint/);
 * server.forceShutdown();
 * ```
 */
export async function checkGrpcHealth(
  where: GrpcExporterTarget,
  dataSignal: Signal,
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const { connection, label, scrub } = await connect(where);
  try {
    const message = Buffer.alloc(0);
    const method = where.method ?? OTLP_METHODS[dataSignal];
    const result = await connection.call({ method, message, timeoutMs: where.config.timeout, signal });
    if (result.kind === 'message' || result.kind === 'oversize') return { ok: true, message: `${label} answered OK` };
    const { retry, dropped, split } = outcome(
      result,
      { signal: dataSignal, items: { from: 0, to: 0 }, label, scrub, rules: where.rules },
      signal,
    );
    return { ok: false, message: retry?.detail ?? dropped?.[0]?.detail ?? split?.detail ?? label };
  } finally {
    connection.close();
  }
}

type Result = Awaited<ReturnType<GrpcConnection['call']>>;

function outcome(result: Result, sent: GrpcSent, signal: AbortSignal): Outcome {
  switch (result.kind) {
    case 'message':
      return classifyGrpcResponse(result.message, sent);
    case 'status':
      return classifyGrpcStatus(result.status, sent);
    case 'aborted': {
      const { reason, message } = abortFailure(signal, sent.label);
      return retry(reason, { detail: message });
    }
    case 'oversize':
      return delivered({
        warning: `response_unreadable: ${sent.label} answered with a message larger than max_response_bytes`,
      });
  }
}

interface Open {
  readonly connection: GrpcConnection;
  readonly label: string;
  readonly scrub: (text: string) => string;
}

async function connect(where: GrpcExporterTarget): Promise<Open> {
  const { config, endpoint, options, load } = where;
  const target = grpcTarget(endpoint, config.tls?.insecure);
  if (target === undefined) throw new TypeError('the endpoint is no gRPC endpoint');
  const grpc = load === undefined ? await loadGrpcJs() : libraryOf(await load());
  const metadata = withUserinfo(target, where.metadata);
  const connection = new GrpcConnection(grpc, {
    ...options,
    target,
    metadata,
    tls: config.tls_skip_verify ? { ...config.tls, skip_verify: true } : config.tls,
    gzip: config.compression === 'gzip' || config.compression === true,
    proxy: config.proxy?.reveal() !== 'none',
    maxResponseBytes: config.max_response_bytes,
  });
  return { connection, label: target.label, scrub: secretScrubber(metadata) };
}

/** A preset hands over what its `import` gave, which for CommonJS is a namespace with the module as `default`. */
function libraryOf(loaded: object): GrpcJs {
  return ('default' in loaded ? loaded.default : loaded) as GrpcJs;
}

function withUserinfo({ userinfo }: GrpcTarget, metadata: Readonly<Record<string, string>>): Record<string, string> {
  if (userinfo === undefined) return { ...metadata };
  const colon = userinfo.indexOf(':');
  return mergeHeaders({ authorization: basicAuth(userinfo.slice(0, colon), userinfo.slice(colon + 1)) }, metadata);
}

function messageOf(body: HttpBody): Buffer {
  const request: RequestBody = typeof body === 'object' && 'body' in body ? body.body : body;
  if (typeof request === 'string') return Buffer.from(request);
  if (request instanceof Uint8Array) return Buffer.from(request.buffer, request.byteOffset, request.length);
  return Buffer.concat(request);
}
