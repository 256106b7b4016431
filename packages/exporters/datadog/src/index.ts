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
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default datadog;
