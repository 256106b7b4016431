/** The options of every OTLP exporter. */
import type { FieldSchema } from '@telemetryflow/kernel';
import type { HttpConfig } from '../options.ts';
import type { OtlpEndpoints } from './endpoint.ts';

/** Decoded configuration of an OTLP exporter. */
export interface OtlpConfig extends HttpConfig, OtlpEndpoints {
  readonly encoding: 'proto' | 'protobuf' | 'json';
  readonly protocol: 'http' | 'grpc' | 'http/protobuf' | 'http/json';
  /** Uncompressed. */
  readonly max_request_bytes: number;
}

/** How requests travel, after aliases and the two-in-one values of `protocol`. */
export interface OtlpWire {
  readonly transport: 'http' | 'grpc';
  readonly json: boolean;
}

/**
 * Transport and encoding that a configuration asks for by `protocol` and `encoding`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { otlpWire } from '@telemetryflow/http';
 *
 * assert.deepEqual(otlpWire({ protocol: 'http/json', encoding: 'proto' }), { transport: 'http', json: true });
 * assert.deepEqual(otlpWire({ protocol: 'grpc', encoding: 'json' }), { transport: 'grpc', json: false });
 * ```
 */
export function otlpWire(config: Pick<OtlpConfig, 'encoding' | 'protocol'>): OtlpWire {
  if (config.protocol === 'grpc') return { transport: 'grpc', json: false };
  const json = config.protocol === 'http/json' || (config.protocol === 'http' && config.encoding === 'json');
  return { transport: 'http', json };
}

function endpointField(signal: string): FieldSchema {
  return {
    type: 'string',
    format: 'url',
    default: '',
    description: `Full URL for ${signal}, taken as it is; empty to derive it from endpoint.`,
  };
}

/** Schema of what {@link OtlpConfig} adds to the HTTP options. */
export const otlpOptionsSchema: { readonly [K in Exclude<keyof OtlpConfig, keyof HttpConfig>]-?: FieldSchema } = {
  traces_endpoint: endpointField('traces'),
  metrics_endpoint: endpointField('metrics'),
  logs_endpoint: endpointField('logs'),
  encoding: {
    type: 'string',
    enum: ['proto', 'protobuf', 'json'],
    default: 'proto',
    description: 'Encoding of requests: proto (also protobuf) or json.',
  },
  protocol: {
    type: 'string',
    enum: ['http', 'grpc', 'http/protobuf', 'http/json'],
    default: 'http',
    description: 'Protocol: http or grpc; http/protobuf and http/json name protocol and encoding in one.',
  },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '4000000',
    description: 'Largest request before compression; batches above it are cut.',
  },
};
