/** Configuration of the otlp receiver: the Collector's keys under `protocols`. */
import type { FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';

export interface ServerTls {
  readonly cert_file: string;
  readonly key_file: string;
  /** Clients must show a certificate signed by one of these. */
  readonly client_ca_file?: string;
}

export interface Cors {
  readonly allowed_origins: readonly string[];
  readonly allowed_headers: readonly string[];
  /** Milliseconds. */
  readonly max_age: number;
}

export interface Auth {
  readonly bearer_token: Secret;
}

interface ServerConfig {
  /** `host:port`. */
  readonly endpoint: string;
  readonly tls?: ServerTls;
  readonly auth?: Auth;
}

export interface HttpConfig extends ServerConfig {
  /** Bytes, after decompression. */
  readonly max_request_body_size: number;
  readonly max_concurrent_requests: number;
  /** Milliseconds. */
  readonly keep_alive: number;
  /** Milliseconds. */
  readonly read_timeout: number;
  readonly traces_url_path: string;
  readonly metrics_url_path: string;
  readonly logs_url_path: string;
  readonly cors?: Cors;
}

export interface GrpcConfig extends ServerConfig {
  /** Bytes, after decompression. */
  readonly max_recv_msg_size: number;
  readonly max_concurrent_streams: number;
}

/** Decoded; sizes are bytes. */
export interface OtlpReceiverConfig {
  readonly protocols: { readonly http?: HttpConfig; readonly grpc?: GrpcConfig };
}

const MIB = 1024 * 1024;

/** What `otlp: {}` opens: the standard ports on loopback, with the defaults of the schema below. */
export const DEFAULT_HTTP: HttpConfig = {
  endpoint: '127.0.0.1:4318',
  max_request_body_size: 20 * MIB,
  max_concurrent_requests: 256,
  keep_alive: 95_000,
  read_timeout: 60_000,
  traces_url_path: '/v1/traces',
  metrics_url_path: '/v1/metrics',
  logs_url_path: '/v1/logs',
};
export const DEFAULT_GRPC: GrpcConfig = {
  endpoint: '127.0.0.1:4317',
  max_recv_msg_size: 20 * MIB,
  max_concurrent_streams: 256,
};

/** The protocols to open: those that are named, or both. */
export function protocolsOf(config: OtlpReceiverConfig): { http?: HttpConfig; grpc?: GrpcConfig } {
  const { http, grpc } = config.protocols;
  if (http === undefined && grpc === undefined) return { http: DEFAULT_HTTP, grpc: DEFAULT_GRPC };
  return { ...(http !== undefined && { http }), ...(grpc !== undefined && { grpc }) };
}

const tls: FieldSchema = {
  type: 'object',
  description: 'Serve over TLS.',
  required: ['cert_file', 'key_file'],
  properties: {
    cert_file: { type: 'string', description: 'PEM certificate of the server.' },
    key_file: { type: 'string', description: 'PEM key of the certificate.' },
    client_ca_file: { type: 'string', description: 'PEM authorities; clients must show a certificate signed by one.' },
  },
};

const auth: FieldSchema = {
  type: 'object',
  description: 'Refuse requests without this credential.',
  required: ['bearer_token'],
  properties: {
    bearer_token: {
      type: 'string',
      secret: true,
      description: 'Clients must send `Authorization: Bearer` with this token.',
    },
  },
};

const http: ObjectSchema<HttpConfig> & { description: string } = {
  type: 'object',
  description: 'OTLP/HTTP: protobuf and JSON.',
  properties: {
    endpoint: {
      type: 'string',
      format: 'address',
      default: DEFAULT_HTTP.endpoint,
      description: 'Address to listen on. Use `0.0.0.0:4318` to take data from other machines.',
    },
    max_request_body_size: {
      type: 'string',
      unit: 'size',
      default: '20MiB',
      description: 'Largest body, after decompression; larger ones are answered 413.',
    },
    max_concurrent_requests: {
      type: 'integer',
      minimum: 1,
      default: DEFAULT_HTTP.max_concurrent_requests,
      description: 'Requests in progress; more are answered 503 with Retry-After.',
    },
    keep_alive: {
      type: 'string',
      unit: 'duration',
      default: '95s',
      description: 'How long an idle connection is kept; longer than the 90 s of common clients.',
    },
    read_timeout: {
      type: 'string',
      unit: 'duration',
      default: '60s',
      description: 'Longest time to read one request.',
    },
    traces_url_path: { type: 'string', default: '/v1/traces', description: 'Path for traces.' },
    metrics_url_path: { type: 'string', default: '/v1/metrics', description: 'Path for metrics.' },
    logs_url_path: { type: 'string', default: '/v1/logs', description: 'Path for logs.' },
    cors: {
      type: 'object',
      description: 'Answers to browsers that send from another origin.',
      required: ['allowed_origins'],
      properties: {
        allowed_origins: {
          type: 'array',
          items: { type: 'string', description: 'An origin; `*` stands for any text.' },
          minItems: 1,
          description: 'Origins that may send, as `https://app.example.com` or `https://*.example.com`.',
        },
        allowed_headers: {
          type: 'array',
          items: { type: 'string', description: 'A header.' },
          default: [],
          description: 'Request headers to allow besides Content-Type and the usual ones.',
        },
        max_age: {
          type: 'string',
          unit: 'duration',
          default: '0s',
          description: 'How long a browser may remember the answer; 0s leaves it to the browser.',
        },
      },
    },
    tls,
    auth,
  },
};

const grpc: ObjectSchema<GrpcConfig> & { description: string } = {
  type: 'object',
  description: 'OTLP/gRPC.',
  properties: {
    endpoint: {
      type: 'string',
      format: 'address',
      default: DEFAULT_GRPC.endpoint,
      description: 'Address to listen on. Use `0.0.0.0:4317` to take data from other machines.',
    },
    max_recv_msg_size: {
      type: 'string',
      unit: 'size',
      default: '20MiB',
      description: 'Largest message, after decompression; larger ones are answered RESOURCE_EXHAUSTED.',
    },
    max_concurrent_streams: {
      type: 'integer',
      minimum: 1,
      default: DEFAULT_GRPC.max_concurrent_streams,
      description: 'Calls in progress per connection.',
    },
    tls,
    auth,
  },
};

export const configSchema: ObjectSchema<OtlpReceiverConfig> = {
  type: 'object',
  properties: {
    protocols: {
      type: 'object',
      present: true,
      description: 'What to open: exactly the protocols named here; none named opens both.',
      properties: { http, grpc },
    },
  },
};
