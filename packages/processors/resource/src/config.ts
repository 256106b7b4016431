/** Configuration of the resource processor: the Collector's `attributes` list. */
import { type AttributeAction, attributeActionSchema, type ObjectSchema } from '@telemetryflow/kernel';

/** Decoded. */
export interface ResourceProcessorConfig {
  readonly attributes: readonly AttributeAction[];
}

export const configSchema: ObjectSchema<ResourceProcessorConfig> = {
  type: 'object',
  required: ['attributes'],
  properties: {
    attributes: {
      type: 'array',
      items: attributeActionSchema,
      minItems: 1,
      description: 'Changes to the attributes of every resource, in order.',
    },
  },
};
