/** One instance: encoders, reader of answers and acknowledgements joined over HTTP. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  clientOptions,
  createHttpClient,
  createHttpExporter,
  describe,
  type HttpBody,
  type HttpClient,
  type HttpExporterOptions,
  isOff,
  mergeHeaders,
} from '@telemetryflow/http';
import {
  type Clock,
  type Exporter,
  type ExporterContext,
  type HealthcheckResult,
  type Outcome,
  type Payload,
  retry,
} from '@telemetryflow/kernel';
import { Acks } from './acks.ts';
import { readAnswer } from './answer.ts';
import { checkConfig } from './check.ts';
import { AnswerReader } from './classify.ts';
import { fields, type SplunkConfig, sendsRealMetrics, urlsOf } from './config.ts';
import { logsEncoder } from './encode-logs.ts';
import { metricEventsEncoder } from './encode-metric-events.ts';
import { metricsEncoder } from './encode-metrics.ts';
import { tracesEncoder } from './encode-traces.ts';

const HEALTHY = 17;
const NO_DATA = 5;
const NOT_ASKED = 'ack.mode is require, but the token has no indexer acknowledgement';

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<SplunkConfig> = {
  type: 'splunk',
  description: 'Sends logs and metrics to the HTTP Event Collector of Splunk.',
  signals: { metrics: 'beta', logs: 'beta', traces: 'alpha' },
  reads: 'records',
  config: { properties: fields, required: ['endpoint', 'token'] },
  check: checkConfig,
  url: (config) => urlsOf(config.endpoint)?.event ?? '',
  encode: {
    logs: (config) => logsEncoder(config, hostname()),
    metrics: (config) =>
      sendsRealMetrics(config, isOff(config, 'logs'))
        ? metricsEncoder(config, hostname())
        : metricEventsEncoder(config, hostname()),
    traces: (config) => tracesEncoder(config, hostname()),
  },
};

/** Tokens with acknowledgement demand a channel; others ignore it. */
function headers({ token }: SplunkConfig, channel: string): Record<string, string> {
  return {
    authorization: `Splunk ${token.reveal()}`,
    'content-type': 'application/json',
    'x-splunk-request-channel': channel,
  };
}

function clientOf(config: SplunkConfig, channel: string): HttpClient {
  return createHttpClient({
    ...clientOptions(config),
    headers: mergeHeaders(headers(config, channel), config.headers),
  });
}

export function createExporter(config: SplunkConfig, context: ExporterContext): Exporter {
  const channel = randomUUID();
  const reader = new AnswerReader();
  const asked = new WeakMap<Payload, number>();
  const http = createHttpExporter<SplunkConfig>(
    {
      ...httpExporter,
      headers: () => headers(config, channel),
      classify(result, { payload }) {
        const outcome = reader.read(result, payload);
        const ackId = result.kind === 'response' ? readAnswer(result.body).ackId : undefined;
        if (isDelivered(outcome) && ackId !== undefined) asked.set(payload, ackId);
        return outcome;
      },
    },
    config,
    context,
  );
  if (config.ack.mode === 'off') return http;

  const client = clientOf(config, channel);
  const { ack: url = '' } = urlsOf(config.endpoint) ?? {};
  const acks = new Acks({
    client,
    url: `${url}?channel=${channel}`,
    pollMs: config.ack.poll_interval,
    timeoutMs: config.ack.timeout,
    clock: context.clock,
  });
  return {
    ...http,
    async stop() {
      acks.stop();
      client.close();
      await http.stop?.();
    },
    async send(payload, options) {
      const outcome = await within(config.timeout, context.clock, options.signal, (signal) =>
        http.send(payload as Payload<HttpBody>, { ...options, signal }),
      );
      const ackId = asked.get(payload);
      asked.delete(payload);
      if (!isDelivered(outcome)) return outcome;
      if (ackId !== undefined) return acks.confirmation(ackId, options.signal);
      return config.ack.mode === 'require' ? { warning: NOT_ASKED, ...outcome } : outcome;
    },
  };
}

function isDelivered({ dropped, retry: again, split }: Outcome): boolean {
  return dropped === undefined && again === undefined && split === undefined;
}

/** The request alone within `timeout`: the attempt also waits for its confirmation. */
async function within(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const limit = new AbortController();
  const timer = clock.setTimeout(() => limit.abort(), ms);
  const cut = (): void => limit.abort();
  signal.addEventListener('abort', cut);
  if (signal.aborted) cut();
  try {
    const outcome = await send(limit.signal);
    const late = limit.signal.aborted && !signal.aborted && outcome.retry !== undefined;
    return late ? retry('timeout', { detail: `no answer within ${ms} ms` }) : outcome;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', cut);
  }
}

/** Asks for the state of the collector, then whether it knows the token: an empty request reveals it. */
export async function healthcheck(config: SplunkConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const urls = urlsOf(config.endpoint);
  const client = clientOf(config, randomUUID());
  try {
    const health = await client.request({ method: 'GET', url: urls?.health ?? '', signal });
    if (health.kind === 'failure') return { ok: false, message: health.message };
    if (health.status !== 200 || (readAnswer(health.body).code ?? HEALTHY) !== HEALTHY) {
      return { ok: false, message: describe(health) };
    }
    const empty = await client.request({ url: urls?.event ?? '', body: '', signal });
    if (empty.kind === 'failure') return { ok: false, message: empty.message };
    const known = readAnswer(empty.body).code === NO_DATA;
    return { ok: known, message: known ? `${empty.url} knows the token` : describe(empty) };
  } finally {
    client.close();
  }
}
