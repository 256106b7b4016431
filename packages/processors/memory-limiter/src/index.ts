/**
 * The memory_limiter processor: adds its limits to the pipeline's watch on memory. Receivers ask that watch before
 * they read a body, so data is refused, retryably, where it costs least; the processor itself hands everything on.
 */
import { totalmem } from 'node:os';
import { defineProcessor, memoryPressureOf, type ProcessorDefinition } from '@telemetryflow/kernel';
import { checkLimits, configSchema, limitsOf, type MemoryLimiterConfig } from './config.ts';

export type { MemoryLimiterConfig };

/**
 * The `memory_limiter` processor: refuses data while memory is short.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import memoryLimiter from '@telemetryflow/processor-memory-limiter';
 * import { fakeOtlp, logs } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { memory_limiter: { check_interval: '1s', limit_percentage: 80 } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [memoryLimiter, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await backend.close();
 * assert.deepEqual(backend.items.logs, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import memoryLimiter, { type MemoryLimiterConfig } from '@telemetryflow/processor-memory-limiter';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   processors: { memory_limiter: { check_interval: '1s', limit_percentage: 75 } },
 *   exporters: { debug: {} },
 * };
 * const plugins = createPluginLookup({ plugins: [memoryLimiter, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { check_interval, limit_percentage } = config.processors.get('memory_limiter')
 *   ?.config as MemoryLimiterConfig;
 * assert.deepEqual([check_interval, limit_percentage], [1000, 75]);
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<MemoryLimiterConfig>({
  module: import.meta.url,
  type: 'memory_limiter',
  description: 'Refuses data while memory is short.',
  starter: { check_interval: '1s', limit_percentage: 75 },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  check: checkLimits,
  create(config, context) {
    let release: (() => void) | undefined;
    return {
      process: (batch) => batch,
      async start() {
        const memory = memoryPressureOf(context);
        const { soft, hard } = limitsOf(config, memory?.usage().available ?? totalmem());
        release = memory?.limit({ softBytes: soft, hardBytes: hard, checkIntervalMs: config.check_interval });
      },
      async stop() {
        release?.();
      },
    };
  },
});
export default definition;
