/** Configuration of the `instana` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface InstanaConfig extends HttpConfig {
  readonly agent_key?: Secret | undefined;
  readonly otlp_endpoint: string;
  readonly traces_endpoint: string;
  readonly metrics_endpoint: string;
  readonly logs_endpoint: string;
  readonly events_endpoint: string;
  readonly agent_url: string;
  readonly protocol: 'auto' | 'native' | 'otlp';
  readonly metrics_format: 'otlp' | 'plugins';
  readonly logs_mode: 'otlp' | 'events' | 'off';
  readonly events_min_severity: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly events_per_second: number;
  readonly zone: string;
  readonly host_id: string;
  readonly service_name: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly keep_precision: boolean;
  readonly convert_exponential: boolean;
  readonly max_metric_age: number;
}

const ownUrl = (description: string) => ({ type: 'string', format: 'url', default: '', description }) as const;

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<InstanaConfig> = {
  agent_key: {
    type: 'string',
    secret: true,
    description: 'Agent key of the Instana unit, sent as x-instana-key; a host agent needs none.',
  },
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    aliases: ['endpoint_url'],
    description:
      'URL of the serverless acceptor, of the OTLP acceptor, or of a host agent; /traces is added for spans.',
  },
  otlp_endpoint: ownUrl('Base URL of the OTLP acceptor, without /v1/…; empty to derive it from endpoint_url.'),
  traces_endpoint: ownUrl('Full URL for traces, taken as it is; one that ends in /v1/traces gets OTLP.'),
  metrics_endpoint: ownUrl('Full URL for metrics, taken as it is: OTLP, or that of metrics_format.'),
  logs_endpoint: ownUrl('Full OTLP URL for logs, taken as it is.'),
  events_endpoint: ownUrl('Full URL of the event API, with logs_mode: events.'),
  agent_url: ownUrl('URL of a host agent, as http://localhost:42699, which takes events with logs_mode: events.'),
  protocol: {
    type: 'string',
    enum: ['auto', 'native', 'otlp'],
    default: 'auto',
    description: "auto: spans in Instana's own format, metrics and logs by OTLP; otlp: all three; native: spans only.",
  },
  metrics_format: {
    type: 'string',
    enum: ['otlp', 'plugins'],
    default: 'otlp',
    description: "otlp, or plugins: CPU, memory and open files of processes in the format of Instana's own tracers.",
  },
  logs_mode: {
    type: 'string',
    enum: ['otlp', 'events', 'off'],
    default: 'otlp',
    description: 'otlp, events (of a host agent), or off.',
  },
  events_min_severity: {
    type: 'string',
    enum: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'],
    default: 'ERROR',
    description: 'Lowest severity that becomes an event; below WARN they are change events.',
  },
  events_per_second: {
    type: 'integer',
    minimum: 1,
    default: 10,
    description: 'Events per second on average; what is more is dropped.',
  },
  zone: { type: 'string', default: '', description: 'Name of a group of hosts, sent as instana.zone.' },
  host_id: {
    type: 'string',
    default: '',
    description: 'Host of telemetry whose resource names none; default: the name of this host.',
  },
  service_name: {
    type: 'string',
    default: 'telemetryflow',
    description: 'The service.name of telemetry that has none, or only unknown_service.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 1000, description: 'Items that trigger a request.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
  tags: {
    type: 'object',
    fromList: true,
    default: {},
    description: 'Resource attributes to add where the telemetry has none; they become tags of spans.',
    values: { type: 'string', description: 'Value.' },
  },
  keep_precision: {
    type: 'boolean',
    default: false,
    description:
      "Keep the nanoseconds of durations, as the tag otel.duration_ns; Instana's own format has milliseconds.",
  },
  convert_exponential: {
    type: 'boolean',
    default: true,
    description:
      'Convert exponential histograms, which Instana does not list, to explicit ones of 160 boundaries at most.',
  },
  max_metric_age: {
    type: 'string',
    unit: 'duration',
    default: '5m',
    description: 'Drop older points: Instana gives them the time of their arrival. 0s: never.',
  },
  compression: {
    ...httpOptionsSchema.compression,
    description:
      "Compression of OTLP requests of 1 KiB and more: gzip or none. Spans in Instana's own format have none.",
  },
};
