/** The `newrelic` exporter: metrics, logs and traces to New Relic, by OTLP or by its own ingest APIs. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { NewrelicConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { NewrelicConfig } from './config.ts';

const { type, description, signals, reads, limits, config } = httpExporter;

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
