/** The options of the `otel_js` exporter. */
import type { ObjectSchema, Secret } from '@telemetryflow/kernel';

/** Decoded. */
export interface OtelJsConfig {
  readonly module: string;
  readonly export: string;
  readonly signal: 'traces' | 'metrics' | 'logs';
  readonly options: unknown;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly temporality: 'as_is' | 'cumulative' | 'delta';
  readonly batch_size: number;
  readonly max_batch_items: number;
}

export const schema: ObjectSchema<OtelJsConfig> = {
  type: 'object',
  required: ['module', 'signal'],
  properties: {
    module: {
      type: 'string',
      description: 'The npm package, or a file beginning with ./, looked for from the working directory.',
    },
    export: {
      type: 'string',
      default: 'default',
      description: 'The class the module exports, as OTLPTraceExporter.',
    },
    signal: {
      type: 'string',
      enum: ['traces', 'metrics', 'logs'],
      description: 'What the class exports; a block is for one signal.',
    },
    options: {
      type: 'any',
      default: {},
      description: 'What the class is constructed with, as its own documentation says. Not for credentials.',
    },
    headers: {
      type: 'object',
      default: {},
      values: { type: 'string', secret: true, description: 'Value of the header.' },
      description: 'Put into the options as headers: the place for credentials.',
    },
    temporality: {
      type: 'string',
      enum: ['as_is', 'cumulative', 'delta'],
      default: 'as_is',
      description: 'What metrics are converted to for the exporter.',
    },
    batch_size: { type: 'integer', minimum: 1, default: 512, description: 'Items that trigger a flush.' },
    max_batch_items: {
      type: 'integer',
      minimum: 1,
      default: 2048,
      description: 'Most items of one request under backlog.',
    },
  },
};
