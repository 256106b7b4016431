/** The probabilistic_sampler processor: keeps a share of traces and log records, whole traces at a time. */
import { defineProcessor, type ProcessorDefinition } from '@telemetryflow/kernel';
import { configSchema, type ProbabilisticSamplerConfig } from './config.ts';
import { createSampler } from './sample.ts';

export type { ProbabilisticSamplerConfig };

/**
 * The `probabilistic_sampler` processor: keeps a share of traces and log records by a hash of the trace id.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import sampler from '@telemetryflow/processor-probabilistic-sampler';
 * import { fakeOtlp, spans } from '@telemetryflow/testkit';
 *
 * const records = spans(1000); // ten to a trace
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { probabilistic_sampler: { sampling_percentage: 50 } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [sampler, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'traces', records: records });
 * await pipeline.shutdown();
 * await backend.close();
 * const kept = backend.items.traces;
 * assert.ok(kept.length > 0 && kept.length < 1000);
 * assert.equal(kept.length % 10, 0); // whole traces
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import sampler, { type ProbabilisticSamplerConfig } from '@telemetryflow/processor-probabilistic-sampler';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   processors: { probabilistic_sampler: { sampling_percentage: 15 } },
 *   exporters: { debug: {} },
 * };
 * const plugins = createPluginLookup({ plugins: [sampler, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { sampling_percentage, attribute_source } = config.processors.get('probabilistic_sampler')
 *   ?.config as ProbabilisticSamplerConfig;
 * assert.deepEqual([sampling_percentage, attribute_source], [15, 'traceID']);
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<ProbabilisticSamplerConfig>({
  module: import.meta.url,
  type: 'probabilistic_sampler',
  description: 'Keeps a share of traces and log records by a hash of the trace id.',
  starter: { sampling_percentage: 10 },
  signals: { traces: 'stable', logs: 'stable' },
  config: configSchema,
  check: (config) =>
    config.attribute_source === 'record' && config.from_attribute === ''
      ? [
          {
            path: ['attribute_source'],
            message: 'attribute_source: record needs from_attribute',
            hint: 'Name the attribute that decides, or use attribute_source: traceID.',
          },
        ]
      : [],
  create(config) {
    const sample = createSampler(config);
    return {
      process(batch, { drop }) {
        const kept = sample(batch);
        const dropped = batch.count - (kept?.count ?? 0);
        if (dropped > 0) drop(dropped, 'sampled');
        return kept;
      },
    };
  },
});
export default definition;
