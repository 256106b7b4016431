/** The `elasticsearch` exporter: logs, metrics and spans to Elasticsearch or OpenSearch, by the bulk API. */
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { type ElasticsearchConfig, schema } from './config.ts';
import { createExporter, healthcheck } from './exporter.ts';

export type { ElasticsearchConfig } from './config.ts';

const elasticsearch: ExporterDefinition = defineExporter<ElasticsearchConfig>({
  module: import.meta.url,
  type: 'elasticsearch',
  aliases: ['opensearch'],
  description: 'Sends logs, metrics and traces to Elasticsearch or OpenSearch by the bulk API.',
  starter: {
    endpoints: ['${ELASTIC_ENDPOINT:-http://localhost:9200}'],
    username: 'elastic',
    password: '${ELASTIC_PASSWORD}',
  },
  signals: { metrics: 'beta', logs: 'beta', traces: 'beta' },
  reads: 'records',
  temporality: (config) => config.temporality,
  config: schema,
  check: checkConfig,
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default elasticsearch;
