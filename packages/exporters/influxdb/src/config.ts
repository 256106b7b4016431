/** Configuration of the `influxdb` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Units of time on the wire. */
export type Precision = 'ns' | 'us' | 'ms' | 's';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface InfluxdbConfig extends HttpConfig {
  readonly version?: number | string | undefined;
  readonly token?: Secret | undefined;
  readonly org?: string | undefined;
  readonly bucket?: string | undefined;
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly retention_policy?: string | undefined;
  readonly consistency?: string | undefined;
  readonly precision: Precision;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly max_request_bytes: number;
  readonly metrics_schema: 'telegraf-prometheus-v1' | 'telegraf-prometheus-v2' | 'otel-v1';
  readonly resource_attributes: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly integer_fields: boolean;
  readonly exponential_histograms: 'quantiles' | 'buckets' | 'drop';
}

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<InfluxdbConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    aliases: ['url'],
    description: 'URL of the server; the path of the write API is added unless it is there.',
  },
  version: {
    description: 'Write API: 1 (/write), 2 (/api/v2/write) or 3 (/api/v3/write_lp); default 2 with a token, else 1.',
    oneOfTypes: [
      { type: 'integer', minimum: 1, maximum: 3, description: '1, 2 or 3.' },
      { type: 'string', enum: ['1', '2', '3'], description: '1, 2 or 3.' },
    ],
  },
  token: { type: 'string', secret: true, description: 'API token of InfluxDB 2 and 3.' },
  org: { type: 'string', aliases: ['organization'], description: 'Name or id of the organization (InfluxDB 2).' },
  bucket: { type: 'string', description: 'Bucket of InfluxDB 2; on 3 the name of the database.' },
  database: { type: 'string', description: 'Database of InfluxDB 1 and 3; default the bucket.' },
  username: { type: 'string', description: 'User of InfluxDB 1.' },
  password: { type: 'string', secret: true, description: 'Password of the user.' },
  retention_policy: { type: 'string', description: "Retention policy of InfluxDB 1; default the database's." },
  consistency: {
    type: 'string',
    enum: ['any', 'one', 'quorum', 'all'],
    description: 'Write consistency of an InfluxDB Enterprise 1 cluster.',
  },
  precision: {
    type: 'string',
    enum: ['ns', 'us', 'ms', 's'],
    default: 'ns',
    description: 'Unit of times; points of one series within one unit overwrite each other.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Data points that trigger a flush.' },
  flush_interval: {
    type: 'string',
    unit: 'duration',
    default: '10s',
    description: 'Longest wait of the first data point.',
  },
  tags: {
    type: 'object',
    fromList: true,
    default: {},
    description: 'Tags to add where the telemetry has none.',
    values: { type: 'string', description: 'Value.' },
  },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '5MiB',
    description: 'Largest request before compression; servers take 10 MiB (3), 25 MB (1) or 50 MB (cloud).',
  },
  metrics_schema: {
    type: 'string',
    enum: ['telegraf-prometheus-v1', 'telegraf-prometheus-v2', 'otel-v1'],
    default: 'telegraf-prometheus-v1',
    description: 'How metrics become measurements: one each (v1), all in one (v2), or with unit and type (otel-v1).',
  },
  resource_attributes: {
    type: 'object',
    description: 'Resource attributes that become tags, by names in which * stands for anything.',
    present: true,
    properties: {
      include: {
        type: 'array',
        default: ['*'],
        description: 'Names to take.',
        items: { type: 'string', description: 'Name.' },
      },
      exclude: {
        type: 'array',
        default: ['process.*', 'telemetry.sdk.*'],
        description: 'Names to leave out again: every value of a tag makes a series of its own.',
        items: { type: 'string', description: 'Name.' },
      },
    },
  },
  integer_fields: {
    type: 'boolean',
    default: false,
    description: 'Write points of integer instruments as integers; a field never changes its type.',
  },
  exponential_histograms: {
    type: 'string',
    enum: ['quantiles', 'buckets', 'drop'],
    default: 'quantiles',
    description: 'Exponential histograms as estimated quantiles, as buckets at powers of two, or not at all.',
  },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of requests of 1 KiB and more: gzip or none.',
  },
};
