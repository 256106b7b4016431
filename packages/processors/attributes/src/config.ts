/** Configuration of the attributes processor: the Collector's `actions`, `include` and `exclude`. */
import { type AttributeAction, attributeActionSchema, type ObjectSchema } from '@telemetryflow/kernel';
import { type MatchConfig, matchSchema } from './match.ts';

/** Decoded. */
export interface AttributesProcessorConfig {
  readonly actions: readonly AttributeAction[];
  readonly include?: MatchConfig;
  readonly exclude?: MatchConfig;
}

export const configSchema: ObjectSchema<AttributesProcessorConfig> = {
  type: 'object',
  required: ['actions'],
  properties: {
    actions: {
      type: 'array',
      items: attributeActionSchema,
      minItems: 1,
      description: 'Changes to the attributes of every span, log record or data point, in order.',
    },
    include: { ...matchSchema, description: 'Change only items that match.' },
    exclude: { ...matchSchema, description: 'Leave items alone that match.' },
  },
};
