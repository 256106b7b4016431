/** The `dynatrace` exporter: metrics, logs and traces to Dynatrace SaaS, Managed, ActiveGates and OneAgents. */
import { checkHttpExporter, httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { MAX_AGE_MS } from './age.ts';
import type { DynatraceConfig } from './config.ts';
import { MAX_POINTS } from './encode-otlp.ts';
import { createExporter, httpExporter } from './exporter.ts';

export type { DynatraceConfig } from './config.ts';

const { type, description, signals, reads } = httpExporter;

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
