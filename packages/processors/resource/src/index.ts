/** The resource processor: changes resource attributes. Items received as bytes are never decoded. */
import {
  checkAttributeActions,
  compileAttributeActions,
  defineProcessor,
  type ProcessorDefinition,
} from '@telemetryflow/kernel';
import type { ResourceRecord } from '@telemetryflow/otlp';
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
    const changeResource = (resource: ResourceRecord): ResourceRecord => {
      const attributes = change(resource.attributes);
      if (attributes === resource.attributes) return resource;
      const { schemaUrl, droppedAttributesCount, entityRefs } = resource;
      return {
        attributes,
        ...(schemaUrl !== undefined && { schemaUrl }),
        ...(droppedAttributesCount !== undefined && { droppedAttributesCount }),
        ...(entityRefs !== undefined && { entityRefs }),
      };
    };
    return { process: (batch) => batch.mapResources(changeResource) };
  },
});
export default definition;
