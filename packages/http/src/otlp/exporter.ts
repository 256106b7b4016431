/**
 * `defineOtlpExporter`: an OTLP backend as a preset. The preset says where it is and how it authenticates; endpoint
 * rules, encodings, splitting and answers are the protocol's and live here.
 */
import {
  type Batch,
  defineExporter,
  type ExporterDefinition,
  type FieldSchema,
  type HealthcheckResult,
  type ObjectSchema,
  type Outcome,
  type Problem,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { ClassifyRules } from '../classify.ts';
import { describe } from '../classify.ts';
import { createHttpClient } from '../client.ts';
import {
  checkHttpExporter,
  createHttpExporter,
  type HttpEncoder,
  type HttpExporterOptions,
  isOff,
} from '../exporter.ts';
import { type HeaderValues, mergeHeaders } from '../headers.ts';
import { clientOptions, httpOptionsSchema } from '../options.ts';
import type { HttpResponse, HttpResult } from '../result.ts';
import { classifyOtlp, type OtlpSent } from './classify.ts';
import { encodeOtlpJson, encodeOtlpPieces, encodeOtlpProto } from './encode.ts';
import { checkOtlpEndpoint, type OtlpEndpoints, otlpUrl } from './endpoint.ts';
import { checkGrpc, grpcEndpoint } from './grpc/check.ts';
import { checkGrpcHealth, createGrpcExporter, type GrpcExporterTarget, type OtlpGrpcSupport } from './grpc/exporter.ts';
import { checkGrpcInstalled } from './grpc/load.ts';
import { type OtlpConfig, otlpOptionsSchema, otlpWire } from './options.ts';

/** Schemas of a preset's own fields, and of shared ones that differ (another default, a description). */
export type OtlpExporterFields<C extends OtlpConfig> = {
  readonly [K in Exclude<keyof C, keyof OtlpConfig>]-?: FieldSchema;
} & { readonly [K in keyof OtlpConfig]?: FieldSchema };

/** What `defineOtlpExporter` is told about a backend that takes OTLP. */
export interface OtlpExporterOptions<C extends OtlpConfig>
  extends Pick<
    ExporterDefinition<C>,
    | 'module'
    | 'type'
    | 'aliases'
    | 'description'
    | 'starter'
    | 'enabledSignals'
    | 'temporality'
    | 'limits'
    | 'ordered'
    | 'concurrency'
  > {
  /** Default: all three, stable. */
  readonly signals?: ExporterDefinition<C>['signals'];
  /** Which face `prepare` wants; default: the bytes, for JSON too. */
  readonly reads?: (config: C, signal: Signal) => 'records' | 'otlp';
  readonly config: {
    readonly properties: OtlpExporterFields<C>;
    readonly required?: readonly (keyof C & string)[];
  };
  check?(config: C): readonly Problem[];
  /** Where requests go; default: the configured endpoints. */
  endpoints?(config: C): OtlpEndpoints;
  /** Authentication and what else the backend wants; the user's `headers` win. Empty values are left out. */
  headers?(config: C, signal: Signal): HeaderValues;
  /** An encoder instead of the protocol's plain one, for what the backend needs changed. It gets the plain one. */
  prepare?(config: C, signal: Signal, encode: OtlpEncode): OtlpEncode;
  /** What to do about refused credentials, over either protocol: which key of the backend is meant. */
  readonly authHint?: string;
  /** Exceptions to the answers of the protocol. */
  readonly classify?: ClassifyRules;
  /** Reads an HTTP answer that the protocol's way would misread; `undefined` leaves it to the protocol. */
  answer?(response: HttpResponse, sent: OtlpSent): Outcome | undefined;
  /** Offers `protocol: grpc`; without it the value is refused. */
  readonly grpc?: OtlpGrpcSupport<C>;
}

const ALL_SIGNALS: ExporterDefinition['signals'] = { traces: 'stable', metrics: 'stable', logs: 'stable' };

/** Turns a batch into OTLP requests. */
export type OtlpEncode = HttpEncoder<Signal>;

/**
 * An exporter definition for a backend that takes OTLP.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { defineOtlpExporter, type OtlpConfig, type OtlpExporterOptions } from '@telemetryflow/http';
 * import type { Secret } from '@telemetryflow/kernel';
 * import { fakeOtlp, recordsOf, throughPipeline } from '@telemetryflow/testkit';
 *
 * interface AcmeConfig extends OtlpConfig {
 *   readonly api_key?: Secret;
 * }
 * const preset: OtlpExporterOptions<AcmeConfig> = {
 *   type: 'acme',
 *   description: 'Sends telemetry to Acme over OTLP.',
 *   config: {
 *     properties: {
 *       endpoint: { type: 'string', format: 'url', default: 'https://otlp.acme.example', description: 'Base URL.' },
 *       api_key: { type: 'string', secret: true, description: 'API key.' },
 *     },
 *   },
 *   headers: ({ api_key }) => ({ 'x-acme-key': api_key ?? '' }),
 *   authHint: 'check api_key',
 * };
 * const acme = defineOtlpExporter(preset);
 *
 * const backend = await fakeOtlp();
 * await throughPipeline(acme, { endpoint: backend.url, api_key: 'k-4711' }, 'logs', recordsOf('logs', 3));
 * const [request] = backend.requests;
 * assert.deepEqual([request?.path, request?.headers['x-acme-key']], ['/v1/logs', 'k-4711']);
 * await backend.close();
 * ```
 */
export function defineOtlpExporter<C extends OtlpConfig>(preset: OtlpExporterOptions<C>): ExporterDefinition {
  const http = httpOptions(preset);
  const { required } = preset.config;
  return defineExporter<C>({
    type: preset.type,
    description: preset.description,
    signals: http.signals,
    reads: http.reads,
    ...(preset.module !== undefined && { module: preset.module }),
    ...(preset.aliases !== undefined && { aliases: preset.aliases }),
    ...(preset.starter !== undefined && { starter: preset.starter }),
    ...(preset.temporality !== undefined && { temporality: preset.temporality }),
    ...(preset.enabledSignals !== undefined && { enabledSignals: preset.enabledSignals }),
    ...(preset.limits !== undefined && { limits: preset.limits }),
    ...(preset.ordered !== undefined && { ordered: preset.ordered }),
    ...(preset.concurrency !== undefined && { concurrency: preset.concurrency }),
    config: {
      type: 'object',
      properties: http.config.properties,
      ...(required !== undefined && { required }),
    } as ObjectSchema<C>,
    check: (config) =>
      otlpWire(config).transport === 'http' ? checkHttpExporter(http, config) : checkGrpcPreset(preset, config),
    create: (config, context) => {
      const { dataSignal } = context;
      if (transportOf(preset, config, dataSignal) === 'http') return createHttpExporter(http, config, context);
      return createGrpcExporter(otlpEncoder(preset, config, dataSignal), whereTo(preset, config, dataSignal), context);
    },
    sendsTo(config, signal) {
      if (transportOf(preset, config, signal) === 'http') return [http.url(config, signal)];
      return [grpcEndpoint(preset.endpoints?.(config) ?? config, signal)];
    },
    healthcheck(config, { signal }) {
      const [first = 'traces'] = signalsOn(preset, config);
      if (transportOf(preset, config, first) === 'http') return healthcheck(preset, config, signal);
      return checkGrpcHealth(whereTo(preset, config, first), first, signal);
    },
  });
}

function transportOf<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C, signal: Signal): 'http' | 'grpc' {
  if (preset.grpc?.signals?.includes(signal) === false) return 'http';
  return otlpWire(config).transport;
}

/** The preset as an exporter over HTTP. */
function httpOptions<C extends OtlpConfig>(preset: OtlpExporterOptions<C>): HttpExporterOptions<C> {
  const encode = (signal: Signal) => (config: C) => otlpEncoder(preset, config, signal);
  return {
    type: preset.type,
    description: preset.description,
    signals: preset.signals ?? ALL_SIGNALS,
    reads: preset.reads ?? 'otlp',
    config: {
      properties: { ...httpOptionsSchema, ...otlpOptionsSchema, ...preset.config.properties },
    } as HttpExporterOptions<C>['config'],
    check: (config) => checkPreset(preset, config),
    url: (config, signal) => otlpUrl(preset.endpoints?.(config) ?? config, signal),
    headers: (config, signal) => ({
      'content-type': otlpWire(config).json ? 'application/json' : 'application/x-protobuf',
      ...mergeHeaders(preset.headers?.(config, signal)),
    }),
    encode: { traces: encode('traces'), metrics: encode('metrics'), logs: encode('logs') },
    // A preset's own encoder may keep what it likes.
    releasesBatches: preset.prepare === undefined,
    classify: (result, { signal, payload }) => outcomeFor(preset, result, { signal, items: payload.items }),
  };
}

function otlpEncoder<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C, signal: Signal): OtlpEncode {
  const maxBytes = config.max_request_bytes;
  const { json } = otlpWire(config);
  // A gRPC message is framed as one.
  const proto = transportOf(preset, config, signal) === 'http' ? encodeOtlpPieces : encodeOtlpProto;
  const plain: OtlpEncode = (batch: Batch) => (json ? encodeOtlpJson : proto)(batch, maxBytes);
  return preset.prepare?.(config, signal, plain) ?? plain;
}

function whereTo<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C, signal: Signal): GrpcExporterTarget {
  const { authHint } = preset;
  return {
    config,
    endpoint: grpcEndpoint(preset.endpoints?.(config) ?? config, signal),
    metadata: mergeHeaders(preset.headers?.(config, signal), config.headers),
    options: preset.grpc?.options?.(config) ?? {},
    load: preset.grpc?.load,
    rules: [...(preset.grpc?.rules ?? []), ...(authHint === undefined ? [] : [{ ...GRPC_AUTH, hint: authHint }])],
  };
}

const GRPC_AUTH = { code: [7, 16], verdict: { retry: 'auth' } } as const;
const HTTP_AUTH = { status: [401, 403], verdict: { retry: 'auth' } } as const;

function outcomeFor<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, result: HttpResult, sent: OtlpSent): Outcome {
  const own = result.kind === 'response' ? preset.answer?.(result, sent) : undefined;
  return own ?? classifyOtlp(result, sent, rulesOf(preset));
}

function rulesOf<C extends OtlpConfig>({ classify, authHint }: OtlpExporterOptions<C>): ClassifyRules {
  const auth = authHint === undefined ? [] : [{ ...HTTP_AUTH, hint: authHint }];
  return { rules: [...(classify?.rules ?? []), ...auth] };
}

function checkPreset<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C): readonly Problem[] {
  return [...(preset.check?.(config) ?? []), ...checkOtlpEndpoint(preset.endpoints?.(config) ?? config)];
}

function checkGrpcPreset<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C): readonly Problem[] {
  if (preset.grpc === undefined) {
    return [
      {
        path: ['protocol'],
        message: `the exporter ${preset.type} speaks OTLP over HTTP only`,
        hint: 'remove `protocol: grpc`, or use the exporter otlp_grpc',
      },
    ];
  }
  return [
    ...(preset.check?.(config) ?? []),
    ...(preset.grpc.load === undefined ? checkGrpcInstalled() : []),
    ...checkGrpc(
      config,
      preset.endpoints?.(config) ?? config,
      signalsOn(preset, config).filter((signal) => transportOf(preset, config, signal) === 'grpc'),
    ),
  ];
}

function signalsOn<C extends OtlpConfig>(preset: OtlpExporterOptions<C>, config: C): Signal[] {
  const all = Object.keys(preset.signals ?? ALL_SIGNALS) as Signal[];
  return [...(preset.enabledSignals?.(config) ?? all.filter((signal) => !isOff(config, signal)))];
}

/** An empty request is valid OTLP: a server that takes it is there, and takes our credentials. */
async function healthcheck<C extends OtlpConfig>(
  preset: OtlpExporterOptions<C>,
  config: C,
  abort: AbortSignal,
): Promise<HealthcheckResult> {
  const http = httpOptions(preset);
  const [signal = 'traces'] = signalsOn(preset, config);
  const client = createHttpClient(clientOptions(config));
  try {
    const result = await client.request({
      url: http.url(config, signal),
      headers: mergeHeaders(http.headers?.(config, signal), config.headers),
      body: otlpWire(config).json ? '{}' : '',
      signal: abort,
    });
    if (result.kind === 'failure') return { ok: false, message: result.message };
    const refusal = detailOf(outcomeFor(preset, result, { signal, items: NO_ITEMS }));
    return { ok: refusal === undefined, message: refusal ?? describe(result) };
  } finally {
    client.close();
  }
}

const NO_ITEMS = { from: 0, to: 0 } as const;

/** Why an outcome is no delivery. */
function detailOf({ retry, dropped, split }: Outcome): string | undefined {
  return retry?.detail ?? dropped?.[0]?.detail ?? split?.detail;
}
