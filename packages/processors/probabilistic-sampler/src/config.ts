/** Configuration of the probabilistic_sampler processor: the Collector's keys for its hash_seed mode. */
import type { ObjectSchema } from '@telemetryflow/kernel';

/** Decoded. */
export interface ProbabilisticSamplerConfig {
  readonly sampling_percentage: number;
  readonly hash_seed: number;
  readonly mode: 'hash_seed';
  readonly attribute_source: 'traceID' | 'record';
  readonly from_attribute: string;
  readonly sampling_priority: string;
}

export const configSchema: ObjectSchema<ProbabilisticSamplerConfig> = {
  type: 'object',
  required: ['sampling_percentage'],
  properties: {
    sampling_percentage: {
      type: 'number',
      minimum: 0,
      description: 'Share of traces (or log records) that is kept; 100 and more keeps all, 0 none.',
    },
    hash_seed: {
      type: 'integer',
      minimum: 0,
      maximum: 4_294_967_295,
      default: 0,
      description:
        'Samplers with the same seed keep the same traces; tiers that follow each other need different ones.',
    },
    mode: { type: 'string', enum: ['hash_seed'], default: 'hash_seed', description: 'How the decision is made.' },
    attribute_source: {
      type: 'string',
      enum: ['traceID', 'record'],
      default: 'traceID',
      description: 'Logs: decide by the trace id, or by the attribute named in from_attribute.',
    },
    from_attribute: {
      type: 'string',
      default: '',
      description: 'Logs: the attribute that decides where there is no trace id, or with attribute_source: record.',
    },
    sampling_priority: {
      type: 'string',
      default: '',
      description:
        'Logs: attribute with a share of its own for the record: 0 drops it, 100 and more keeps it, a negative one does not count.',
    },
  },
};
