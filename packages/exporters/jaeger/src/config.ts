/** Configuration of the `jaeger` exporter. */
import { type HttpConfig, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';

/** Values of `protocol`; the last two are short for `http/thrift` and `otlp/http`. */
export const PROTOCOLS = ['grpc', 'http/thrift', 'otlp/http', 'otlp/grpc', 'thrift', 'otlp'] as const;

/** Decoded configuration. */
export interface JaegerConfig extends Omit<HttpConfig, 'compression'> {
  readonly protocol?: (typeof PROTOCOLS)[number];
  readonly grpc_endpoint: string;
  readonly compression?: 'gzip' | 'none' | boolean;
  readonly max_request_bytes?: number;
  readonly username?: string;
  readonly password?: Secret;
  readonly tenant?: string;
  readonly agent_host?: string;
  readonly agent_port?: number;
  readonly service_name?: string;
  readonly link_logs: boolean;
  readonly batch_size: number;
  readonly flush_interval: number;
}

const { compression: _compression, endpoint: _endpoint, ...http } = httpOptionsSchema;

export const schema: ObjectSchema<JaegerConfig> = {
  type: 'object',
  properties: {
    endpoint: {
      type: 'string',
      format: 'url',
      default: '',
      aliases: ['collector_endpoint'],
      description:
        'URL of Jaeger; empty means this machine, at the port of the protocol. A URL without path gets its path.',
    },
    protocol: {
      type: 'string',
      enum: [...PROTOCOLS],
      description: 'How spans travel. Without it the port decides: 4317, 14250, 14268; anything else is otlp/http.',
    },
    grpc_endpoint: {
      type: 'string',
      default: '',
      pattern: '^(https?://)?[A-Za-z0-9._-]*(\\[[0-9A-Fa-f:.]+\\])?(:[0-9]{1,5})?/?$',
      description: 'host:port for protocol: grpc, where it differs from port 14250 of the host of endpoint.',
    },
    compression: {
      description: 'gzip or none (true means gzip); by default gzip for OTLP, none for the older protocols.',
      oneOfTypes: [
        { type: 'string', enum: ['gzip', 'none'], description: 'gzip or none.' },
        { type: 'boolean', description: 'gzip or none.' },
      ],
    },
    max_request_bytes: {
      type: 'string',
      unit: 'size',
      description: 'Largest request before compression; by default 4000000, over gRPC 3800000.',
    },
    username: { type: 'string', description: 'User for Basic authentication.' },
    password: { type: 'string', secret: true, description: 'Password for Basic authentication.' },
    tenant: { type: 'string', pattern: '^[\\x20-\\x7e]*$', description: 'Tenant: the header x-tenant.' },
    agent_host: { type: 'string', description: 'Refused: the agent is discontinued. Use endpoint.' },
    agent_port: { type: 'integer', description: 'Refused, as agent_host.' },
    service_name: {
      type: 'string',
      default: 'tfo-agent',
      description: 'The service.name of telemetry that has none.',
    },
    link_logs: {
      type: 'boolean',
      default: true,
      description:
        'Over Thrift and api_v2, whose references hold ids only: attributes and trace state of links as a log link at the start of the span.',
    },
    batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Spans that trigger a flush.' },
    flush_interval: { type: 'string', unit: 'duration', default: '1s', description: 'Longest wait of the first span.' },
    ...http,
  } satisfies { readonly [K in keyof JaegerConfig]-?: FieldSchema },
} as ObjectSchema<JaegerConfig>;
