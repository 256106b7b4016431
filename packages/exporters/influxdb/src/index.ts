/** The `influxdb` exporter: metrics as line protocol to InfluxDB 1, 2 and 3, and what takes their writes. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import type { InfluxdbConfig } from './config.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { InfluxdbConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

/**
 * The `influxdb` exporter: writes metrics to InfluxDB as line protocol.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import influxdb from '@telemetryflow/exporter-influxdb';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeInfluxdb, metrics } from '@telemetryflow/testkit';
 *
 * const server = await fakeInfluxdb({ version: 2, database: 'telemetry', authorization: 'Token secret' });
 * const config = {
 *   exporters: {
 *     influxdb: { version: 2, endpoint: server.url, org: 'acme', bucket: 'telemetry', token: 'secret' },
 *   },
 * };
 * const pipeline = await createPipeline(config, { plugins: [influxdb] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain' }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.equal(server.points[0]?.measurement, 'test.gauge.int');
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import influxdb, { type InfluxdbConfig } from '@telemetryflow/exporter-influxdb';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(influxdb, {
 *   endpoint: 'http://influxdb:8086',
 *   database: 'shop',
 *   max_request_bytes: '1MiB',
 * });
 * const { precision, max_request_bytes } = config as InfluxdbConfig;
 * assert.deepEqual([precision, max_request_bytes], ['ns', 1_048_576]);
 * ```
 */
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
