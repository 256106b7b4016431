/** The attributes processor: changes the attributes of spans, log records and data points. */
import {
  type Batch,
  batchFromRecords,
  checkAttributeActions,
  compileAttributeActions,
  defineProcessor,
  type ProcessorDefinition,
} from '@telemetryflow/kernel';
import type { LogRecord, ResourceMetricsRecord, SpanRecord } from '@telemetryflow/otlp';
import { type Change, changeLog, changeMetrics, changeSpan } from './change.ts';
import { type AttributesProcessorConfig, configSchema } from './config.ts';
import { checkMatch, compileMatch } from './match.ts';
import { compileEdits, editBatch } from './wire.ts';

export type { AttributesProcessorConfig };

/**
 * The `attributes` processor: changes the attributes of spans, log records and data points.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { decode, type LogRecord } from '@telemetryflow/otlp';
 * import attributes from '@telemetryflow/processor-attributes';
 * import { fakeOtlp, logs, otlpBody } from '@telemetryflow/testkit';
 *
 * const [record] = logs(1) as [LogRecord];
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { attributes: { actions: [{ key: 'user.email', action: 'hash' }] } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [attributes, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: [{ ...record, attributes: { 'user.email': 'a@b.c' } }] });
 * await pipeline.shutdown();
 * await backend.close();
 * const [log] = backend.requests.flatMap((request) => decode('logs', otlpBody(request)));
 * assert.match(String(log?.attributes['user.email']), /^[0-9a-f]{64}$/);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import attributes, { type AttributesProcessorConfig } from '@telemetryflow/processor-attributes';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   processors: { attributes: { actions: [{ key: 'user.email', action: 'hash' }] } },
 *   exporters: { debug: {} },
 * };
 * const plugins = createPluginLookup({ plugins: [attributes, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { actions } = config.processors.get('attributes')?.config as AttributesProcessorConfig;
 * assert.deepEqual(
 *   actions.map(({ action }) => action),
 *   ['hash'],
 * );
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<AttributesProcessorConfig>({
  module: import.meta.url,
  type: 'attributes',
  description: 'Changes the attributes of spans, log records and data points.',
  starter: { actions: [{ key: 'deployment.environment.name', value: 'production', action: 'insert' }] },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  check: (config) => [
    ...checkAttributeActions(config.actions, ['actions']),
    ...checkMatch(config.include, 'include'),
    ...checkMatch(config.exclude, 'exclude'),
  ],
  create(config) {
    const change = compileChange(config);
    const edits = compileEdits(config);
    return {
      process(batch) {
        // Whoever has decoded the batch already will read records further on, too.
        if (edits !== undefined && batch.hasOtlp && !batch.hasRecords) return editBatch(batch, edits);
        return changeBatch(batch, change);
      },
    };
  },
});
export default definition;

function compileChange(config: AttributesProcessorConfig): Change {
  const actions = compileAttributeActions(config.actions);
  const included = config.include === undefined ? undefined : compileMatch(config.include);
  const excluded = config.exclude === undefined ? undefined : compileMatch(config.exclude);
  if (included === undefined && excluded === undefined) return (subject) => actions(subject.attributes);
  return (subject) => {
    const wanted = included?.(subject) !== false && excluded?.(subject) !== true;
    return wanted ? actions(subject.attributes) : subject.attributes;
  };
}

function changeBatch(batch: Batch, change: Change): Batch {
  switch (batch.signal) {
    case 'traces':
      return batchFromRecords(
        'traces',
        (batch.records() as readonly SpanRecord[]).map((span) => changeSpan(span, change)),
      );
    case 'logs':
      return batchFromRecords(
        'logs',
        (batch.records() as readonly LogRecord[]).map((log) => changeLog(log, change)),
      );
    case 'metrics': {
      const records = batch.records() as readonly ResourceMetricsRecord[];
      return batchFromRecords(
        'metrics',
        records.map((metrics) => changeMetrics(metrics, change)),
      );
    }
  }
}
