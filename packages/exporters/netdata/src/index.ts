/** The `netdata` exporter: metrics to a Netdata Agent, by OTLP over gRPC or by StatsD. */
import { httpOptionsSchema } from '@telemetryflow/http';
import { defineExporter, type ExporterDefinition, type ObjectSchema } from '@telemetryflow/kernel';
import { checkConfig } from './check.ts';
import { fields, type NetdataConfig } from './config.ts';
import { maxStatsdAge } from './encode-statsd.ts';
import { createExporter, healthcheck } from './exporter.ts';
import { targetsOf } from './target.ts';

export { type ClaimOptions, claimConf } from './claim-conf.ts';
export type { NetdataConfig, StatsdOptions } from './config.ts';

/**
 * The `netdata` exporter: sends metrics to a Netdata Agent: by OTLP, or by StatsD.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import netdata from '@telemetryflow/exporter-netdata';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeNetdataStatsd, metrics } from '@telemetryflow/testkit';
 *
 * const agent = await fakeNetdataStatsd();
 * const config = { exporters: { netdata: { metrics_endpoint: `statsd://127.0.0.1:${agent.port}` } } };
 * const pipeline = await createPipeline(config, { plugins: [netdata] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'metrics', records: metrics(1, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await agent.received(1);
 * await agent.close();
 * assert.deepEqual([agent.agent.lines.length, agent.agent.refused], [1, []]);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import netdata, { type NetdataConfig, type StatsdOptions } from '@telemetryflow/exporter-netdata';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(netdata, {
 *   endpoint: 'http://netdata:19999',
 *   statsd: { prefix: 'shop' },
 * });
 * const { flush_interval, statsd } = config as NetdataConfig;
 * const { prefix, attributes }: StatsdOptions = statsd;
 * assert.deepEqual([flush_interval, prefix, attributes], [10_000, 'shop', 'values']);
 * ```
 */
const netdata: ExporterDefinition = defineExporter<NetdataConfig>({
  module: import.meta.url,
  type: 'netdata',
  description: 'Sends metrics to a Netdata Agent: by OTLP, or by StatsD.',
  starter: { metrics_endpoint: '${NETDATA_ENDPOINT:-statsd://localhost:8125}' },
  signals: { metrics: 'beta' },
  reads: 'records',
  // A total heals what a lost or late point would leave wrong; StatsD alone adds up what it gets.
  temporality: (config) => (targetsOf(config)?.otlp === undefined ? 'delta' : 'cumulative'),
  summaries: 'delta',
  // The lines of StatsD are differences between points: these have to come in order.
  ordered: (config) => targetsOf(config)?.statsd !== undefined,
  // Of payloads that tell their age, which only those of StatsD do.
  limits: (config) => ({ maxAgeMs: maxStatsdAge(config) }),
  config: {
    type: 'object',
    properties: { ...httpOptionsSchema, ...fields },
  } as ObjectSchema<NetdataConfig>,
  check: checkConfig,
  sendsTo(config) {
    const { otlp, statsd } = targetsOf(config) ?? {};
    return [...(otlp === undefined ? [] : [otlp]), ...(statsd === undefined ? [] : [`${statsd.host}:${statsd.port}`])];
  },
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default netdata;
