/** Runs any exporter of OpenTelemetry JS in a pipeline: the kernel's queue and retries, the exporter's own transport. */
import { defineExporter, type ExporterDefinition, retry } from '@telemetryflow/kernel';
import { check } from './check.ts';
import { type OtelJsConfig, schema } from './config.ts';
import { encodeForSdk } from './encode.ts';
import { createSdkExporter } from './load.ts';
import { outcomeOf } from './outcome.ts';
import type { SdkExporter } from './sdk.ts';

export type { OtelJsConfig } from './config.ts';

const otelJs: ExporterDefinition = defineExporter<OtelJsConfig>({
  module: import.meta.url,
  type: 'otel_js',
  description: 'Runs any exporter of OpenTelemetry JS in a pipeline.',
  starter: {
    module: '@opentelemetry/exporter-trace-otlp-http',
    export: 'OTLPTraceExporter',
    signal: 'traces',
    options: { url: '${OTEL_JS_URL:-http://collector:4318/v1/traces}' },
  },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  enabledSignals: ({ signal }) => [signal],
  reads: 'records',
  temporality: ({ temporality }) => temporality,
  // The specification never calls export of one exporter concurrently.
  concurrency: 1,
  config: schema,
  check,
  create(config) {
    let exporter: SdkExporter | undefined;
    return {
      encode: encodeForSdk,
      async start() {
        exporter = await createSdkExporter(config);
      },
      send: ({ body }, { signal }) =>
        new Promise((resolve) => {
          const onAbort = (): void => resolve(retry('timeout', { detail: 'the exporter did not call back in time' }));
          signal.addEventListener('abort', onAbort, { once: true });
          exporter?.export(body, (result) => {
            signal.removeEventListener('abort', onAbort);
            resolve(outcomeOf(result));
          });
        }),
      async stop() {
        await exporter?.shutdown();
      },
    };
  },
});

export default otelJs;
