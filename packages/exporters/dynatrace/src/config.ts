/** Configuration of the `dynatrace` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface DynatraceConfig extends HttpConfig {
  readonly api_token?: Secret | undefined;
  readonly auth_scheme: 'auto' | 'api-token' | 'bearer';
  readonly environment_id?: string | undefined;
  readonly metrics_endpoint: string;
  readonly logs_endpoint: string;
  readonly traces_endpoint: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics_protocol: 'mint' | 'otlp';
  readonly logs_protocol: 'api' | 'otlp';
  readonly metrics_compression: 'none' | 'gzip';
  readonly metric_prefix: string;
  readonly metric_metadata: boolean;
  readonly summaries: boolean;
  readonly resource_attributes: 'all' | 'none' | readonly string[];
}

/** How a signal travels: metric lines, the log API, or OTLP. */
export type Route = 'mint' | 'api' | 'otlp';

export function routeOf(config: Pick<DynatraceConfig, 'metrics_protocol' | 'logs_protocol'>, signal: Signal): Route {
  switch (signal) {
    case 'metrics':
      return config.metrics_protocol;
    case 'logs':
      return config.logs_protocol;
    case 'traces':
      return 'otlp';
  }
}

const ownUrl = (signal: string) =>
  ({
    type: 'string',
    format: 'url',
    default: '',
    description: `Full URL for ${signal}, taken as it is; empty to derive it from environment_url.`,
  }) as const;

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<DynatraceConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    aliases: ['environment_url'],
    description: 'Base URL of the environment; empty for https://{environment_id}.live.dynatrace.com.',
  },
  api_token: {
    type: 'string',
    secret: true,
    description: 'Access token (dt0c01…) or platform token (dt0s16…); a OneAgent on the same host needs none.',
  },
  auth_scheme: {
    type: 'string',
    enum: ['auto', 'api-token', 'bearer'],
    default: 'auto',
    description: 'Word before the token: auto is Bearer for platform tokens, else Api-Token.',
  },
  environment_id: {
    type: 'string',
    description: 'Id of the environment; on Managed and ActiveGate hosts /e/{id} is added to a URL without path.',
  },
  metrics_endpoint: ownUrl('metrics'),
  logs_endpoint: ownUrl('logs'),
  traces_endpoint: ownUrl('traces'),
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  tags: {
    type: 'object',
    fromList: true,
    default: {},
    description: 'Resource attributes to add where the telemetry has none; they become dimensions of metrics.',
    values: { type: 'string', description: 'Value.' },
  },
  metrics_protocol: {
    type: 'string',
    enum: ['mint', 'otlp'],
    default: 'mint',
    description: 'Metric lines (mint), or OTLP, which keeps the buckets of explicit histograms.',
  },
  logs_protocol: {
    type: 'string',
    enum: ['api', 'otlp'],
    default: 'api',
    description: 'The log ingest API, or OTLP.',
  },
  metrics_compression: {
    type: 'string',
    enum: ['none', 'gzip'],
    default: 'none',
    description: 'Compression of metric lines; Dynatrace documents it for OTLP only.',
  },
  metric_prefix: { type: 'string', default: '', description: 'Put before every metric key, with a dot between.' },
  metric_metadata: {
    type: 'boolean',
    default: true,
    description: 'Send unit and description of each metric key once.',
  },
  summaries: {
    type: 'boolean',
    default: false,
    description: 'Send summaries as KEY.sum, KEY.count and a gauge per quantile; otherwise they are dropped.',
  },
  resource_attributes: {
    description: 'Resource attributes that become dimensions of metric lines: all, none, or a list of names.',
    default: 'all',
    oneOfTypes: [
      { type: 'string', enum: ['all', 'none'], description: 'All or none; tags always are dimensions.' },
      {
        type: 'array',
        description: 'Names of resource attributes; tags always are dimensions.',
        items: { type: 'string', description: 'Name of a resource attribute.' },
      },
    ],
  },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of logs, traces and OTLP metrics of 1 KiB and more: gzip or none.',
  },
};
