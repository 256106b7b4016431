/** Configuration of the batch processor: the Collector's keys, accepted so that its configurations load. */
import type { ObjectSchema } from '@telemetryflow/kernel';

/** Decoded; durations are milliseconds. */
export interface BatchProcessorConfig {
  readonly timeout: number;
  readonly send_batch_size: number;
  readonly send_batch_max_size: number;
  readonly metadata_keys: readonly string[];
  readonly metadata_cardinality_limit: number;
}

export const configSchema: ObjectSchema<BatchProcessorConfig> = {
  type: 'object',
  properties: {
    timeout: {
      type: 'string',
      unit: 'duration',
      default: '200ms',
      description: 'Has no effect: set flush_interval of the exporter.',
    },
    send_batch_size: {
      type: 'integer',
      minimum: 0,
      default: 8192,
      description: 'Has no effect: set batch_size of the exporter.',
    },
    send_batch_max_size: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Has no effect: set max_batch_items of the exporter.',
    },
    metadata_keys: {
      type: 'array',
      items: { type: 'string', description: 'A key.' },
      default: [],
      description: 'Has no effect: batches are not divided by request metadata.',
    },
    metadata_cardinality_limit: {
      type: 'integer',
      minimum: 0,
      default: 1000,
      description: 'Has no effect.',
    },
  },
};
