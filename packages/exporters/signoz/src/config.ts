/** Configuration of the `signoz` exporter: what SigNoz adds to the options of every OTLP exporter. */
import {
  checkUnencrypted,
  hasHeader,
  type OtlpConfig,
  type OtlpEndpoints,
  type OtlpExporterFields,
} from '@telemetryflow/http';
import type { Problem, Secret } from '@telemetryflow/kernel';

/** Decoded configuration. */
export interface SignozConfig extends OtlpConfig {
  readonly access_token?: Secret;
  readonly auth_header: string;
  readonly region?: string;
  readonly service_name?: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly exponential_histograms: 'auto' | 'convert' | 'pass';
  readonly log_body: 'as_is' | 'wrap';
  readonly max_age: number;
}

export const properties: OtlpExporterFields<SignozConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    description: 'Base URL; empty means SigNoz Cloud of `region`, else this machine: port 4318, over gRPC 4317.',
  },
  access_token: {
    type: 'string',
    secret: true,
    aliases: ['ingestion_key'],
    description: 'Ingestion key of SigNoz Cloud (Settings, Ingestion).',
  },
  auth_header: {
    type: 'string',
    default: 'signoz-ingestion-key',
    description: 'Header of the ingestion key; some old gateways want signoz-access-token.',
  },
  region: {
    type: 'string',
    pattern: '^[a-z0-9-]*$',
    description: 'Region of SigNoz Cloud, as us, eu, in: sets the endpoint where none is given.',
  },
  service_name: {
    type: 'string',
    default: 'tfo-agent',
    description: 'The service.name of telemetry that has none.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  exponential_histograms: {
    type: 'string',
    enum: ['auto', 'convert', 'pass'],
    default: 'auto',
    description: 'convert to explicit boundaries, or pass as they are; auto converts for SigNoz Cloud.',
  },
  log_body: {
    type: 'string',
    enum: ['as_is', 'wrap'],
    default: 'as_is',
    description: 'wrap makes {"message": body} of bodies that are no maps, for servers in JSON-body mode.',
  },
  max_age: {
    type: 'string',
    unit: 'duration',
    default: '360h',
    description: 'Logs and spans older than this are dropped, as the server would in silence; 0s keeps all.',
  },
};

const SELF_HOSTED = { http: 'http://localhost:4318', grpc: 'http://localhost:4317' } as const;

/** The endpoints with the shorthand of `region` resolved. */
export function endpointsOf(config: SignozConfig): OtlpEndpoints {
  if (config.endpoint !== '') return config;
  const cloud = config.region !== undefined && config.region !== '';
  const selfHosted = SELF_HOSTED[config.protocol === 'grpc' ? 'grpc' : 'http'];
  return { ...config, endpoint: cloud ? `https://ingest.${config.region}.signoz.cloud:443` : selfHosted };
}

/** True for SigNoz Cloud, which stores no exponential histograms. */
export function isCloud(config: SignozConfig): boolean {
  const { endpoint, metrics_endpoint } = endpointsOf(config);
  const url = metrics_endpoint || endpoint;
  return URL.canParse(url) && /(^|\.)signoz\.cloud$/.test(new URL(url).hostname);
}

/** True where exponential histograms become explicit ones. */
export function convertsExponential(config: SignozConfig): boolean {
  const mode = config.exponential_histograms;
  return mode === 'convert' || (mode === 'auto' && isCloud(config));
}

/** A key that would travel in plain text, and a cloud without key. */
export function check(config: SignozConfig): readonly Problem[] {
  const { access_token, headers, auth_header } = config;
  if (access_token !== undefined) return checkUnencrypted(endpointsOf(config).endpoint, 'the access token');
  if (!isCloud(config) || hasHeader(headers, auth_header) || hasHeader(headers, 'authorization')) return [];
  return [
    {
      path: ['access_token'],
      message: 'SigNoz Cloud takes nothing without an ingestion key',
      hint: 'set access_token to the key under Settings, Ingestion',
    },
  ];
}
