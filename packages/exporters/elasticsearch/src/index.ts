/** The `elasticsearch` exporter: logs, metrics and spans to Elasticsearch or OpenSearch, by the bulk API or OTLP. */
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { type ElasticsearchConfig, isOtlp, schema } from './config.ts';
import { createExporter, healthcheck } from './exporter.ts';
import { createOtlpExporter, otlpHealthcheck } from './exporter-otlp.ts';

export type { ElasticsearchConfig } from './config.ts';

/**
 * The `elasticsearch` exporter: sends logs, metrics and traces to Elasticsearch or OpenSearch by the bulk API, or to Elasticsearch by OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch from '@telemetryflow/exporter-elasticsearch';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeElasticsearch, logs } from '@telemetryflow/testkit';
 *
 * const server = await fakeElasticsearch();
 * const config = { exporters: { elasticsearch: { endpoints: [server.url] } } };
 * const pipeline = await createPipeline(config, { plugins: [elasticsearch] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await server.close();
 * const [document] = server.cluster.stored;
 * assert.match(document?.index ?? '', /^telemetryflow-\d{4}\.\d\d\.\d\d$/);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import elasticsearch, { type ElasticsearchConfig } from '@telemetryflow/exporter-elasticsearch';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(elasticsearch, {
 *   endpoints: ['http://es:9200'],
 *   flush_bytes: '1MiB',
 * });
 * const { mapping, flush_bytes } = config as ElasticsearchConfig;
 * assert.deepEqual([mapping, flush_bytes], ['otel', 1_048_576]);
 * ```
 */
const elasticsearch: ExporterDefinition = defineExporter<ElasticsearchConfig>({
  module: import.meta.url,
  type: 'elasticsearch',
  aliases: ['opensearch'],
  description: 'Sends logs, metrics and traces to Elasticsearch or OpenSearch by the bulk API, or OTLP.',
  starter: {
    endpoints: ['${ELASTIC_ENDPOINT:-http://localhost:9200}'],
    username: 'elastic',
    password: '${ELASTIC_PASSWORD}',
  },
  signals: { metrics: 'beta', logs: 'beta', traces: 'beta' },
  reads: (config) => (isOtlp(config) ? 'otlp' : 'records'),
  temporality: (config) => config.temporality,
  config: schema,
  check: checkConfig,
  healthcheck: (config, { signal }) => (isOtlp(config) ? otlpHealthcheck : healthcheck)(config, signal),
  create: (config, context) => (isOtlp(config) ? createOtlpExporter : createExporter)(config, context),
});

export default elasticsearch;
