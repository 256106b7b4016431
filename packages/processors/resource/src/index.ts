/** The resource processor: changes resource attributes. Items received as bytes are never decoded. */
import {
  checkAttributeActions,
  compileAttributeActions,
  defineProcessor,
  type ProcessorDefinition,
} from '@telemetryflow/kernel';
import { type ResourceRecord, withResourceAttributes } from '@telemetryflow/otlp';
import { configSchema, type ResourceProcessorConfig } from './config.ts';

export type { ResourceProcessorConfig };

/**
 * The `resource` processor: changes resource attributes.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { decode } from '@telemetryflow/otlp';
 * import resource from '@telemetryflow/processor-resource';
 * import { fakeOtlp, logs, otlpBody } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * const config = {
 *   processors: { resource: { attributes: [{ key: 'cloud.region', value: 'eu-west-1', action: 'insert' }] } },
 *   exporters: { otlp_http: { endpoint: backend.url } },
 * };
 * const pipeline = await createPipeline(config, { plugins: [resource, otlpHttp] });
 * await pipeline.start();
 * await pipeline.consume({ signal: 'logs', records: logs(1) });
 * await pipeline.shutdown();
 * await backend.close();
 * const [log] = backend.requests.flatMap((request) => decode('logs', otlpBody(request)));
 * assert.equal(log?.resource.attributes['cloud.region'], 'eu-west-1');
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import resource, { type ResourceProcessorConfig } from '@telemetryflow/processor-resource';
 *
 * // A block as the processor gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   processors: { resource: { attributes: [{ key: 'team', value: 'pay', action: 'upsert' }] } },
 *   exporters: { debug: {} },
 * };
 * const plugins = createPluginLookup({ plugins: [resource, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { attributes } = config.processors.get('resource')?.config as ResourceProcessorConfig;
 * assert.deepEqual(
 *   attributes.map(({ action }) => action),
 *   ['upsert'],
 * );
 * ```
 */
const definition: ProcessorDefinition = defineProcessor<ResourceProcessorConfig>({
  module: import.meta.url,
  type: 'resource',
  description: 'Changes resource attributes.',
  starter: {
    attributes: [
      { key: 'deployment.environment.name', value: '${DEPLOYMENT_ENVIRONMENT:-production}', action: 'insert' },
    ],
  },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  check: (config) => checkAttributeActions(config.attributes, ['attributes']),
  create(config) {
    const change = compileAttributeActions(config.attributes);
    const changeResource = (resource: ResourceRecord): ResourceRecord =>
      withResourceAttributes(resource, change(resource.attributes));
    return { process: (batch) => batch.mapResources(changeResource) };
  },
});
export default definition;
