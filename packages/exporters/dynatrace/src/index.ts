/** The `dynatrace` exporter: metrics, logs and traces to Dynatrace SaaS, Managed, ActiveGates and OneAgents. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { MAX_AGE_MS } from './age.ts';
import type { DynatraceConfig } from './config.ts';
import { MAX_POINTS } from './encode-otlp.ts';
import { createExporter, httpExporter } from './exporter.ts';

export type { DynatraceConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

/**
 * The `dynatrace` exporter: sends metrics, logs and traces to Dynatrace: its ingest APIs and OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import dynatrace from '@telemetryflow/exporter-dynatrace';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeDynatrace, metrics } from '@telemetryflow/testkit';
 *
 * const server = await fakeDynatrace({ now: Date.now });
 * const config = {
 *   exporters: { dynatrace: { environment_url: server.url, api_token: 'dt0c01.PUBLIC.SECRET' } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [dynatrace] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.equal(server.lines[0]?.key, 'test.gauge.int');
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import dynatrace, { type DynatraceConfig } from '@telemetryflow/exporter-dynatrace';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(dynatrace, {
 *   environment_id: 'abc12345',
 *   api_token: 'dt0c01.PUBLIC.SECRET',
 * });
 * const { metrics_protocol, logs_protocol } = config as DynatraceConfig;
 * assert.deepEqual([metrics_protocol, logs_protocol], ['mint', 'api']);
 * ```
 */
const dynatrace: ExporterDefinition = defineExporter<DynatraceConfig>({
  module: import.meta.url,
  type,
  description,
  starter: { environment_id: '${DYNATRACE_ENVIRONMENT_ID:?as abc12345}', api_token: '${DYNATRACE_API_TOKEN}' },
  signals,
  reads,
  temporality: 'delta',
  nonMonotonic: 'as_is',
  summaries: 'delta',
  limits: (config, signal) => ({
    maxAgeMs: MAX_AGE_MS[signal],
    ...(signal === 'metrics' && config.metrics_protocol === 'otlp' && { maxItems: MAX_POINTS }),
  }),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...httpExporter.config.properties },
  } as ObjectSchema<DynatraceConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  create: createExporter,
});

export default dynatrace;
