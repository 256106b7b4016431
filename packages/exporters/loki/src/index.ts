/** The `loki` exporter: logs to Grafana Loki, by its push API or by OTLP. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { isOtlp, type LokiConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { LokiConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

/**
 * The `loki` exporter: sends logs to Grafana Loki.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import loki from '@telemetryflow/exporter-loki';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeLoki, logs } from '@telemetryflow/testkit';
 *
 * const server = await fakeLoki({ now: Date.now });
 * const config = { exporters: { loki: { endpoint: server.url, tenant_id: 'shop' } } };
 * const pipeline = await createPipeline(config, { plugins: [loki] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ line }) => line),
 *   ['request 0 handled', 'request 1 handled'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import loki, { type LokiConfig } from '@telemetryflow/exporter-loki';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(loki, {
 *   endpoint: 'http://loki:3100',
 *   max_age: '24h',
 *   max_line_bytes: '64KiB',
 * });
 * const { max_age, max_line_bytes } = config as LokiConfig;
 * assert.deepEqual([max_age, max_line_bytes], [86_400_000, 65_536]);
 * ```
 */
const loki: ExporterDefinition = defineExporter<LokiConfig>({
  module: import.meta.url,
  type,
  description,
  starter: { endpoint: '${LOKI_ENDPOINT:-http://localhost:3100}' },
  signals,
  reads,
  limits: ({ max_age: maxAge }) => (maxAge > 0 ? { maxAgeMs: maxAge } : {}),
  ordered: (config) => config.one_stream_per_push && !isOtlp(config),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...httpExporter.config.properties },
    required: ['endpoint'],
  } as ObjectSchema<LokiConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default loki;
