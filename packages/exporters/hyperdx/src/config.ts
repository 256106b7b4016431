/** Configuration of the `hyperdx` exporter: what HyperDX adds to the options of every OTLP exporter. */
import {
  checkUnencrypted,
  hasHeader,
  type OtlpConfig,
  type OtlpEndpoints,
  type OtlpExporterFields,
} from '@telemetryflow/http';
import type { Problem, Secret } from '@telemetryflow/kernel';

/** Decoded configuration. */
export interface HyperdxConfig extends OtlpConfig {
  readonly api_key?: Secret;
  readonly auth_scheme: string;
  readonly service_name?: string;
  readonly batch_size: number;
  readonly flush_interval: number;
}

const CLOUD = 'https://in-otel.hyperdx.io';
/** The port of the user interface of a self-hosted installation. */
const UI_PORT = '8080';

export const properties: OtlpExporterFields<HyperdxConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: CLOUD,
    description: 'Base URL: HyperDX Cloud, or http://HOST:4318 of a self-hosted ClickStack (over gRPC port 4317).',
  },
  api_key: {
    type: 'string',
    secret: true,
    description: 'Ingestion API key (Team Settings, API Keys), not the personal API access key; empty for none.',
  },
  auth_scheme: {
    type: 'string',
    default: '',
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]*$",
    description: 'Word before the key in the authorization header: Bearer for OIDC, otherwise none.',
  },
  service_name: {
    type: 'string',
    default: 'tfo-agent',
    description: 'The service.name of telemetry that has none.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
};

/** The endpoints; HyperDX Cloud takes gRPC at a port of its own. */
export function endpointsOf(config: HyperdxConfig): OtlpEndpoints {
  const cloudByGrpc = config.protocol === 'grpc' && /^https:\/\/in-otel\.hyperdx\.io\/?$/.test(config.endpoint);
  return cloudByGrpc ? { ...config, endpoint: `${CLOUD}:4317` } : config;
}

/** The value of the authorization header: the bare key, unless a scheme is set. */
export function authorizationOf({ api_key, auth_scheme }: HyperdxConfig): string {
  const key = api_key?.reveal() ?? '';
  return key === '' || auth_scheme === '' ? key : `${auth_scheme} ${key}`;
}

/** The cloud without a key, a key in plain text, and the port of the user interface. */
export function check(config: HyperdxConfig): readonly Problem[] {
  const { endpoint, headers } = config;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const keyed = authorizationOf(config) !== '';
  const problems: Problem[] = keyed ? checkUnencrypted(endpoint, 'the api_key') : [];
  if (!keyed && url?.hostname === 'in-otel.hyperdx.io' && !hasHeader(headers, 'authorization')) {
    problems.push({
      path: ['api_key'],
      message: 'HyperDX Cloud takes nothing without an ingestion API key',
      hint: 'set api_key to the key under Team Settings, API Keys; or endpoint to your own http://HOST:4318',
    });
  }
  if (url?.port === UI_PORT) {
    problems.push({
      path: ['endpoint'],
      severity: 'warning',
      message: `port ${UI_PORT} is the user interface of HyperDX, which takes no telemetry`,
      hint: 'use port 4318, or 4317 with protocol: grpc',
    });
  }
  return problems;
}
