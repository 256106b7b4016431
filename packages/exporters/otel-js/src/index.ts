/** Runs any exporter of OpenTelemetry JS in a pipeline: the kernel's queue and retries, the exporter's own transport. */
import { secretScrubber } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { check } from './check.ts';
import { type OtelJsConfig, schema } from './config.ts';
import { encodeForSdk } from './encode.ts';
import { Guest } from './guest.ts';
import { createSdkExporter, headersOf } from './load.ts';

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
  create(config, { dataSignal: signal }) {
    const label = config.module;
    const scrub = secretScrubber(headersOf(config));
    let guest: Guest | undefined;
    return {
      encode: encodeForSdk,
      async start() {
        guest = new Guest(await createSdkExporter(config));
      },
      async send({ body, items }, options) {
        if (guest === undefined) throw new Error('send before start');
        return guest.call(body, { signal, items, label, scrub }, options.signal);
      },
      async stop() {
        await guest?.shutdown();
      },
    };
  },
});

export default otelJs;
