/** The filter processor: drops spans, span events, metrics, data points and log records that match conditions. */
import { defineProcessor, type ProcessorDefinition } from '@telemetryflow/kernel';
import { checkConditions, configSchema, type FilterConfig } from './config.ts';
import { createFilter } from './filter.ts';
import { BatchRefused } from './judge.ts';

export type { FilterConfig };

/**
 * The `filter` processor: drops items that match a condition.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import filter from '@telemetryflow/processor-filter';
 * import { fakeOtlp, logs } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { filter: { logs: { log_record: ['severity_number < SEVERITY_NUMBER_WARN'] } } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [filter, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(4) });
 * await pipeline.shutdown();
 * await backend.close();
 * // INFO and DEBUG are gone, WARN and ERROR are left.
 * assert.deepEqual(backend.items.logs, ['item-2', 'item-3']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import filter, { type FilterConfig } from '@telemetryflow/processor-filter';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   processors: { filter: { logs: { log_record: ['severity_number < 9'] } } },
 *   exporters: { debug: {} },
 * };
 * const plugins = createPluginLookup({ plugins: [filter, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { error_mode, logs } = config.processors.get('filter')?.config as FilterConfig;
 * assert.deepEqual([error_mode, logs?.log_record], ['propagate', ['severity_number < 9']]);
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<FilterConfig>({
  module: import.meta.url,
  type: 'filter',
  description: 'Drops items that match a condition.',
  starter: { error_mode: 'ignore', traces: { span: ['attributes["http.route"] == "/health"'] } },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  check: checkConditions,
  create(config, context) {
    const filter = createFilter(config, context);
    return {
      process(batch, { drop }) {
        try {
          const kept = filter(batch);
          const dropped = batch.count - (kept?.count ?? 0);
          if (dropped > 0) drop(dropped, 'filtered');
          return kept;
        } catch (error) {
          if (!(error instanceof BatchRefused)) throw error;
          drop(batch.count, 'invalid', error.message);
          return null;
        }
      },
    };
  },
});
export default definition;
