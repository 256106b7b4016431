/** What a gRPC connection can be told besides the options of every OTLP exporter, under the Collector's names. */
import type { FieldSchema } from '@telemetryflow/kernel';

/** HTTP/2 pings that keep a connection open, and find out that it is dead. Durations in milliseconds. */
export interface GrpcKeepalive {
  readonly time: number;
  readonly timeout: number;
  /** Ping also while no call is in progress. Servers may refuse that. */
  readonly permit_without_stream: boolean;
}

/** Options of the connection. */
export interface GrpcOptions {
  readonly keepalive?: GrpcKeepalive | undefined;
  /** `:authority` of the calls, where it differs from the endpoint. */
  readonly authority?: string | undefined;
  readonly balancer_name?: 'pick_first' | 'round_robin' | undefined;
}

/**
 * Schema of {@link GrpcOptions}, for presets that offer them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { grpcOptionsSchema } from '@telemetryflow/http';
 *
 * const { keepalive } = grpcOptionsSchema;
 * assert.ok('properties' in keepalive);
 * assert.deepEqual(Object.keys(keepalive.properties ?? {}), ['time', 'timeout', 'permit_without_stream']);
 * ```
 */
export const grpcOptionsSchema: { readonly [K in keyof GrpcOptions]-?: FieldSchema } = {
  keepalive: {
    type: 'object',
    description: 'HTTP/2 pings. Without this block none are sent; a dead connection shows at the next timeout.',
    properties: {
      time: {
        type: 'string',
        unit: 'duration',
        default: '30s',
        description: 'Ping after this long without traffic. Many servers allow no less than 10s.',
      },
      timeout: {
        type: 'string',
        unit: 'duration',
        default: '10s',
        description: 'Take the connection for dead when a ping is not answered in this time.',
      },
      permit_without_stream: {
        type: 'boolean',
        default: false,
        description: 'Ping also while no call is in progress.',
      },
    },
  },
  authority: { type: 'string', description: 'Name the server is called by, where it differs from the endpoint.' },
  balancer_name: {
    type: 'string',
    enum: ['pick_first', 'round_robin'],
    default: 'pick_first',
    description: 'Use one address of the name, or all in turn.',
  },
};
