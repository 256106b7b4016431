/** Configuration of the `netdata` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** How lines of StatsD are made and sent. */
export interface StatsdOptions {
  readonly prefix: string;
  readonly attributes: 'values' | 'key_values' | 'none';
  readonly transport: 'tcp' | 'udp';
  readonly include_host: boolean;
  readonly max_udp_bytes: number;
}

/** Decoded; durations are milliseconds, sizes bytes. */
export interface NetdataConfig extends HttpConfig {
  readonly metrics_endpoint: string;
  readonly protocol: 'auto' | 'otlp_grpc' | 'statsd';
  readonly api_token?: Secret | undefined;
  readonly space_id: string;
  readonly room_id: string;
  readonly verify_cloud?: boolean;
  readonly claim_token?: Secret | undefined;
  readonly claim_rooms: readonly string[];
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly hostname_override: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly max_new_charts_per_request: number;
  readonly exclude_resource_attributes: readonly string[];
  readonly statsd: StatsdOptions;
}

/** Schemas of the exporter's own options, and of shared ones that differ. */
export const fields: HttpExporterFields<NetdataConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: 'https://api.netdata.cloud',
    description:
      'Netdata Cloud, which takes no metrics: they go to the Agent of this machine. Or the web address of another Agent, http://host:19999.',
  },
  metrics_endpoint: {
    type: 'string',
    default: '',
    description:
      'Where metrics go: grpc://host:4317, grpcs://host:4317, statsd://host:8125 or statsd+udp://host:8125. Empty: see endpoint.',
  },
  protocol: {
    type: 'string',
    enum: ['auto', 'otlp_grpc', 'statsd'],
    default: 'auto',
    description: 'auto is OTLP over gRPC (Agent 2.7 and later), and StatsD while nothing listens there.',
  },
  api_token: {
    type: 'string',
    secret: true,
    description: 'Token of Netdata Cloud, used by verify_cloud only. Metrics need none.',
  },
  space_id: { type: 'string', default: '', description: 'Space that verify_cloud looks for.' },
  room_id: { type: 'string', default: '', description: 'Room of the space; rooms are for queries only.' },
  verify_cloud: {
    type: 'boolean',
    description:
      'Ask Netdata Cloud at start, every 10 minutes and in the health check whether api_token opens space_id. Its answer is shown as health, and drops nothing. Default: where both are set.',
  },
  claim_token: {
    type: 'string',
    secret: true,
    description: 'Token with which an Agent joins a space; see claimConf. It cannot be used to send data.',
  },
  claim_rooms: {
    type: 'array',
    default: [],
    description: 'Rooms that an Agent joins with claim_token; see claimConf.',
    items: { type: 'string', pattern: '^[^,\\s]+$', description: 'Id of a room.' },
  },
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Data points that trigger a request.' },
  flush_interval: {
    type: 'string',
    unit: 'duration',
    default: '10s',
    description: "Longest wait of the first data point; at most the Agent's interval_secs.",
  },
  hostname_override: {
    type: 'string',
    default: '',
    description: 'Replaces host.name of the resource. It makes no node of its own in Netdata.',
  },
  tags: {
    type: 'object',
    values: { type: 'string', description: 'Value.' },
    fromList: true,
    default: {},
    aliases: ['labels'],
    description:
      'Resource attributes to add where the telemetry has none: a map, or a list of key:value. Lost by StatsD.',
  },
  max_new_charts_per_request: {
    type: 'integer',
    minimum: 4,
    default: 100,
    description: "The Agent's option of that name: it drops what is new beyond it, without a word.",
  },
  exclude_resource_attributes: {
    type: 'array',
    default: ['process.*', 'telemetry.sdk.*'],
    description: 'Resource attributes to leave out, since a new value makes new charts; * ends a prefix.',
    items: { type: 'string', description: 'Name of an attribute, or a prefix and *.' },
  },
  compression: {
    description: 'Compression of OTLP requests: gzip or none (true means gzip).',
    default: 'gzip',
    oneOfTypes: [
      { type: 'string', enum: ['gzip', 'none'], description: 'gzip or none.' },
      { type: 'boolean', description: 'gzip or none.' },
    ],
  },
  headers: { ...httpOptionsSchema.headers, description: 'Metadata to send with OTLP requests.' },
  statsd: {
    type: 'object',
    present: true,
    description: 'What is sent by StatsD.',
    properties: {
      prefix: {
        type: 'string',
        pattern: '^[A-Za-z0-9_-]+$',
        default: 'otel',
        description: 'First word of every name.',
      },
      attributes: {
        type: 'string',
        enum: ['values', 'key_values', 'none'],
        default: 'values',
        description: 'What is added to the name of a metric: values of its attributes, key_value, or nothing.',
      },
      transport: {
        type: 'string',
        enum: ['tcp', 'udp'],
        default: 'tcp',
        description: 'How lines travel where metrics_endpoint does not say it: statsd:// is TCP, statsd+udp:// is UDP.',
      },
      include_host: { type: 'boolean', default: false, description: 'Add the host name after the prefix.' },
      max_udp_bytes: {
        type: 'integer',
        minimum: 512,
        maximum: 65_507,
        default: 1432,
        description: 'Largest datagram, over UDP.',
      },
    },
  },
};
