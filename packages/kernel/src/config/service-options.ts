/** The `service` block. */
import type { ServiceTelemetry } from './resolved.ts';
import type { ArraySchema, ObjectSchema } from './schema.ts';

/** Decoded. */
export interface ServiceOptions {
  readonly extensions?: readonly string[];
  readonly pipelines?: Readonly<Record<string, PipelineOptions>>;
  readonly telemetry: TelemetryOptions;
  /** Milliseconds. */
  readonly shutdown_timeout: number;
}

export interface PipelineOptions {
  readonly receivers?: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters?: readonly string[];
}

interface TelemetryOptions {
  readonly metrics: { readonly level: ServiceTelemetry['metrics']['level']; readonly address?: string };
  readonly logs: ServiceTelemetry['logs'];
}

function idList(description: string): ArraySchema {
  return { type: 'array', description, items: { type: 'string', description: 'A component id.' } };
}

/**
 * The schema of the block `service`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ObjectSchema, type ServiceOptions, serviceSchema } from '@telemetryflow/kernel';
 *
 * const schema: ObjectSchema<ServiceOptions> = serviceSchema;
 * assert.deepEqual(Object.keys(schema.properties), ['extensions', 'pipelines', 'telemetry', 'shutdown_timeout']);
 * assert.equal(schema.properties.shutdown_timeout.description, 'Time to deliver what is queued when stopping.');
 * ```
 */
export const serviceSchema: ObjectSchema<ServiceOptions> = {
  type: 'object',
  properties: {
    extensions: idList('Extensions to start, in order; all that are configured when left out.'),
    pipelines: {
      type: 'object',
      description: 'What flows where. Left out: every exporter gets everything it supports from all receivers.',
      values: {
        type: 'object',
        description: 'One pipeline, named traces, metrics or logs, optionally with /name.',
        properties: {
          receivers: idList('Where its data comes from: receivers and connectors.'),
          processors: idList('What its data passes through, in order.'),
          exporters: idList('Where its data goes: exporters and connectors.'),
        },
      },
    },
    telemetry: {
      type: 'object',
      description: "The pipeline's telemetry about itself.",
      present: true,
      properties: {
        metrics: {
          type: 'object',
          description: 'Own metrics.',
          present: true,
          properties: {
            level: {
              type: 'string',
              enum: ['none', 'basic', 'normal', 'detailed'],
              default: 'normal',
              description: 'How much to measure.',
            },
            address: {
              type: 'string',
              format: 'address',
              description: 'host:port of the scrape endpoint; none when left out.',
            },
          },
        },
        logs: {
          type: 'object',
          description: 'Own logs.',
          present: true,
          properties: {
            level: {
              type: 'string',
              enum: ['error', 'warn', 'info', 'debug'],
              default: 'info',
              description: 'The least severe level to log.',
            },
          },
        },
      },
    },
    shutdown_timeout: {
      type: 'string',
      unit: 'duration',
      default: '25s',
      description: 'Time to deliver what is queued when stopping.',
    },
  },
};
