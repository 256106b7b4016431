/** The `manageengine` exporter: OpManager, Site24x7 and Applications Manager, each by what it really takes. */
import { defineExporter, type ExporterDefinition } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { checkConfig } from './check.ts';
import { type ManageengineConfig, schema } from './config.ts';
import { destinationOf, signalsOf } from './destination.ts';
import { createExporter } from './exporter.ts';
import { healthcheck } from './healthcheck.ts';
import { MAX_AGE_MS } from './opmanager/encode-events.ts';

export type { LogsMode, ManageengineConfig, MetricThreshold, Product } from './config.ts';

/**
 * The `manageengine` exporter: sends telemetry to ManageEngine OpManager, Site24x7 or Applications Manager.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { fakeSite24x7, logs } from '@telemetryflow/testkit';
 *
 * const server = await fakeSite24x7({ logType: 'shop' });
 * const product = { product: 'site24x7', api_key: 'in_0123456789abcdef0123456789abcdef' };
 * const config = {
 *   exporters: {
 *     manageengine: { ...product, logs_mode: 'applogs', log_type: 'shop', upload_domain: server.url },
 *   },
 * };
 * const pipeline = await createPipeline(config, { plugins: [manageengine] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2, { variety: 'plain', startMs: Date.now() }) });
 * await pipeline.shutdown();
 * await server.close();
 * assert.equal(server.stored.length, 2);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine, {
 *   type LogsMode,
 *   type ManageengineConfig,
 *   type MetricThreshold,
 *   type Product,
 * } from '@telemetryflow/exporter-manageengine';
 * import { configureExporter } from '@telemetryflow/testkit';
 *
 * // A block as the exporter gets it: with its defaults, durations in milliseconds, sizes in bytes.
 * const { config } = await configureExporter(manageengine, {
 *   base_url: 'https://opmanager:8061',
 *   api_key: 'api-key',
 *   logs_mode: 'events',
 *   metric_thresholds: [{ metric: 'system.cpu.utilization', op: 'gt', value: 0.9, severity: 2, for: '2m' }],
 * });
 * const { product, logs_mode, metric_thresholds } = config as ManageengineConfig;
 * const [threshold]: readonly MetricThreshold[] = metric_thresholds;
 * const expected: [Product, LogsMode, number] = ['opmanager', 'events', 120_000];
 * assert.deepEqual([product, logs_mode, threshold?.for], expected);
 * ```
 */
const manageengine: ExporterDefinition = defineExporter<ManageengineConfig>({
  module: import.meta.url,
  type: 'manageengine',
  description: 'Sends telemetry to ManageEngine OpManager, Site24x7 or Applications Manager.',
  starter: {
    product: 'opmanager',
    base_url: '${MANAGEENGINE_BASE_URL:-https://localhost:8060}',
    api_key: '${MANAGEENGINE_API_KEY}',
    metric_thresholds: [{ metric: 'system.cpu.utilization', op: 'gt', value: 0.9, severity: 2, for: '2m' }],
  },
  signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  enabledSignals: signalsOf,
  // What is refused is only counted, for which nothing needs to be decoded.
  reads: (config, signal) => (/^(otlp|none)$/.test(destinationOf(config, signal).kind) ? 'otlp' : 'records'),
  limits: (config, signal) => (isEvents(config, signal) ? { maxAgeMs: MAX_AGE_MS } : {}),
  ordered: isEvents,
  concurrency: (config, signal) => (isEvents(config, signal) ? 1 : 4),
  config: schema,
  check: checkConfig,
  healthcheck: (config, { signal }) => healthcheck(config, signal),
  create: createExporter,
});

export default manageengine;

function isEvents(config: ManageengineConfig, signal: Signal): boolean {
  return destinationOf(config, signal).kind === 'events';
}
