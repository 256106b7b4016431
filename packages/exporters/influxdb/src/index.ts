/** The `influxdb` exporter: metrics as line protocol to InfluxDB 1, 2 and 3, and what takes their writes. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { InfluxdbConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { InfluxdbConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

const influxdb: ExporterDefinition = defineExporter<InfluxdbConfig>({
  module: import.meta.url,
  type,
  description,
  starter: {
    endpoint: '${INFLUXDB_ENDPOINT:-http://localhost:8086}',
    token: '${INFLUXDB_TOKEN}',
    org: '${INFLUXDB_ORG:?the name of the organization}',
    bucket: 'telemetry',
  },
  signals,
  reads,
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...httpExporter.config.properties },
    required: ['endpoint'],
  } as ObjectSchema<InfluxdbConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default influxdb;
