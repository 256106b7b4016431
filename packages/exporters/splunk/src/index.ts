/** The `splunk` exporter: logs, metrics and, as events, traces to the HTTP Event Collector of Splunk. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { SplunkConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { AckOptions, AttributeOverrides, SplunkConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

/**
 * The `splunk` exporter: sends logs and metrics to the HTTP Event Collector of Splunk.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import splunk from '@telemetryflow/exporter-splunk';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeSplunk, logs } from '@telemetryflow/testkit';
 *
 * const server = await fakeSplunk({ token: 'hec-token', indexes: ['shop'] });
 * const config = {
 *   exporters: { splunk: { endpoint: server.url, token: 'hec-token', index: 'shop', metrics: false } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [splunk] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ index }) => index),
 *   ['shop', 'shop'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import splunk, {
 *   type AckOptions,
 *   type AttributeOverrides,
 *   type SplunkConfig,
 * } from '@telemetryflow/exporter-splunk';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(splunk, {
 *   endpoint: 'https://splunk:8088',
 *   token: 'hec-token',
 *   ack: { mode: 'require', poll_interval: '5s' },
 * });
 * const { ack, attribute_overrides } = config as SplunkConfig;
 * const { mode, poll_interval }: AckOptions = ack;
 * const { host }: AttributeOverrides = attribute_overrides;
 * assert.deepEqual([mode, poll_interval, host], ['require', 5000, 'host.name']);
 * ```
 */
const splunk: ExporterDefinition = defineExporter<SplunkConfig>({
  module: import.meta.url,
  type,
  aliases: ['splunk_hec'],
  description,
  starter: {
    endpoint: '${SPLUNK_HEC_ENDPOINT:-https://localhost:8088}',
    token: '${SPLUNK_HEC_TOKEN}',
    logs_index: 'main',
    metrics_index: 'metrics',
  },
  signals,
  reads,
  temporality: (config) => config.temporality,
  // Whatever waits for its confirmation holds a place.
  concurrency: ({ ack }) => (ack.mode === 'require' ? ack.max_pending : 4),
  attemptMs: ({ ack, timeout }) => (ack.mode === 'off' ? timeout : timeout + ack.timeout),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...httpExporter.config.properties },
    required: ['endpoint', 'token'],
  } as ObjectSchema<SplunkConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default splunk;
