/** Sends metrics and logs to AWS CloudWatch, and traces to X-Ray. */
import { hostname } from 'node:os';
import {
  type Batch,
  defineExporter,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
  type Payload,
} from '@telemetryflow/kernel';
import { check } from './check.ts';
import { type LogsApi, type MetricsApi, openLogsApi, openMetricsApi } from './client.ts';
import { type CloudwatchConfig, isOtlp, schema } from './config.ts';
import { MAX_AGE_MS as LOGS_MAX_AGE_MS, type LogsBody, logsEncoder, MAX_EVENTS } from './encode-logs.ts';
import { MAX_AGE_MS, MAX_DATUMS, type MetricsBody, metricsEncoder } from './encode-metrics.ts';
import { otlpLimits } from './otlp-limits.ts';
import { LogsSender } from './send-logs.ts';
import { sendMetrics } from './send-metrics.ts';
import { otlpExporter } from './send-otlp.ts';

export type { CloudwatchConfig, DimensionOptions } from './config.ts';

/**
 * The `cloudwatch` exporter: sends metrics and logs to AWS CloudWatch, and traces to X-Ray.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch from '@telemetryflow/exporter-cloudwatch';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeCloudwatch, metrics } from '@telemetryflow/testkit';
 *
 * const server = await fakeCloudwatch(Date.now); // without endpoint_override: AWS
 * const keys = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'secret' };
 * const config = {
 *   exporters: {
 *     cloudwatch: { region: 'eu-west-1', log_group: '/shop', ...keys, endpoint_override: server.url },
 *   },
 * };
 * const pipeline = await createPipeline(config, { plugins: [cloudwatch] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.equal(server.datums[0]?.MetricName, 'test.gauge.int');
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import cloudwatch, { type CloudwatchConfig, type DimensionOptions } from '@telemetryflow/exporter-cloudwatch';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(cloudwatch, { region: 'eu-west-1', dimensions: { max: 10 } });
 * const { flush_interval, dimensions } = config as CloudwatchConfig;
 * const { max, attributes }: DimensionOptions = dimensions;
 * assert.deepEqual([flush_interval, max, attributes], [60_000, 10, 'all']);
 * ```
 */
const cloudwatch: ExporterDefinition = defineExporter<CloudwatchConfig>({
  module: import.meta.url,
  type: 'cloudwatch',
  description: 'Sends metrics and logs to AWS CloudWatch, and traces to X-Ray.',
  starter: { region: '${AWS_REGION:-us-east-1}', log_group: '/telemetryflow/logs' },
  signals: { metrics: 'stable', logs: 'stable', traces: 'beta' },
  config: schema,
  check,
  reads: (config, signal) => (isOtlp(config, signal) ? 'otlp' : 'records'),
  temporality: (config, signal) => (isOtlp(config, signal) ? 'as_is' : 'delta'),
  summaries: (config, signal) => (isOtlp(config, signal) ? 'as_is' : 'delta'),
  limits(config, signal) {
    if (isOtlp(config, signal)) return otlpLimits(signal);
    return signal === 'logs'
      ? { maxItems: MAX_EVENTS, maxAgeMs: LOGS_MAX_AGE_MS }
      : { maxItems: MAX_DATUMS, maxAgeMs: MAX_AGE_MS };
  },
  create(config, context) {
    if (isOtlp(config, context.dataSignal)) return otlpExporter(config, context, hostname());
    return context.dataSignal === 'logs' ? logsExporter(config, context) : metricsExporter(config, context);
  },
});

export default cloudwatch;

function metricsExporter(config: CloudwatchConfig, { clock }: ExporterContext): Exporter {
  const encode = metricsEncoder(config);
  const opened = new Opened(() => openMetricsApi(config));
  return {
    encode: (batch, context) => encode(batch as Batch<'metrics'>, context),
    send: async (payload, { signal }) =>
      sendMetrics(opened.api, payload as Payload<MetricsBody>, { signal, nowMs: () => clock.now() }),
    start: () => opened.open(),
    stop: () => opened.close(),
  };
}

function logsExporter(config: CloudwatchConfig, { clock }: ExporterContext): Exporter {
  const encode = logsEncoder(config, hostname());
  const opened = new Opened(() => openLogsApi(config));
  let sender: LogsSender | undefined;
  return {
    encode: (batch, context) => encode(batch as Batch<'logs'>, context),
    async send(payload, { signal }) {
      sender ??= new LogsSender(opened.api, config, () => clock.now());
      return sender.send(payload.body as LogsBody, signal);
    },
    start: () => opened.open(),
    stop: () => opened.close(),
  };
}

/** An API between start and stop. */
class Opened<A extends MetricsApi | LogsApi> {
  readonly #open: () => Promise<A>;
  #api: A | undefined;

  constructor(open: () => Promise<A>) {
    this.#open = open;
  }

  get api(): A {
    if (this.#api === undefined) throw new Error('the exporter sends before it was started');
    return this.#api;
  }

  async open(): Promise<void> {
    this.#api ??= await this.#open();
  }

  async close(): Promise<void> {
    this.#api?.close();
  }
}
