/** One instance for one signal: the encoder of its route, and HTTP with the two fallbacks that Dynatrace needs. */
import {
  createHttpExporter,
  describe,
  type HttpEncoder,
  type HttpExporterOptions,
  type HttpMessage,
} from '@telemetryflow/http';
import { type Exporter, type ExporterContext, type Outcome, type Payload, retry } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { authorizationOf } from './authorization.ts';
import { checkConfig } from './check.ts';
import { classifyAnswer } from './classify.ts';
import { type DynatraceConfig, fields, type Route, routeOf } from './config.ts';
import { logsEncoder } from './encode-logs.ts';
import { type MetricsMode, metricsEncoder } from './encode-metrics.ts';
import { encodeOtlp, encodeOtlpMetrics } from './encode-otlp.ts';
import { isOneAgent, urlOf } from './endpoint.ts';
import type { MetricsMessage } from './line-request.ts';
import { MetricNotices } from './notices.ts';

const CONTENT_TYPES: Readonly<Record<Route, string>> = {
  mint: 'text/plain; charset=utf-8',
  api: 'application/json; charset=utf-8',
  otlp: 'application/x-protobuf',
};
/** Dynatrace keeps 20,000 metric keys; more are described again. */
const MAX_DESCRIBED = 20_000;

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<DynatraceConfig> = {
  type: 'dynatrace',
  description: 'Sends metrics, logs and traces to Dynatrace: its ingest APIs and OTLP.',
  signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  reads: (config, signal) => (signal === 'metrics' || routeOf(config, signal) === 'api' ? 'records' : 'otlp'),
  config: { properties: fields },
  check: checkConfig,
  url: urlOf,
  headers: (config, signal) => ({
    // A OneAgent on the same host needs no token and is not to see one.
    authorization: isOneAgent(urlOf(config, signal)) ? '' : authorizationOf(config),
    'content-type': CONTENT_TYPES[routeOf(config, signal)],
  }),
  encode: {
    traces: () => encodeOtlp as HttpEncoder<'traces'>,
    metrics: (config) => (config.metrics_protocol === 'otlp' ? encodeOtlpMetrics : metricsEncoder(config)),
    logs: (config) => (config.logs_protocol === 'otlp' ? (encodeOtlp as HttpEncoder<'logs'>) : logsEncoder()),
  },
};

export function createExporter(config: DynatraceConfig, context: ExporterContext): Exporter {
  const signal = context.dataSignal;
  const route = routeOf(config, signal);
  const described = new Described();
  const notices = new MetricNotices(context);
  let compress = isCompressed(config, signal);

  const exporterWith = (compression: 'gzip' | 'none'): ReturnType<typeof createHttpExporter> =>
    createHttpExporter<DynatraceConfig>(
      {
        ...httpExporter,
        client: () => ({ compression }),
        classify: (result, { payload: { items, body }, attempt }) => {
          if (compression === 'gzip' && result.kind === 'response' && result.status === 415) {
            compress = false;
            const detail = describe(result, 'from now on bodies are not compressed');
            return { ...retry('unsupported', { detail }), warning: detail };
          }
          if (route === 'mint') notices.sentAgain(result, body as MetricsMessage);
          return classifyAnswer(result, { route, signal, items, attempt });
        },
      },
      config,
      context,
    );
  const plain = exporterWith('none');
  const compressing = exporterWith('gzip');
  return {
    encode: plain.encode,
    release: (payload) => plain.release?.(payload as Payload<HttpMessage>),
    start: async () => (compress ? compressing : plain).start?.(),
    stop: async () => {
      await plain.stop?.();
      await compressing.stop?.();
    },
    send: async (payload, send) => {
      if (route === 'mint' && send.attempt === 1) notices.sending(payload.body as MetricsMessage);
      const outcome = await (compress ? compressing : plain).send(payload as Payload<HttpMessage>, send);
      return route === 'mint' ? described.after(outcome, payload.body as MetricsMessage) : outcome;
    },
  };
}

function isCompressed(config: DynatraceConfig, signal: Signal): boolean {
  if (isOneAgent(urlOf(config, signal))) return false;
  if (routeOf(config, signal) === 'mint') return config.metrics_compression === 'gzip';
  return config.compression === true || config.compression === 'gzip';
}

/** Keys whose unit and description have arrived: the encoder leaves them out from then on. */
class Described {
  #keys: ReadonlySet<string> = new Set();

  after(outcome: Outcome, { describes }: MetricsMessage): Outcome {
    if (outcome.retry !== undefined || outcome.split !== undefined || describes.length === 0) return outcome;
    this.#keys = new Set(this.#keys.size < MAX_DESCRIBED ? [...this.#keys, ...describes] : describes);
    const mode: MetricsMode = { described: this.#keys };
    return { ...outcome, mode };
  }
}
