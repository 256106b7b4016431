/** The `instana` exporter: traces, metrics and logs to IBM Instana, by OTLP or in the formats of its own clients. */
import { httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import type { InstanaConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { InstanaConfig } from './config.ts';

const { config, url: _url, headers: _headers, encode: _encode, ...shared } = httpExporter;

/**
 * The `instana` exporter: sends traces, metrics and logs to IBM Instana: its own span API and OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeInstana, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeInstana({ key: 'agent-key' });
 * const config = {
 *   exporters: {
 *     instana: {
 *       endpoint_url: server.url,
 *       agent_key: 'agent-key',
 *       protocol: 'native',
 *       metrics: false,
 *       logs: false,
 *     },
 *   },
 * };
 * const pipeline = await createPipeline(config, { plugins: [instana] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2, { variety: 'plain' }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.spans.map(({ span }) => span.data.operation),
 *   ['operation 0', 'operation 1'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana, { type InstanaConfig } from '@telemetryflow/exporter-instana';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(instana, {
 *   endpoint_url: 'https://serverless.example.com',
 *   agent_key: 'agent-key',
 * });
 * const { protocol, max_metric_age } = config as InstanaConfig;
 * assert.deepEqual([protocol, max_metric_age], ['auto', 300_000]);
 * ```
 */
const instana: ExporterDefinition = defineExporter<InstanaConfig>({
  module: import.meta.url,
  ...shared,
  starter: {
    endpoint: '${INSTANA_ENDPOINT:-https://serverless-blue-saas.instana.io}',
    agent_key: '${INSTANA_AGENT_KEY}',
  },
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...config.properties },
  } as ObjectSchema<InstanaConfig>,
  check: checkConfig,
  healthcheck: (decoded, { signal }) => healthcheck(decoded, signal),
  create: createExporter,
});

export default instana;
