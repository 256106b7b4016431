/** One instance and signal: the encoder of its route and the reader of answers, joined over HTTP. */
import { hostname } from 'node:os';
import {
  createHttpExporter,
  encodeOtlpProto,
  type HttpEncoder,
  type HttpExporterOptions,
  mergeHeaders,
  type OtlpEncode,
  probe,
} from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult, Outcome } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { readAnswer } from './classify.ts';
import { fields, type InstanaConfig } from './config.ts';
import { eventsEncoder } from './encode-events.ts';
import { otlpEncoder } from './encode-otlp.ts';
import { processesEncoder } from './encode-processes.ts';
import { type SpansMessage, tracesEncoder } from './encode-traces.ts';
import { isAgentUrl } from './endpoint.ts';
import { hostHeader } from './host.ts';
import { signalsOf, type Target, targetOf } from './target.ts';

/** Of an OTLP request, before compression. */
const MAX_OTLP_BYTES = 4_000_000;

/** All of the exporter that does not depend on an instance. */
export const httpExporter: HttpExporterOptions<InstanaConfig> = {
  type: 'instana',
  description: 'Sends traces, metrics and logs to IBM Instana: its own span API and OTLP.',
  signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  enabledSignals: signalsOf,
  reads: (config, signal) => (targetOf(config, signal).route === 'otlp' && signal !== 'logs' ? 'otlp' : 'records'),
  // Snapshots hold CPU time since the last one.
  temporality: (config, signal) => (targetOf(config, signal).route === 'plugins' ? 'delta' : 'as_is'),
  limits: ({ max_metric_age: maxAgeMs }, signal) => (signal === 'metrics' && maxAgeMs > 0 ? { maxAgeMs } : {}),
  // Each new connection makes a host agent look for the process behind it.
  concurrency: (config, signal) => (targetOf(config, signal).route === 'events' ? 1 : 4),
  config: { properties: fields },
  url: (config, signal) => targetOf(config, signal).url,
  headers: (config, signal) => headersOf(config, targetOf(config, signal)),
  encode: {},
};

function headersOf({ agent_key: key }: InstanaConfig, { route, url }: Target): Record<string, string> {
  return {
    'content-type': route === 'otlp' ? 'application/x-protobuf' : 'application/json',
    // A host agent needs no key and is not to see one.
    'x-instana-key': route === 'events' || isAgentUrl(url) ? '' : (key?.reveal() ?? ''),
  };
}

export function createExporter(config: InstanaConfig, context: ExporterContext): Exporter {
  const signal = context.dataSignal;
  const target = targetOf(config, signal);
  if (target.route === 'none') return withoutEndpoint(config, context);
  const encoder = encoderOf(config, signal, target);
  const http = createHttpExporter<InstanaConfig>(
    {
      ...httpExporter,
      encode: { [signal]: () => encoder },
      client: () => (target.route === 'otlp' ? {} : { compression: 'none' }),
      classify: (result, { payload }) => {
        const outcome = readAnswer(result, { target, signal, items: payload.items });
        return target.route === 'native' ? withRemark(outcome, payload.body as SpansMessage) : outcome;
      },
    },
    config,
    context,
  );
  return {
    ...http,
    start: async () => {
      await http.start?.();
      context.logger.info(`sends ${signal} to ${target.url}`, { format: target.route });
    },
  };
}

function encoderOf(config: InstanaConfig, signal: Signal, { route }: Target): HttpEncoder<Signal> {
  const hostId = hostIdOf(config);
  if (route === 'native') return tracesEncoder(config, hostId) as HttpEncoder<Signal>;
  if (route === 'plugins') return processesEncoder(config, hostId) as HttpEncoder<Signal>;
  if (route === 'events') return eventsEncoder(config) as HttpEncoder<Signal>;
  const plain: OtlpEncode = (batch) => encodeOtlpProto(batch, MAX_OTLP_BYTES);
  return otlpEncoder(config, signal, hostId, plain);
}

function hostIdOf({ host_id: own }: InstanaConfig): string {
  return own === '' ? hostname() : own;
}

function withRemark(outcome: Outcome, { cut }: SpansMessage): Outcome {
  if (cut === 0 || outcome.retry !== undefined || outcome.dropped !== undefined || outcome.split !== undefined) {
    return outcome;
  }
  return { ...outcome, warning: outcome.warning ?? `the texts of ${cut} spans were cut to 8 kB: larger than 4.5 MB` };
}

/** Nothing says where this signal goes: it is dropped and counted, and the other signals go on. */
function withoutEndpoint(config: InstanaConfig, { dataSignal: signal, logger }: ExporterContext): Exporter {
  const detail = `no_endpoint: no OTLP acceptor is known to belong to ${config.endpoint}; set instana.otlp_endpoint`;
  return {
    start: async () => logger.error(`${signal} will be dropped: ${detail}`),
    *encode(batch) {
      if (batch.count > 0) yield { dropped: { from: 0, to: batch.count }, reason: 'unsupported', detail };
    },
    send: async () => ({}),
  };
}

/** Routes that can be asked without leaving anything behind, the best answer first. */
const ASKED = ['otlp', 'native', 'plugins'] as const;
const EMPTY: Partial<Readonly<Record<Target['route'], string>>> = { native: '[]', plugins: '{"plugins":[]}' };

/** An empty request: who takes it is there, and takes the key. */
export async function healthcheck(config: InstanaConfig, abort: AbortSignal): Promise<HealthcheckResult> {
  const targets = signalsOf(config).map((signal) => targetOf(config, signal));
  const target = ASKED.map((asked) => targets.find(({ route }) => route === asked)).find(
    (found) => found !== undefined,
  );
  if (target === undefined) return { ok: true, message: 'a host agent has nothing to ask without leaving an event' };
  const { route, url } = target;
  const host = route === 'otlp' ? {} : { 'x-instana-host': hostHeader(hostIdOf(config)) };
  const headers = mergeHeaders(headersOf(config, target), config.headers, host);
  return probe(config, { url, headers, body: EMPTY[route] ?? '' }, { signal: abort });
}
