/** The options of the debug exporter; names and meaning are those of the Collector's exporter of this name. */
import type { ObjectSchema } from '@telemetryflow/kernel';

/** Decoded. */
export interface DebugConfig {
  readonly verbosity: 'basic' | 'normal' | 'detailed';
  /** Batches printed in full per second before sampling begins. */
  readonly sampling_initial: number;
  /** After those, one batch in this many; 0 prints none until the next second, 1 prints all. */
  readonly sampling_thereafter: number;
  readonly output: 'stdout' | 'stderr';
}

export const schema: ObjectSchema<DebugConfig> = {
  type: 'object',
  properties: {
    verbosity: {
      type: 'string',
      enum: ['basic', 'normal', 'detailed'],
      default: 'normal',
      description: 'basic: one line per batch; normal: one line per metric, span or log record; detailed: everything.',
    },
    sampling_initial: {
      type: 'integer',
      minimum: 0,
      default: 2,
      description: 'Batches printed in each second before sampling begins.',
    },
    sampling_thereafter: {
      type: 'integer',
      minimum: 0,
      default: 1,
      description: 'After those, one batch in this many is printed; 1 prints all, 0 none.',
    },
    output: { type: 'string', enum: ['stdout', 'stderr'], default: 'stdout', description: 'Where to print.' },
  },
};
