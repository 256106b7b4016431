/** The `newrelic` exporter: metrics, logs and traces to New Relic, by OTLP or by its own ingest APIs. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { NewrelicConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { NewrelicConfig } from './config.ts';

const { type, description, signals, reads, limits, config } = httpExporter;

/**
 * The `newrelic` exporter: sends metrics, logs and traces to New Relic: OTLP, and its own ingest APIs.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import newrelic from '@telemetryflow/exporter-newrelic';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeNewrelic, logs } from '@telemetryflow/testkit';
 *
 * const license_key = '0123456789abcdef0123456789abcdef0123NRAL';
 * const server = await fakeNewrelic({ now: Date.now, key: license_key });
 * const config = { exporters: { newrelic: { license_key, protocol: 'api', endpoint: server.url } } };
 * const pipeline = await createPipeline(config, { plugins: [newrelic] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ fields }) => fields['message']),
 *   ['request 0 handled', 'request 1 handled'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import newrelic, { type NewrelicConfig } from '@telemetryflow/exporter-newrelic';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(newrelic, {
 *   license_key: '0123456789abcdef0123456789abcdef0123NRAL',
 * });
 * const { flush_interval, max_request_bytes } = config as NewrelicConfig;
 * assert.deepEqual([flush_interval, max_request_bytes], [10_000, 5_000_000]);
 * ```
 */
const newrelic: ExporterDefinition = defineExporter<NewrelicConfig>({
  module: import.meta.url,
  type,
  aliases: ['new_relic'],
  description,
  starter: { license_key: '${NEWRELIC_LICENSE_KEY}', region: 'US' },
  signals,
  reads,
  temporality: 'delta',
  summaries: 'delta',
  ...(limits !== undefined && { limits }),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...config.properties },
  } as ObjectSchema<NewrelicConfig>,
  check: (decoded) => checkHttpExporter(httpExporter, decoded),
  healthcheck: (decoded, { signal }) => healthcheck(decoded, signal),
  create: createExporter,
});

export default newrelic;
