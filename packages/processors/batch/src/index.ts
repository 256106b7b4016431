/**
 * The batch processor exists so that the Collector's configurations load. Batches are made in each exporter's
 * queue, where errors stay visible to the receiver and bytes count as well as items, so this one hands on what
 * it gets.
 */
import { defineProcessor, type ProcessorDefinition } from '@telemetryflow/kernel';
import { type BatchProcessorConfig, configSchema } from './config.ts';

export type { BatchProcessorConfig };

/**
 * The `batch` processor: accepts the Collector's batch processor; batching itself is done by the exporters.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import batch from '@telemetryflow/processor-batch';
 * import { fakeOtlp, logs } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { batch: { timeout: '1s', send_batch_size: 1000 } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [batch, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(2) });
 * await pipeline.shutdown();
 * await backend.close();
 * // It hands on what it gets: the exporter makes the batches.
 * assert.deepEqual(backend.items.logs, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import batch, { type BatchProcessorConfig } from '@telemetryflow/processor-batch';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = { processors: { batch: { send_batch_max_size: 9000 } }, exporters: { debug: {} } };
 * const plugins = createPluginLookup({ plugins: [batch, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { send_batch_size, send_batch_max_size } = config.processors.get('batch')
 *   ?.config as BatchProcessorConfig;
 * assert.deepEqual([send_batch_size, send_batch_max_size], [8192, 9000]);
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<BatchProcessorConfig>({
  module: import.meta.url,
  type: 'batch',
  description: "Accepts the Collector's batch processor; batching itself is done by the exporters.",
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  check: (config) => {
    if (config.send_batch_max_size === 0 || config.send_batch_max_size >= config.send_batch_size) return [];
    return [
      {
        path: ['send_batch_max_size'],
        message: 'send_batch_max_size is smaller than send_batch_size',
        hint: 'Set max_batch_items of the exporter instead and remove this processor.',
      },
    ];
  },
  create(_config, context) {
    context.logger.info('The batch processor hands data on: exporters batch in their own queues.', {
      use: 'batch_size, flush_interval and max_batch_items of the exporter',
    });
    return { process: (batch) => batch };
  },
});
export default definition;
