/** The `datadog` exporter: metrics, logs and traces to Datadog without an agent. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { type DatadogConfig, fields, logsSettings, metricsSettings } from './config.ts';
import { destinationOf } from './destination.ts';
import { MAX_AGE_MS as LOGS_MAX_AGE_MS, MAX_ENTRIES } from './encode-logs.ts';
import { MAX_AGE_MS } from './encode-metrics.ts';
import { createExporter, healthcheck, httpExporter } from './exporter.ts';

export type { DatadogConfig, LogsSettings, MetricsSettings, Protocol, SignalSettings } from './config.ts';

const { type, description, signals, reads } = httpExporter;

/**
 * The `datadog` exporter: sends metrics, logs and traces to Datadog without an agent.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeDatadog, logs } from '@telemetryflow/testkit';
 *
 * const api_key = '0123456789abcdef0123456789abcdef';
 * const server = await fakeDatadog(Date.now, api_key); // in production leave out endpoint and set site
 * const config = { exporters: { datadog: { api_key, endpoint: server.url } } };
 * const pipeline = await createPipeline(config, { plugins: [datadog] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(
 *   server.logs.map(({ message }) => message),
 *   ['request 0 handled', 'request 1 handled'],
 * );
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog, {
 *   type DatadogConfig,
 *   type LogsSettings,
 *   type MetricsSettings,
 *   type Protocol,
 *   type SignalSettings,
 * } from '@telemetryflow/exporter-datadog';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(datadog, {
 *   api_key: '0123456789abcdef0123456789abcdef',
 *   traces: { enabled: true, protocol: 'agent' },
 * });
 * const decoded = config as DatadogConfig;
 * const { histograms } = decoded.metrics as MetricsSettings;
 * const { source } = decoded.logs as LogsSettings;
 * const { protocol } = decoded.traces as SignalSettings;
 * const expected: Protocol = 'agent';
 * assert.deepEqual([histograms, source, protocol], ['distributions', 'opentelemetry', expected]);
 * ```
 */
const datadog: ExporterDefinition = defineExporter<DatadogConfig>({
  module: import.meta.url,
  type,
  description,
  starter: { api_key: '${DATADOG_API_KEY}', site: 'us1', traces: { enabled: true } },
  signals,
  reads,
  temporality: 'delta',
  nonMonotonic: 'as_is',
  summaries: (config, signal) => (destinationOf(config, signal).protocol === 'api' ? 'delta_or_quantiles' : 'as_is'),
  limits: (config, signal) => {
    if (destinationOf(config, signal).protocol !== 'api') return {};
    if (signal === 'metrics') return metricsSettings(config).historical ? {} : { maxAgeMs: MAX_AGE_MS };
    return { maxItems: MAX_ENTRIES, ...(!logsSettings(config).restamp_old && { maxAgeMs: LOGS_MAX_AGE_MS }) };
  },
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...fields },
    required: ['api_key'],
  } as ObjectSchema<DatadogConfig>,
  check: (config) => checkHttpExporter(httpExporter, config),
  sendsTo: (config, signal) => [destinationOf(config, signal).url],
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default datadog;
