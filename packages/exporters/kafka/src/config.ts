/** Configuration of the `kafka` exporter. */
import type { ExporterOptions, FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** How the value of a record is written; `json` is another name of `otlp_json`. */
export const ENCODINGS = [
  'otlp_proto',
  'otlp_json',
  'json',
  'jaeger_proto',
  'jaeger_json',
  'zipkin_json',
  'zipkin_proto',
  'raw',
] as const;
export type EncodingName = (typeof ENCODINGS)[number];
/** An encoding, without aliases. */
export type Encoding = Exclude<EncodingName, 'json'>;

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionName = (typeof COMPRESSIONS)[number];

export const PARTITIONERS = ['murmur2', 'round_robin', 'sticky', 'fnv1a'] as const;
export type PartitionerName = (typeof PARTITIONERS)[number];

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Replicas that must have a record before the broker answers: all in sync, the leader, or none. */
export type Acks = -1 | 0 | 1;

interface TlsBlock {
  readonly enabled?: boolean;
  readonly ca_file?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
  readonly server_name?: string;
  readonly min_version?: '1.2' | '1.3';
  readonly skip_verify?: boolean;
}

/** Decoded; durations are milliseconds, sizes bytes. */
export interface KafkaConfig
  extends Pick<
    ExporterOptions,
    'enabled' | 'batch_size' | 'flush_interval' | 'timeout' | 'metrics' | 'logs' | 'traces'
  > {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly logs_topic: string;
  readonly traces_topic: string;
  readonly encoding: EncodingName;
  readonly metrics_encoding?: EncodingName;
  readonly logs_encoding?: EncodingName;
  readonly traces_encoding?: EncodingName;
  readonly partition_key: string;
  readonly partitioner: PartitionerName;
  readonly compression: CompressionName | boolean;
  readonly max_message_bytes: number;
  readonly acks: string | number;
  readonly idempotent: boolean;
  readonly create_topics: boolean;
  readonly driver: 'kafkajs' | 'platformatic';
  readonly client_id: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly connection_timeout: number;
  readonly tls?: TlsBlock;
  readonly tls_enabled?: boolean;
  readonly tls_skip_verify: boolean;
  readonly tls_ca_file?: string;
  readonly tls_cert_file?: string;
  readonly tls_key_file?: string;
  readonly sasl_enabled?: boolean;
  readonly sasl_mechanism: string;
  readonly sasl_username?: string;
  readonly sasl_password?: Secret;
  readonly sasl_token?: Secret;
}

type OwnFields = {
  readonly [K in Exclude<keyof KafkaConfig, 'enabled' | 'metrics' | 'logs' | 'traces'>]-?: FieldSchema;
};

function encodingOf(signal: Signal): FieldSchema {
  return { type: 'string', enum: [...ENCODINGS], description: `Encoding of ${signal}, over encoding.` };
}

function file(what: string): FieldSchema {
  return { type: 'string', description: `PEM file of ${what}.` };
}

const fields: OwnFields = {
  brokers: {
    type: 'array',
    minItems: 1,
    description: 'Brokers to ask first, as host:port; the port is 9092 where it is left out.',
    items: { type: 'string', description: 'Broker.' },
  },
  topic: {
    type: 'string',
    default: 'telemetryflow-metrics',
    aliases: ['metrics_topic'],
    description: 'Topic of metrics; empty: no metrics.',
  },
  logs_topic: { type: 'string', default: 'telemetryflow-logs', description: 'Topic of logs; empty: no logs.' },
  traces_topic: { type: 'string', default: 'telemetryflow-traces', description: 'Topic of traces; empty: no traces.' },
  encoding: {
    type: 'string',
    enum: [...ENCODINGS],
    default: 'json',
    description: 'How record values are written: json is OTLP/JSON; jaeger_ and zipkin_ are for traces, raw for logs.',
  },
  metrics_encoding: encodingOf('metrics'),
  logs_encoding: encodingOf('logs'),
  traces_encoding: encodingOf('traces'),
  partition_key: {
    type: 'string',
    default: 'hostname',
    description:
      'Key of records: hostname, service, trace_id, resource, resource:<attribute>, the name of a resource attribute, or none.',
  },
  partitioner: {
    type: 'string',
    enum: [...PARTITIONERS],
    default: 'murmur2',
    description: 'How a key chooses its partition: murmur2 as Java clients, fnv1a as sarama.',
  },
  compression: {
    description: 'Compression of record batches.',
    default: 'snappy',
    oneOfTypes: [
      { type: 'string', enum: [...COMPRESSIONS], description: 'none, gzip, snappy, lz4 or zstd.' },
      { type: 'boolean', description: 'snappy or none.' },
    ],
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '1s', description: 'Longest wait of the first item.' },
  timeout: { type: 'string', unit: 'duration', default: '30s', description: 'Longest time of one request.' },
  max_message_bytes: {
    type: 'string',
    unit: 'size',
    default: '1000000',
    description: 'Largest record batch before compression; keep it below max.message.bytes of the topics.',
  },
  acks: {
    description: 'Replicas that must store a record before it counts as delivered: all, 1 or 0.',
    default: 'all',
    aliases: ['required_acks'],
    oneOfTypes: [
      { type: 'string', enum: ['all', '-1', '0', '1'], description: 'all, 1 or 0.' },
      { type: 'integer', minimum: -1, maximum: 1, description: '-1 is all.' },
    ],
  },
  idempotent: {
    type: 'boolean',
    default: false,
    description: 'Let the brokers remove duplicates of retries; needs acks: all and driver: platformatic.',
  },
  create_topics: {
    type: 'boolean',
    default: true,
    description: 'Let the brokers create missing topics, where auto.create.topics.enable allows it.',
  },
  driver: {
    type: 'string',
    enum: ['kafkajs', 'platformatic'],
    default: 'kafkajs',
    description: 'Client to use; platformatic needs the package @platformatic/kafka.',
  },
  client_id: {
    type: 'string',
    default: 'telemetryflow',
    description: 'Name of this client in broker logs and quotas.',
  },
  headers: {
    type: 'object',
    default: {},
    description: 'Headers to put on every record.',
    values: { type: 'string', secret: true, description: 'Value.' },
  },
  connection_timeout: {
    type: 'string',
    unit: 'duration',
    default: '10s',
    description: 'Longest time until a connection is made.',
  },
  tls: {
    type: 'object',
    description: 'TLS to the brokers; its presence turns it on.',
    properties: {
      enabled: { type: 'boolean', description: 'False turns TLS off.' },
      ca_file: file('the authority that signed the certificates of the brokers'),
      cert_file: file('our certificate'),
      key_file: file('the key of our certificate'),
      server_name: { type: 'string', description: 'Name in the certificates, where it is not the host of the broker.' },
      min_version: { type: 'string', enum: ['1.2', '1.3'], description: 'Lowest version of TLS.' },
      skip_verify: { type: 'boolean', description: 'Do not check the certificates of the brokers.' },
    },
  },
  tls_enabled: { type: 'boolean', description: 'TLS to the brokers.' },
  tls_skip_verify: { type: 'boolean', default: false, description: 'Do not check the certificates of the brokers.' },
  tls_ca_file: file('the authority that signed the certificates of the brokers'),
  tls_cert_file: file('our certificate'),
  tls_key_file: file('the key of our certificate'),
  sasl_enabled: { type: 'boolean', description: 'Log in by SASL; default: when there are credentials.' },
  sasl_mechanism: {
    type: 'string',
    default: 'PLAIN',
    enum: [...SASL_MECHANISMS, ...SASL_MECHANISMS.map((name) => name.toLowerCase())],
    description: 'How to log in.',
  },
  sasl_username: { type: 'string', description: 'User.' },
  sasl_password: { type: 'string', secret: true, description: 'Password.' },
  sasl_token: { type: 'string', secret: true, description: 'Token for OAUTHBEARER.' },
};

export const schema: ObjectSchema<KafkaConfig> = {
  type: 'object',
  properties: fields as ObjectSchema<KafkaConfig>['properties'],
  required: ['brokers'],
};

/** The topic of a signal; `''` when the signal is off. */
export function topicOf(config: KafkaConfig, signal: Signal): string {
  return signal === 'metrics' ? config.topic : config[`${signal}_topic`];
}

const TRACES_ONLY = /^(jaeger|zipkin)_/;

/** The encoding that was asked for, even where the signal cannot have it. */
function askedEncoding(config: KafkaConfig, signal: Signal): Encoding {
  const name = config[`${signal}_encoding`] ?? config.encoding;
  return name === 'json' ? 'otlp_json' : name;
}

/** The encoding of a signal: `otlp_proto` where the one asked for is for another signal. */
export function signalEncoding(config: KafkaConfig, signal: Signal): Encoding {
  const asked = askedEncoding(config, signal);
  return fits(asked, signal) ? asked : 'otlp_proto';
}

/** Whether an encoding can carry a signal. */
export function fits(encoding: EncodingName, signal: Signal): boolean {
  if (TRACES_ONLY.test(encoding)) return signal === 'traces';
  return encoding !== 'raw' || signal === 'logs';
}

/** Signals with a topic that are not switched off. */
export function signalsOf(config: KafkaConfig): Signal[] {
  return (['traces', 'metrics', 'logs'] as const).filter((signal) => {
    const on = config[signal];
    return (typeof on === 'object' ? on.enabled : on !== false) && topicOf(config, signal) !== '';
  });
}

export function acksOf(config: KafkaConfig): Acks {
  return config.acks === 'all' ? -1 : (Number(config.acks) as Acks);
}

export function compressionOf(config: KafkaConfig): CompressionName {
  if (typeof config.compression === 'string') return config.compression;
  return config.compression ? 'snappy' : 'none';
}

/** `host:port` of every broker named. */
export function brokersOf(config: KafkaConfig): string[] {
  return config.brokers.map((broker) => (/(:\d+)$/.test(broker) ? broker : `${broker}:9092`));
}
