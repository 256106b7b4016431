/**
 * The memory_limiter processor: adds its limits to the pipeline's watch on memory. Receivers ask that watch before
 * they read a body, so data is refused, retryably, where it costs least; the processor itself hands everything on.
 */
import { totalmem } from 'node:os';
import { defineProcessor, memoryPressureOf, type ProcessorDefinition } from '@telemetryflow/kernel';
import { checkLimits, configSchema, limitsOf, type MemoryLimiterConfig } from './config.ts';

export type { MemoryLimiterConfig };

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
