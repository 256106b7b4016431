/** One instance and signal: an encoder and the reader of answers, joined over HTTP. */
import {
  createHttpExporter,
  type HttpEncoder,
  type HttpExporterOptions,
  type HttpResult,
  mergeHeaders,
  probe,
  type SentAbout,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult, Outcome } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { checkConfig } from './check.ts';
import { readAnswer, requestIdOf } from './classify.ts';
import { fields, type NewrelicConfig, type Protocol } from './config.ts';
import { logsEncoder } from './encode-logs.ts';
import { metricsEncoder } from './encode-metrics.ts';
import { encodeOtlp } from './encode-otlp.ts';
import { tracesEncoder } from './encode-traces.ts';
import { MAX_ITEM_BYTES, MAX_SENT_BYTES } from './json-request.ts';
import { type Losses, remarkOn } from './losses.ts';
import { MAX_AGE_MS } from './point-problem.ts';
import { keyOf, regionalUrl, regionOf, targetOf } from './target.ts';

/** All of the exporter that does not depend on an instance. */
export const httpExporter: HttpExporterOptions<NewrelicConfig> = {
  type: 'newrelic',
  description: 'Sends metrics, logs and traces to New Relic: OTLP, and its own ingest APIs.',
  signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  reads: 'records',
  limits: (_config, signal) => (signal === 'metrics' ? { maxAgeMs: MAX_AGE_MS } : {}),
  config: { properties: fields },
  check: checkConfig,
  url: (config, signal) => targetOf(config, signal).url,
  headers: (config, signal) => headersOf(config, signal, targetOf(config, signal).protocol),
  encode: {},
};

function headersOf(config: NewrelicConfig, signal: Signal, protocol: Protocol): Record<string, string> {
  const key = { 'api-key': keyOf(config)?.key ?? '' };
  if (protocol === 'otlp') return { ...key, 'content-type': 'application/x-protobuf' };
  const format = signal === 'traces' ? { 'data-format': 'newrelic', 'data-format-version': '1' } : {};
  return { ...key, ...format, 'content-type': 'application/json' };
}

export function createExporter(config: NewrelicConfig, context: ExporterContext): Exporter {
  const { dataSignal: signal, logger } = context;
  const { protocol, url } = targetOf(config, signal);
  const size = new RequestSize(config);
  const http = createHttpExporter<NewrelicConfig>(
    {
      ...httpExporter,
      encode: encodersFor(config, protocol, size.largest),
      client: () => ({
        maxBodyBytes: MAX_SENT_BYTES,
        ...(protocol === 'api' && config.compression === 'zstd' && { compression: 'gzip' as const }),
      }),
      classify: (result, about) => {
        const request = requestIdOf(result);
        if (request !== undefined) logger.debug(`New Relic has taken ${signal}`, { request });
        return classifyWith(result, about, { config, protocol, size });
      },
    },
    config,
    context,
  );
  return {
    ...http,
    start: async () => {
      await http.start?.();
      logger.info(`sends ${signal} to ${url}`, { region: regionOf(config), protocol });
    },
  };
}

function encodersFor(
  config: NewrelicConfig,
  protocol: Protocol,
  largest: number,
): HttpExporterOptions<NewrelicConfig>['encode'] {
  const { environment, flush_interval: flushInterval } = config;
  const bytes = (mode: unknown): number => (typeof mode === 'number' ? mode : largest);
  const otlp = <S extends Signal>(): HttpEncoder<S> => {
    return (batch, context) => encodeOtlp(batch, context, environment, bytes(context.mode));
  };
  if (protocol === 'otlp') return { traces: otlp<'traces'>, metrics: otlp<'metrics'>, logs: otlp<'logs'> };
  const [traces, metrics, logs] = [
    tracesEncoder(environment),
    metricsEncoder(environment, flushInterval),
    logsEncoder(environment),
  ];
  return {
    traces: () => (batch, context) => traces(batch, context, bytes(context.mode)),
    metrics: () => (batch, context) => metrics(batch, context, bytes(context.mode)),
    logs: () => (batch, context) => logs(batch, context, bytes(context.mode)),
  };
}

interface Instance {
  readonly config: NewrelicConfig;
  readonly protocol: Protocol;
  readonly size: RequestSize;
}

function classifyWith(
  result: HttpResult,
  { signal, payload, attempt }: SentAbout<NewrelicConfig>,
  { config, protocol, size }: Instance,
): Outcome {
  const { body, losses } = payload.body as { readonly body: Uint8Array; readonly losses: Losses };
  const sent = { signal, items: payload.items, protocol, region: regionOf(config), bytes: body.length, attempt };
  const outcome = readAnswer(result, sent);
  if (outcome.split?.reason === 'too_large') return { ...outcome, mode: size.tooLarge(body.length) };
  if (outcome.retry !== undefined || outcome.dropped !== undefined) return outcome;
  const mode = size.taken();
  const warning = outcome.warning ?? remarkOn(losses);
  return { ...(mode !== undefined && { mode }), ...(warning !== undefined && { warning }) };
}

/**
 * How large requests may be before compression, so that they are below the limit after it: how well data can be
 * compressed shows only when it is.
 */
class RequestSize {
  readonly largest: number;
  #current: number;

  constructor({ compression, max_request_bytes: configured }: NewrelicConfig) {
    const plain = compression === false || compression === 'none';
    this.largest = plain ? Math.min(configured, MAX_ITEM_BYTES) : configured;
    this.#current = this.largest;
  }

  /** The size from now on. */
  tooLarge(bytes: number): number {
    this.#current = Math.min(this.#current, Math.max(Math.floor(bytes / 2), SMALLEST));
    return this.#current;
  }

  /** The size from now on, where it has changed. */
  taken(): number | undefined {
    if (this.#current === this.largest) return undefined;
    this.#current = Math.min(this.largest, Math.floor(this.#current * GROWTH));
    return this.#current;
  }
}

const SMALLEST = 100_000;
const GROWTH = 1.1;

/** An empty OTLP request: who takes it is there, and takes the key. */
export function healthcheck(config: NewrelicConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const own = targetOf(config, 'metrics');
  const url = own.protocol === 'otlp' ? own.url : regionalUrl(config, 'metrics', 'otlp');
  const headers = mergeHeaders(headersOf(config, 'metrics', 'otlp'), config.headers);
  return probe(config, { url, headers, body: '' }, { signal });
}
