/** Sends traces, metrics and logs over OTLP/HTTP, to any backend that takes OTLP. */
import { defineOtlpExporter } from '@telemetryflow/http';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import { type OtlpHttpConfig, properties } from './config.ts';

export type { OtlpHttpConfig } from './config.ts';

/**
 * The `otlp_http` exporter: sends traces, metrics and logs over OTLP/HTTP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeOtlp, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeOtlp();
 * const config = { exporters: { otlp_http: { endpoint: server.url, encoding: 'json', compression: 'gzip' } } };
 * const pipeline = await createPipeline(config, { plugins: [otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual(server.items.traces, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp, { type OtlpHttpConfig } from '@telemetryflow/exporter-otlp-http';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(otlpHttp, { endpoint: 'http://collector:4318', timeout: '5s' });
 * const { timeout, encoding } = config as OtlpHttpConfig;
 * assert.deepEqual([timeout, encoding], [5000, 'proto']);
 * ```
 */
const otlpHttp: ExporterDefinition = defineOtlpExporter<OtlpHttpConfig>({
  module: import.meta.url,
  type: 'otlp_http',
  aliases: ['otlphttp'],
  description: 'Sends traces, metrics and logs over OTLP/HTTP.',
  starter: { endpoint: '${OTLP_HTTP_ENDPOINT:-http://collector:4318}' },
  config: { properties },
});

export default otlpHttp;
