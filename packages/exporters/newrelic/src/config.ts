/** Configuration of the `newrelic` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, Secret } from '@telemetryflow/kernel';

/** How a signal travels: OTLP, or JSON to New Relic's own ingest API. */
export type Protocol = 'otlp' | 'api';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface NewrelicConfig extends HttpConfig {
  readonly license_key?: Secret | undefined;
  readonly api_key?: Secret | undefined;
  readonly insights_insert_key?: Secret | undefined;
  readonly account_id?: string | number | undefined;
  readonly region?: string | undefined;
  readonly traces_endpoint: string;
  readonly metrics_endpoint: string;
  readonly logs_endpoint: string;
  readonly protocol?: Protocol | undefined;
  readonly traces_protocol?: Protocol | undefined;
  readonly metrics_protocol?: Protocol | undefined;
  readonly logs_protocol?: Protocol | undefined;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly max_request_bytes: number;
  readonly environment: string;
  readonly tags: Readonly<Record<string, string>>;
}

const endpoint = (signal: string, path: string): FieldSchema => ({
  type: 'string',
  format: 'url',
  default: '',
  description: `Full URL for ${signal}; a path ${path} means its own API, /v1/${signal} means OTLP.`,
});

const protocol = (what: string): FieldSchema => ({
  type: 'string',
  enum: ['otlp', 'api'],
  description: what,
});

/** Schemas of the exporter's own options, and of shared ones that differ. */
export const fields: HttpExporterFields<NewrelicConfig> = {
  license_key: {
    type: 'string',
    secret: true,
    description: 'Ingest license key of the account, 40 characters. One of the three keys is required.',
  },
  api_key: { type: 'string', secret: true, description: 'The same; license_key goes before it.' },
  insights_insert_key: {
    type: 'string',
    secret: true,
    description:
      'Old insert key, used where there is no other; OTLP may refuse it, so the default protocol is then api.',
  },
  account_id: {
    description: 'Number of the account, for the reader: the key decides which account gets the data.',
    oneOfTypes: [
      { type: 'string', description: 'Number of the account.' },
      { type: 'integer', description: 'Number of the account.' },
    ],
  },
  region: {
    type: 'string',
    description: 'US, EU, GOV (FedRAMP) or JP. Default: what the prefix of the key names, else US.',
  },
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    description: 'Scheme and host instead of those of the region, for a proxy or a gateway; the paths stay.',
  },
  traces_endpoint: endpoint('traces', '/trace/v1'),
  metrics_endpoint: endpoint('metrics', '/metric/v1'),
  logs_endpoint: endpoint('logs', '/log/v1'),
  protocol: protocol("otlp, or api for New Relic's own JSON APIs. Default otlp."),
  traces_protocol: protocol('The same for traces alone.'),
  metrics_protocol: protocol('The same for metrics alone.'),
  logs_protocol: protocol('The same for logs alone.'),
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Items that trigger a request.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '5000000',
    description: 'Largest request before compression. What exceeds 1 MB after it is cut again before it is sent.',
  },
  environment: {
    type: 'string',
    default: '',
    description: 'deployment.environment.name and environment of resources that have none.',
  },
  tags: {
    type: 'object',
    values: { type: 'string', description: 'Value.' },
    fromList: true,
    default: {},
    aliases: ['attributes'],
    description: 'Resource attributes to add where the telemetry has none: a map, or a list of key:value.',
  },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of requests of 1 KiB and more: gzip, zstd (OTLP only) or none (true means gzip).',
  },
};
