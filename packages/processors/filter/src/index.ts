/** The filter processor: drops spans, span events, metrics, data points and log records that match conditions. */
import { defineProcessor, type ProcessorDefinition } from '@telemetryflow/kernel';
import { checkConditions, configSchema, type FilterConfig } from './config.ts';
import { createFilter } from './filter.ts';
import { BatchRefused } from './judge.ts';

export type { FilterConfig };

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
