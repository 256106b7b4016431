/** One instance: encoder, session and HTTP exporter joined. */
import { basicAuth, createHttpExporter, type HttpExporterOptions, type HttpMessage } from '@telemetryflow/http';
import type {
  Batch,
  EncodeContext,
  Encoded,
  Exporter,
  ExporterContext,
  Payload,
  Undeliverable,
} from '@telemetryflow/kernel';
import {
  type BlockCompressor,
  compressBlock,
  loadCompressor,
  type MetricsDrop,
  type MetricsEncodeContext,
  MetricsEncoder,
  type MetricsEncoderOptions,
  type MetricsRequest,
  REFUSAL_REASONS,
  REQUEST_HEADERS,
} from '@telemetryflow/remote-write';
import { checkConfig } from './check.ts';
import { classifyAnswer } from './classify.ts';
import { credentials, fields, isOtlp, type PrometheusConfig } from './config.ts';
import { otlpUrl, writeUrl } from './endpoint.ts';
import { type SentRequest, Session } from './session.ts';

/** What Prometheus' own sender puts into one request at most; larger ones only make a refusal dearer. */
const MAX_SAMPLES = 2000;

/** A remote write request on its way. */
interface WriteMessage extends HttpMessage {
  readonly request: SentRequest;
  readonly attempt: number;
}

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<PrometheusConfig> = {
  type: 'prometheus',
  aliases: ['prometheus_remote_write', 'prometheusremotewrite'],
  description: 'Sends metrics by Prometheus remote write 1.0 or 2.0, or by OTLP.',
  signals: { metrics: 'beta' },
  reads: 'records',
  temporality: (config) => (config.delta === 'accumulate' ? 'cumulative' : 'as_is'),
  ordered: true,
  config: { properties: fields, required: ['endpoint'] },
  check: checkConfig,
  url: (config) => (isOtlp(config) ? (otlpUrl(config.endpoint) ?? '') : writeUrl(config.endpoint)),
  headers: (config) => {
    const basic = credentials(config);
    const bearer = config.bearer_token;
    return {
      ...(basic !== undefined && { authorization: basicAuth(basic.user, basic.password?.reveal() ?? '') }),
      ...(bearer !== undefined && !bearer.empty && { authorization: `Bearer ${bearer.reveal()}` }),
      ...(config.tenant_id !== undefined && { 'x-scope-orgid': config.tenant_id }),
    };
  },
  client: (config) => ({ compression: 'none', tls: tlsOf(config) }),
  encode: {},
};

/** The TLS options with the flat ones put in. */
export function tlsOf(config: PrometheusConfig): PrometheusConfig['tls'] {
  const { tls_ca_file, tls_cert_file, tls_key_file, tls_skip_verify } = config;
  return {
    ...(tls_ca_file !== undefined && { ca_file: tls_ca_file }),
    ...(tls_cert_file !== undefined && { cert_file: tls_cert_file }),
    ...(tls_key_file !== undefined && { key_file: tls_key_file }),
    ...(tls_skip_verify && { skip_verify: true }),
    ...config.tls,
  };
}

function encoderOptions(config: PrometheusConfig): MetricsEncoderOptions {
  return {
    translation: config.translation_strategy,
    namespace: config.namespace,
    externalLabels: config.external_labels,
    resourceToLabels: config.resource_to_labels,
    targetInfo: config.target_info,
    scopeLabels: config.scope_labels,
    jobName: config.job_name,
    maxLabelValueLength: config.max_label_value_length,
    histograms: config.histograms,
    exponentialHistograms: config.exponential_histograms,
    sendExemplars: config.send_exemplars,
    sendMetadata: config.send_metadata,
    maxSamples: Math.max(config.batch_size, MAX_SAMPLES),
    maxBytes: config.max_request_bytes,
  };
}

export function createExporter(config: PrometheusConfig, context: ExporterContext): Exporter {
  const session = new Session(config.protocol, config.retry_on_429, () => context.clock.now());
  const encoder = new MetricsEncoder(encoderOptions(config));
  let compress: BlockCompressor = compressBlock;

  const payloadOf = (request: MetricsRequest, batchId: string): Payload<WriteMessage> => ({
    body: messageOf(request, batchId),
    items: request.items,
    key: request.key,
    oldestMs: request.oldestMs,
  });

  const how = (nowMs: number): MetricsEncodeContext => ({
    nowMs,
    version: session.version(nowMs),
    classicOnly: session.classicOnly(nowMs),
    compress,
  });

  function* encode(batch: Batch<'metrics'>, { now, id }: EncodeContext): Generator<Encoded<WriteMessage>> {
    for (const next of encoder.encode(batch.records(), how(now))) {
      if (next === undefined) yield undefined;
      else if ('dropped' in next) yield undeliverable(next);
      else yield payloadOf(next, id);
    }
  }

  const http = createHttpExporter<PrometheusConfig>(
    {
      ...httpExporter,
      encode: { metrics: () => encode },
      classify: (result, { payload }) => {
        const { request, attempt } = payload.body as WriteMessage;
        return classifyAnswer(result, request, attempt, session);
      },
    },
    config,
    context,
  );
  return {
    encode: http.encode,
    start: async () => {
      compress = await loadCompressor();
      await http.start?.();
    },
    stop: async () => http.stop?.(),
    send: (payload, options) => {
      const message = payload.body as WriteMessage;
      return http.send({ ...payload, body: again(message, options.attempt) }, options);
    },
    *drain(now) {
      if (!config.stale_on_shutdown) return;
      for (const request of encoder.stale(how(now))) yield payloadOf(request, 'stale');
    },
  };
}

function messageOf(request: MetricsRequest, batchId: string): WriteMessage {
  const { version, native, samples, histograms, exemplars } = request;
  return {
    body: request.bytes,
    contentEncoding: 'snappy',
    headers: REQUEST_HEADERS[version],
    request: { version, native, samples, histograms, exemplars, items: request.items.length, batchId },
    attempt: 1,
  };
}

/** The same bytes; from the second attempt on the receiver is told. */
function again(message: WriteMessage, attempt: number): WriteMessage {
  if (attempt <= 1) return message;
  return { ...message, headers: { ...message.headers, 'retry-attempt': String(attempt - 1) }, attempt };
}

function undeliverable({ dropped, refusal }: MetricsDrop): Undeliverable {
  return { dropped, reason: REFUSAL_REASONS[refusal], detail: refusal };
}
