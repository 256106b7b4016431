/** Sends traces, metrics and logs to SigNoz, in the cloud or self-hosted, over OTLP. */
import { defineOtlpExporter, limitAge, transformItems, transformMetrics } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import { check, convertsExponential, endpointsOf, isCloud, properties, type SignozConfig } from './config.ts';
import { logTransforms } from './logs.ts';
import { metricTransform } from './metrics.ts';

export type { SignozConfig } from './config.ts';

const overOtlp: ExporterDefinition = defineOtlpExporter<SignozConfig>({
  module: import.meta.url,
  type: 'signoz',
  description: 'Sends telemetry to SigNoz over OTLP.',
  starter: { endpoint: '${SIGNOZ_ENDPOINT:-http://signoz-otel-collector:4318}' },
  config: { properties },
  check,
  limits: ({ max_age: maxAgeMs }, signal) => (signal === 'metrics' || maxAgeMs === 0 ? {} : { maxAgeMs }),
  grpc: {},
  endpoints: endpointsOf,
  headers: (config) => ({ [config.auth_header]: config.access_token ?? '' }),
  authHint:
    'access_token must be the ingestion key of Settings, Ingestion; some old gateways want auth_header: signoz-access-token',
  prepare: (config, signal, encode) => {
    const { max_age: maxAge } = config;
    if (signal === 'logs') return limitAge(transformItems(encode, logTransforms(config.log_body)), maxAge);
    if (signal === 'traces') return limitAge(encode, maxAge);
    return transformMetrics(encode, metricTransform(convertsExponential(config)));
  },
});

/**
 * The `signoz` exporter: sends telemetry to SigNoz over OTLP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import signoz from '@telemetryflow/exporter-signoz';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeSignoz, spans } from '@telemetryflow/testkit';
 *
 * const server = await fakeSignoz({ key: 'ingestion-key', now: Date.now });
 * const config = { exporters: { signoz: { endpoint: server.url, access_token: 'ingestion-key' } } };
 * const pipeline = await createPipeline(config, { plugins: [signoz] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: spans(2, { startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.deepEqual([server.items.traces, server.skipped], [['item-0', 'item-1'], []]);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import signoz, { type SignozConfig } from '@telemetryflow/exporter-signoz';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(signoz, { endpoint: 'http://signoz:4318', max_age: '1h' });
 * const { auth_header, max_age } = config as SignozConfig;
 * assert.deepEqual([auth_header, max_age], ['signoz-ingestion-key', 3_600_000]);
 * ```
 */
const signoz: ExporterDefinition = defineExporter({
  ...overOtlp,
  create(config, context) {
    const exporter = overOtlp.create(config, context);
    const passes = !convertsExponential(config as SignozConfig) && !isCloud(config as SignozConfig);
    if (context.dataSignal !== 'metrics' || !passes) return exporter;
    return {
      ...exporter,
      async start() {
        context.logger.warn(PASSING);
        await exporter.start?.();
      },
    };
  },
});

const PASSING =
  'exponential histograms pass as they are: a self-hosted SigNoz stores them with enable_exp_hist: true and delta ' +
  'temporality only; exponential_histograms: convert makes explicit ones of them';

export default signoz;
