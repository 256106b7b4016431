/** One instance: an encoder and the reader of answers joined over HTTP. */
import { hostname } from 'node:os';
import {
  Bisection,
  createHttpExporter,
  type HttpEncoder,
  type HttpExporterOptions,
  mergeHeaders,
  probe,
  userAgent,
} from '@telemetryflow/http';
import type {
  Batch,
  EncodeContext,
  Encoded,
  Exporter,
  ExporterContext,
  HealthcheckResult,
  Outcome,
  Payload,
  SendOptions,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { checkConfig } from './check.ts';
import { classifyDatadog } from './classify.ts';
import { type DatadogConfig, fields, isSent, metricsSettings } from './config.ts';
import { destinationOf, isAgent, isLegacySeries, isOtlp, validateUrl } from './destination.ts';
import { agentEncoder } from './encode-agent.ts';
import { logsEncoder } from './encode-logs.ts';
import { MAX_SENT_BYTES, metricsEncoder } from './encode-metrics.ts';
import { otlpEncoder } from './encode-otlp.ts';
import type { DatadogMessage } from './message.ts';

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<DatadogConfig> = {
  type: 'datadog',
  description: 'Sends metrics, logs and traces to Datadog without an agent.',
  signals: { metrics: 'beta', logs: 'beta', traces: 'beta' },
  reads: (config, signal) =>
    signal !== 'metrics' && isOtlp(destinationOf(config, signal).protocol) ? 'otlp' : 'records',
  config: { properties: fields, required: ['api_key'] },
  check: checkConfig,
  url: (config, signal) => destinationOf(config, signal).url,
  headers: headersOf,
  encode: {},
};

function headersOf(config: DatadogConfig, signal: Signal): Record<string, string> {
  const { protocol, url } = destinationOf(config, signal);
  if (protocol === 'agent') return { 'content-type': 'application/x-protobuf' };
  if (protocol === 'agent_v04') return AGENT_HEADERS;
  const key = { 'dd-api-key': config.api_key.reveal() };
  if (protocol === 'api') return { ...key, 'content-type': contentType(config, signal, url) };
  return { ...key, 'content-type': 'application/x-protobuf', ...otlpHeaders(config, signal) };
}

/** What the Agent wants to know of a tracer; and without the last one it answers 200 to what it throws away. */
const AGENT_HEADERS = {
  'content-type': 'application/msgpack',
  'datadog-meta-lang': 'nodejs',
  'datadog-meta-lang-version': process.versions.node,
  'datadog-meta-lang-interpreter': 'v8',
  'datadog-meta-tracer-version': userAgent(),
  'datadog-send-real-http-status': 'true',
};

function contentType(config: DatadogConfig, signal: Signal, url: string): string {
  if (signal === 'logs') return 'application/json';
  if (isLegacySeries(url)) return 'text/json';
  return config.encoding === 'json' ? 'application/json' : 'application/x-protobuf';
}

/** How the OTLP intake is told what the other intakes are told by the shape of the data. */
function otlpHeaders(config: DatadogConfig, signal: Signal): Record<string, string> {
  if (signal === 'logs') return {};
  // Without it no trace metrics are computed, and the pages of the services stay empty.
  if (signal === 'traces') return { compute_stats: 'true' };
  const settings = metricsSettings(config);
  return {
    'dd-otel-metric-config': JSON.stringify({
      resource_attributes_as_tags: settings.resource_attributes_as_tags,
      instrumentation_scope_metadata_as_tags: settings.instrumentation_scope_metadata_as_tags,
      histograms: { mode: settings.histograms, send_aggregation_metrics: settings.send_aggregation_metrics },
      summaries: { mode: settings.summaries },
    }),
  };
}

const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces'];

type Encode = (batch: Batch, context: EncodeContext) => Generator<Encoded<DatadogMessage>>;

function encoderOf(config: DatadogConfig, signal: Signal): Encode {
  const machine = hostname();
  const { protocol } = destinationOf(config, signal);
  if (protocol === 'agent_v04') return agentEncoder(config, machine);
  if (protocol !== 'api') return otlpEncoder(config, machine);
  return (signal === 'logs' ? logsEncoder(config, machine) : metricsEncoder(config, machine)) as Encode;
}

export function createExporter(config: DatadogConfig, context: ExporterContext): Exporter {
  const { dataSignal: signal } = context;
  const { protocol } = destinationOf(config, signal);
  const encode = encoderOf(config, signal);
  const bisection = new Bisection();
  const http = createHttpExporter<DatadogConfig>(
    {
      ...httpExporter,
      // The messages of this exporter are sent one request at a time, see `send`.
      encode: { [signal]: () => encode as unknown as HttpEncoder<Signal> },
      method: protocol === 'agent_v04' ? 'PUT' : 'POST',
      client: () => ({
        ...(signal === 'metrics' && { maxBodyBytes: MAX_SENT_BYTES }),
        ...(protocol === 'agent_v04' && { compression: 'none' }),
      }),
      classify: (result, { payload }) => {
        const { batchId, items } = payload as SingleRequest;
        return classifyDatadog(result, { signal, protocol, items, batchId }, bisection);
      },
    },
    config,
    context,
  );
  return {
    ...http,
    encode,
    send: (payload, options) => sendAll(http, payload as Payload<DatadogMessage>, options),
    release: (payload) => {
      for (const body of (payload as Payload<DatadogMessage>).body.requests) http.release?.({ ...payload, body });
    },
  };
}

/** A payload of one request, as the HTTP exporter takes it. */
interface SingleRequest extends Payload {
  readonly batchId: string;
}

/**
 * One attempt. The second request of a message goes out only when the first was taken; when it fails, both are sent
 * again, and the first overwrites itself.
 */
async function sendAll(
  http: Exporter,
  { body, ...rest }: Payload<DatadogMessage>,
  options: SendOptions,
): Promise<Outcome> {
  let outcome: Outcome = {};
  for (const request of body.requests) {
    const single: SingleRequest = { ...rest, body: request, batchId: body.batchId };
    const next = await http.send(single, options);
    outcome = {
      ...next,
      ...(outcome.dropped !== undefined && next.dropped === undefined && { dropped: outcome.dropped }),
    };
    if (!isTaken(next)) break;
  }
  if (body.warning === undefined || !isTaken(outcome)) return outcome;
  return { ...outcome, warning: outcome.warning === undefined ? body.warning : `${body.warning}; ${outcome.warning}` };
}

/** The request has arrived, though not all in it may have been good. */
function isTaken({ retry, split, dropped = [] }: Outcome): boolean {
  return retry === undefined && split === undefined && dropped.every(({ items }) => typeof items === 'number');
}

/** Asks whether the key is valid, or whether the Agent is there where all goes to one. */
export function healthcheck(config: DatadogConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const sent = SIGNALS.filter((each) => isSent(config, each));
  const [agent, ...others] = sent
    .map((each) => destinationOf(config, each))
    .filter(({ protocol }) => isAgent(protocol));
  if (agent === undefined || others.length + 1 < sent.length) {
    const headers = mergeHeaders({ 'dd-api-key': config.api_key.reveal() }, config.headers);
    const hints = { 403: 'the key is not valid at this site' };
    return probe(config, { method: 'GET', url: validateUrl(config), headers }, { signal, hints });
  }
  if (agent.protocol === 'agent') {
    const headers = mergeHeaders({ 'content-type': 'application/x-protobuf' }, config.headers);
    return probe(config, { url: agent.url, headers, body: '' }, { signal });
  }
  // Old ones do not have the page, but are there.
  const ok = (status: number): boolean => status === 200 || status === 404;
  const url = new URL('/info', agent.url).href;
  return probe(config, { method: 'GET', url, headers: mergeHeaders(config.headers) }, { signal, ok });
}
