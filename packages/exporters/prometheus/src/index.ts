/**
 * The `prometheus` exporter: metrics by remote write, or by OTLP. Names, labels and samples are made by
 * `@telemetryflow/remote-write`, or by the server; this package knows configuration, requests and answers.
 */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { isOtlp, type PrometheusConfig } from './config.ts';
import { createExporter, httpExporter, tlsOf } from './exporter.ts';
import { healthcheck } from './healthcheck.ts';
import { createOtlpExporter, otlpHealthcheck } from './otlp-exporter.ts';

export type { PrometheusConfig, Protocol } from './config.ts';

const { type, aliases, description, signals, reads, temporality, ordered } = httpExporter;

/**
 * The `prometheus` exporter: sends metrics by Prometheus remote write 1.0 or 2.0, or by OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus from '@telemetryflow/exporter-prometheus';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakePrometheus, metrics } from '@telemetryflow/testkit';
 *
 * const server = await fakePrometheus({ now: Date.now });
 * const config = { exporters: { prometheus: { endpoint: `${server.url}/api/v1/write` } } };
 * const pipeline = await createPipeline(config, { plugins: [prometheus] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.ok(server.head.samples.some(({ labels }) => labels['item_id'] === 'item-0'));
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import prometheus, { type PrometheusConfig, type Protocol } from '@telemetryflow/exporter-prometheus';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(prometheus, {
 *   endpoint: 'http://prometheus:9090/api/v1/write',
 *   protocol: '2.0',
 * });
 * const { protocol, flush_interval } = config as PrometheusConfig;
 * const expected: Protocol = '2.0';
 * assert.deepEqual([protocol, flush_interval], [expected, 30_000]);
 * ```
 */
const definition: ExporterDefinition = defineExporter<PrometheusConfig>({
  module: import.meta.url,
  type,
  ...(aliases !== undefined && { aliases }),
  description,
  starter: { endpoint: '${PROMETHEUS_ENDPOINT:-http://localhost:9090/api/v1/write}' },
  signals,
  reads,
  ...(temporality !== undefined && { temporality }),
  ...(ordered !== undefined && { ordered }),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...httpExporter.config.properties },
    required: ['endpoint'],
  } as ObjectSchema<PrometheusConfig>,
  check: (config) => checkHttpExporter(httpExporter, { ...config, tls: tlsOf(config) }),
  healthcheck: (config, { signal }) => (isOtlp(config) ? otlpHealthcheck : healthcheck)(config, signal),
  create: (config, context) => (isOtlp(config) ? createOtlpExporter : createExporter)(config, context),
});

export default definition;
