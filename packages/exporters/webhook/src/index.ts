/** Sends telemetry to any HTTP endpoint, in seven encodings, signed if wanted. */
import { createHttpExporter, type HttpMessage, type HttpTransport } from '@telemetryflow/http';
import {
  defineExporter,
  drop,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type Secret,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { guardedLookup } from './address-policy.ts';
import { check } from './check.ts';
import { classifier } from './classify.ts';
import { expand, schema, type WebhookConfig } from './config.ts';
import { contentType, encoder } from './encode.ts';
import { redactWebhookUrl } from './redact.ts';
import { type Signing, signatureHeaders, standardKey } from './sign.ts';

export type { EndpointConfig, WebhookConfig } from './config.ts';

const GONE = 'the endpoint has answered 410 Gone; it is disabled until the next start';

/**
 * The `webhook` exporter: sends telemetry to any HTTP endpoint.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import webhook from '@telemetryflow/exporter-webhook';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeWebhook, logs } from '@telemetryflow/testkit';
 *
 * const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
 * const server = await fakeWebhook({ encoding: 'json', secret });
 * const config = { exporters: { webhook: { url: server.url, encoding: 'json', secret } } };
 * const pipeline = await createPipeline(config, { plugins: [webhook] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.items.map(({ id }) => id),
 *   ['item-0', 'item-1'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import webhook, { type EndpointConfig, type WebhookConfig } from '@telemetryflow/exporter-webhook';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(webhook, { url: 'https://example.com/in', flush_interval: '2s' });
 * const { retry, ...endpoint } = config as WebhookConfig;
 * const { method, flush_interval }: EndpointConfig = endpoint;
 * assert.deepEqual([method, flush_interval, retry.initial], ['POST', 2000, 1000]);
 * ```
 */
const webhook: ExporterDefinition = defineExporter<WebhookConfig>({
  module: import.meta.url,
  type: 'webhook',
  description: 'Sends telemetry to any HTTP endpoint.',
  starter: { url: '${WEBHOOK_URL:-http://localhost:9000/}' },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: schema,
  check,
  sendsTo: ({ url }) => [url],
  expand,
  enabledSignals: signalsOf,
  reads: (config) => (/^(json|otlp_json|otlp_proto)$/.test(config.encoding) ? 'otlp' : 'records'),
  limits: (config) => (config.encoding === 'cloudevents' ? { maxItems: config.batch_size } : {}),
  ordered: (config) => config.max_in_flight === 1,
  concurrency: (config) => config.max_in_flight,
  create,
});

export default webhook;

function signalsOf(config: WebhookConfig): Signal[] {
  if (config.endpoints !== undefined) {
    return [...new Set(Object.values(expand(config)).flatMap((endpoint) => signalsOf(endpoint)))];
  }
  const wanted = (['traces', 'metrics', 'logs'] as const).filter((signal) => config[signal]);
  return config.encoding === 'slack' ? wanted.filter((signal) => signal === 'logs') : wanted;
}

function create(config: WebhookConfig, context: ExporterContext): Exporter {
  let gone = false;
  const disable = (): void => {
    gone = config.disable_on_gone;
    if (gone) context.status.permanent(GONE);
  };
  const endpoint = { ...config, endpoint: config.url };
  const http = createHttpExporter(transport(endpoint, disable), endpoint, context);
  return {
    ...http,
    send: async (payload, options) => {
      if (gone) return drop('rejected', GONE);
      return http.send(payload as Parameters<typeof http.send>[0], options);
    },
  };
}

type Endpoint = WebhookConfig & { readonly endpoint: string };

/** An endpoint as an HTTP exporter of its own. */
function transport(config: Endpoint, onGone: () => void): HttpTransport<Endpoint> {
  const judge = classifier({ successCodes: config.success_codes, otlp: config.encoding.startsWith('otlp_') });
  return {
    url: () => config.url,
    method: config.method,
    headers: () => ({ 'content-type': contentType(config) }),
    encode: { traces: encoder, metrics: encoder, logs: encoder },
    attemptHeaders: (_config, { clock }) => {
      const signing = signingOf(config);
      return (message) => attemptHeaders(message, Math.floor(clock.now() / 1000), signing);
    },
    classify: (result, { signal, payload }) => {
      if (result.kind === 'response' && result.status === 410) onGone();
      return judge(result, { signal, items: payload.items });
    },
    client: () => ({
      redact: redactWebhookUrl,
      concurrency: config.max_in_flight,
      // Allowed hosts are allowed whatever their address.
      ...((config.allow_hosts ?? []).length === 0 && { lookup: guardedLookup(config.block_private) }),
      // A proxy of the environment would resolve names itself, past the policy.
      ...(config.block_private && { proxy: 'none' }),
    }),
  };
}

/** The time of the attempt, and the signature that holds it: receivers refuse old ones. */
function attemptHeaders(message: HttpMessage, seconds: number, signing: Signing | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'webhook-timestamp': String(seconds) };
  if (signing === undefined) return headers;
  const id = message.headers?.['webhook-id'] ?? '';
  return { ...headers, ...signatureHeaders(signing, { id, seconds, body: message.body }) };
}

function signingOf(config: WebhookConfig): Signing | undefined {
  const secrets: Secret[] = [...(config.secret === undefined ? [] : [config.secret]), ...(config.secrets ?? [])];
  const scheme = config.signing;
  const keys = secrets.flatMap((secret) => {
    const text = secret.reveal();
    return (scheme === 'hmac_hex' ? Buffer.from(text, 'utf8') : standardKey(text)) ?? [];
  });
  return keys.length === 0 ? undefined : { scheme, keys, header: config.signature_header.toLowerCase() };
}
