/** Configuration of the `elasticsearch` exporter, and the indices that follow from it. */
import { type HttpConfig, httpOptionsSchema, type TlsConfig } from '@telemetryflow/http';
import {
  exporterOptionsSchema,
  type FieldSchema,
  type ObjectSchema,
  type Secret,
  type SignalOptions,
  type UnionSchema,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** Where data streams of this exporter belong. */
export interface DataStreamOptions {
  readonly dataset: string;
  readonly namespace: string;
}

/** Decoded; durations are milliseconds, sizes bytes. */
export interface ElasticsearchConfig extends Omit<HttpConfig, 'endpoint'> {
  readonly protocol: 'bulk' | 'otlp';
  readonly endpoints?: string | readonly string[] | undefined;
  readonly cloud_id?: string | undefined;
  readonly index?: string | undefined;
  readonly metrics_index?: string | undefined;
  readonly logs_index?: string | undefined;
  readonly traces_index?: string | undefined;
  readonly index_date_window?: number | undefined;
  readonly data_stream?: DataStreamOptions | undefined;
  readonly mapping: 'otel' | 'ecs';
  readonly template: 'auto' | 'off';
  readonly pipeline?: string | undefined;
  readonly document_id: 'none' | 'auto';
  readonly temporality: 'as_is' | 'delta';
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly api_key?: Secret | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly tls_ca_file?: string | undefined;
  readonly tls_cert_file?: string | undefined;
  readonly tls_key_file?: string | undefined;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly flush_bytes: number;
  readonly traces: boolean | SignalOptions;
}

export const DEFAULT_INDEX = 'telemetryflow-%Y.%m.%d';

const { endpoint: _endpoint, ...shared } = httpOptionsSchema;

const index = (of: string): FieldSchema => ({ type: 'string', description: `Index of ${of}, instead of index.` });

export const schema: ObjectSchema<ElasticsearchConfig> = {
  type: 'object',
  properties: {
    endpoints: {
      description: 'URLs of the nodes of one cluster; requests go to each in turn. One of this and cloud_id is needed.',
      aliases: ['addresses', 'endpoint'],
      oneOfTypes: [
        { type: 'array', description: 'Nodes.', items: { type: 'string', format: 'url', description: 'A node.' } },
        { type: 'string', format: 'url', description: 'The only node, or a load balancer.' },
      ],
    },
    protocol: {
      type: 'string',
      enum: ['bulk', 'otlp'],
      default: 'bulk',
      description:
        'Way in: the bulk API, or OTLP (Elasticsearch 9.2 and later, and the managed endpoint of Elastic Cloud).',
    },
    cloud_id: { type: 'string', description: 'Cloud ID of a deployment on Elastic Cloud, instead of endpoints.' },
    index: {
      type: 'string',
      description: `Index to write to; %Y %y %m %d %H %j %V %G are of the time of the record, in UTC. Default ${DEFAULT_INDEX}.`,
    },
    metrics_index: index('metrics'),
    logs_index: index('logs'),
    traces_index: index('spans'),
    index_date_window: {
      type: 'string',
      unit: 'duration',
      description: 'Records further from now than this go to the index of today. Default: no limit.',
    },
    data_stream: {
      type: 'object',
      description:
        'Write to data streams (type-dataset.otel-namespace) where no index is set for the signal; over OTLP, where telemetry names none.',
      properties: {
        dataset: { type: 'string', default: 'generic', description: 'Middle part of the name.' },
        namespace: { type: 'string', default: 'default', description: 'Last part of the name.' },
      },
    } as ObjectSchema<Record<string, unknown>> & { readonly description: string },
    mapping: {
      type: 'string',
      enum: ['otel', 'ecs'],
      default: 'otel',
      description: 'Shape of documents: that of OpenTelemetry, or the Elastic Common Schema.',
    },
    template: {
      type: 'string',
      enum: ['auto', 'off'],
      default: 'auto',
      description: 'Install an index template for dated indices unless there is one.',
    },
    pipeline: { type: 'string', description: 'Ingest pipeline that documents go through.' },
    document_id: {
      type: 'string',
      enum: ['none', 'auto'],
      default: 'auto',
      description: 'Give log records and spans an _id, so that a repeated request stores nothing twice.',
    },
    temporality: {
      type: 'string',
      enum: ['as_is', 'delta'],
      default: 'as_is',
      description: 'Metrics as they come, or cumulative ones as their changes, which is what histograms need.',
    },
    username: { type: 'string', description: 'User for Basic authentication.' },
    password: { type: 'string', secret: true, description: 'Password for Basic authentication.' },
    api_key: { type: 'string', secret: true, description: 'API key: in its encoded form, or as id:key.' },
    bearer_token: { type: 'string', secret: true, description: 'Token for Bearer authentication.' },
    ...shared,
    compression: {
      ...shared.compression,
      description: 'Compression of request bodies of 1 KiB and more: gzip or none (true means gzip).',
    },
    max_response_bytes: {
      ...shared.max_response_bytes,
      default: '16MiB',
    } as FieldSchema,
    tls_ca_file: { type: 'string', description: 'Same as tls.ca_file.' },
    tls_cert_file: { type: 'string', description: 'Same as tls.cert_file.' },
    tls_key_file: { type: 'string', description: 'Same as tls.key_file.' },
    batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a request.' },
    flush_interval: {
      type: 'string',
      unit: 'duration',
      default: '10s',
      description: 'Longest wait of the first item.',
    },
    flush_bytes: {
      type: 'string',
      unit: 'size',
      default: '5000000',
      description:
        'Largest request before compression; servers take 100 MB, some hosted ones 10 MB. Over OTLP 4 MB at most.',
    },
    traces: {
      ...(exporterOptionsSchema.properties.traces as UnionSchema),
      default: false,
      description: 'Send spans, too.',
    },
  },
};

/** True when the server makes the documents. */
export function isOtlp({ protocol }: Pick<ElasticsearchConfig, 'protocol'>): boolean {
  return protocol === 'otlp';
}

/** The pattern of the index that a signal is written to; `undefined` when it goes to a data stream. */
export function indexPattern(config: ElasticsearchConfig, signal: Signal): string | undefined {
  const own = config[`${signal}_index`];
  if (own !== undefined && own !== '') return own;
  if (config.data_stream !== undefined) return undefined;
  return config.index === undefined || config.index === '' ? DEFAULT_INDEX : config.index;
}

/** TLS options, with those of the original agent put in. */
export function withFlatTls(config: ElasticsearchConfig): TlsConfig {
  const { tls_ca_file, tls_cert_file, tls_key_file, tls } = config;
  return {
    ...(tls_ca_file !== undefined && { ca_file: tls_ca_file }),
    ...(tls_cert_file !== undefined && { cert_file: tls_cert_file }),
    ...(tls_key_file !== undefined && { key_file: tls_key_file }),
    ...tls,
  };
}
