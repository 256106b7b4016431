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
