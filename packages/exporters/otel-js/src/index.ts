/** Runs any exporter of OpenTelemetry JS in a pipeline: the kernel's queue and retries, the exporter's own transport. */
import { secretScrubber } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { check } from './check.ts';
import { type OtelJsConfig, schema } from './config.ts';
import { encodeForSdk } from './encode.ts';
import { Guest } from './guest.ts';
import { createSdkExporter, headersOf } from './load.ts';

export type { OtelJsConfig } from './config.ts';

/**
 * The `otel_js` exporter: runs any exporter of OpenTelemetry JS in a pipeline.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otelJs from '@telemetryflow/exporter-otel-js';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeOtlp, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeOtlp();
 * const guest = { module: '@opentelemetry/exporter-trace-otlp-proto', export: 'OTLPTraceExporter' };
 * const config = {
 *   exporters: { otel_js: { ...guest, signal: 'traces', options: { url: `${server.url}/v1/traces` } } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [otelJs] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.items.traces, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otelJs, { type OtelJsConfig } from '@telemetryflow/exporter-otel-js';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(otelJs, {
 *   module: '@opentelemetry/exporter-trace-otlp-proto',
 *   signal: 'traces',
 *   export: 'OTLPTraceExporter',
 * });
 * const { temporality, max_batch_items } = config as OtelJsConfig;
 * assert.deepEqual([temporality, max_batch_items], ['as_is', 2048]);
 * ```
 */
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
