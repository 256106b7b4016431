/**
 * The `prometheus` exporter: metrics by remote write. Names, labels and samples are made by
 * `@telemetryflow/remote-write`; this package knows configuration, requests and answers.
 */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { PrometheusConfig } from './config.ts';
import { createExporter, httpExporter, tlsOf } from './exporter.ts';
import { healthcheck } from './healthcheck.ts';

export type { PrometheusConfig, Protocol } from './config.ts';

const { type, aliases, description, signals, reads, temporality, ordered } = httpExporter;

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
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default definition;
