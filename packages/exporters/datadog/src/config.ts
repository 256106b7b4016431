/** Configuration of the `datadog` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, Secret } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/**
 * `api`: the intakes of Datadog's own formats. `otlp`: its OTLP intake. `agent`: OTLP to an Agent nearby. `agent_v04`:
 * traces to the Agent's own intake, as Datadog's tracers send them.
 */
export type Protocol = 'api' | 'otlp' | 'agent' | 'agent_v04';

/** What every signal has. */
export interface SignalSettings {
  readonly enabled: boolean;
  readonly protocol?: Protocol;
  readonly batch_size?: number;
  readonly flush_interval?: number;
  readonly max_batch_items?: number;
}

/** What metrics have besides. */
export interface MetricsSettings extends SignalSettings {
  readonly resource_attributes_as_tags: boolean;
  readonly instrumentation_scope_metadata_as_tags: boolean;
  readonly histograms: 'distributions' | 'counters' | 'nobuckets';
  readonly send_aggregation_metrics: boolean;
  readonly summaries: 'gauges' | 'noquantiles';
  readonly historical: boolean;
}

/** What logs have besides. */
export interface LogsSettings extends SignalSettings {
  readonly source: string;
  readonly restamp_old: boolean;
}

/** Decoded; durations are milliseconds. */
export interface DatadogConfig extends HttpConfig {
  readonly api_key: Secret;
  readonly site: string;
  readonly protocol?: Protocol;
  readonly encoding: 'protobuf' | 'json';
  readonly metrics_endpoint?: string;
  readonly sketches_endpoint?: string;
  readonly logs_endpoint?: string;
  readonly traces_endpoint?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly host_tags: Readonly<Record<string, string>>;
  /** `''`: send no host. */
  readonly hostname?: string;
  readonly environment?: string;
  readonly version?: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly metrics: boolean | MetricsSettings;
  readonly logs: boolean | LogsSettings;
  readonly traces: boolean | SignalSettings;
  readonly app_key?: Secret;
  readonly profiling?: unknown;
}

const METRICS: MetricsSettings = {
  enabled: true,
  resource_attributes_as_tags: false,
  instrumentation_scope_metadata_as_tags: false,
  histograms: 'distributions',
  send_aggregation_metrics: false,
  summaries: 'gauges',
  historical: false,
};

const LOGS: LogsSettings = { enabled: true, source: 'opentelemetry', restamp_old: false };

/** Whether the switch of a signal is on. */
export function isSent(config: Pick<DatadogConfig, Signal>, signal: Signal): boolean {
  const own = config[signal];
  return typeof own === 'boolean' ? own : own.enabled;
}

/** The settings of metrics, also where the switch is a boolean. */
export function metricsSettings(config: Pick<DatadogConfig, 'metrics'>): MetricsSettings {
  return typeof config.metrics === 'object' ? { ...METRICS, ...config.metrics } : METRICS;
}

/** The settings of logs, also where the switch is a boolean. */
export function logsSettings(config: Pick<DatadogConfig, 'logs'>): LogsSettings {
  return typeof config.logs === 'object' ? { ...LOGS, ...config.logs } : LOGS;
}

const protocol: FieldSchema = {
  type: 'string',
  enum: ['api', 'otlp', 'agent'],
  description: 'api: the intakes of Datadog; otlp: its OTLP intake; agent: OTLP to an Agent. Default api.',
};

const tracesProtocol: FieldSchema = {
  type: 'string',
  enum: ['api', 'otlp', 'agent', 'agent_v04'],
  description:
    "otlp (default): Datadog's OTLP intake; agent: OTLP to an Agent; agent_v04: the Agent's own intake for traces.",
};

function signalSwitch(signal: Signal, own: Readonly<Record<string, FieldSchema>>, on: boolean): FieldSchema {
  return {
    ...(signal === 'traces' && { aliases: ['apm'] }),
    description: `Send ${signal}: true, false, or an object with settings of their own.`,
    default: on ? {} : { enabled: false },
    oneOfTypes: [
      { type: 'boolean', description: `Send ${signal}.` },
      {
        type: 'object',
        description: `Settings for ${signal}.`,
        properties: {
          enabled: { type: 'boolean', default: on, description: `Send ${signal}.` },
          protocol: signal === 'traces' ? tracesProtocol : protocol,
          batch_size: { type: 'integer', minimum: 1, description: 'Items that trigger a request.' },
          flush_interval: {
            type: 'string',
            unit: 'duration',
            ...(signal === 'metrics' && { default: '10s' }),
            description: 'Longest wait of the first item.',
          },
          max_batch_items: { type: 'integer', minimum: 1, description: 'Most items of one request under backlog.' },
          ...own,
        },
      },
    ],
  };
}

const metrics: Readonly<Record<string, FieldSchema>> = {
  resource_attributes_as_tags: {
    type: 'boolean',
    default: METRICS.resource_attributes_as_tags,
    description: 'All resource attributes as tags; each further combination of values is a custom metric, and billed.',
  },
  instrumentation_scope_metadata_as_tags: {
    type: 'boolean',
    default: METRICS.instrumentation_scope_metadata_as_tags,
    description: 'Name, version and attributes of the instrumentation scope as tags.',
  },
  histograms: {
    type: 'string',
    enum: ['distributions', 'counters', 'nobuckets'],
    default: METRICS.histograms,
    description: 'Histograms as distributions, as one count per bucket, or as count and sum alone.',
  },
  send_aggregation_metrics: {
    type: 'boolean',
    default: METRICS.send_aggregation_metrics,
    description: 'Also send .count, .sum, .min and .max of histograms.',
  },
  summaries: {
    type: 'string',
    enum: ['gauges', 'noquantiles'],
    default: METRICS.summaries,
    description: 'Quantiles of summaries as gauges, or not at all.',
  },
  historical: {
    type: 'boolean',
    default: METRICS.historical,
    description: 'Send points older than one hour too, for accounts that may send historical metrics.',
  },
};

const logs: Readonly<Record<string, FieldSchema>> = {
  source: { type: 'string', default: LOGS.source, description: 'The ddsource of records that name none.' },
  restamp_old: {
    type: 'boolean',
    default: LOGS.restamp_old,
    description: 'Give records older than 18 hours the time of their request instead of dropping them.',
  },
};

function endpointField(what: string): FieldSchema {
  return { type: 'string', format: 'url', description: `Full URL for ${what}; the path says which protocol.` };
}

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<DatadogConfig> = {
  api_key: { type: 'string', secret: true, description: 'API key (Organization Settings, API Keys).' },
  site: {
    type: 'string',
    default: 'us1',
    description: 'Site: us1, us3, us5, eu1, ap1, ap2, uk1, us1_fed, us2_fed, or its domain.',
  },
  tags: {
    type: 'object',
    values: { type: 'string', description: 'Value.' },
    fromList: true,
    default: {},
    description: 'Tags to add where the telemetry has none of that key: a list of key:value, or a map.',
  },
  host_tags: {
    type: 'object',
    values: { type: 'string', description: 'Value.' },
    fromList: true,
    default: {},
    description: 'Further tags, as in tags.',
  },
  metrics: signalSwitch('metrics', metrics, true),
  logs: signalSwitch('logs', logs, true),
  traces: signalSwitch('traces', {}, false),
  protocol: { ...protocol, description: 'Protocol of all signals that name none of their own: api, otlp or agent.' },
  encoding: {
    type: 'string',
    enum: ['protobuf', 'json'],
    default: 'protobuf',
    description: 'How series are written; distributions are always protobuf, logs always JSON.',
  },
  endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    description: 'Replaces scheme and host of every URL, for proxies and tests; the paths are kept.',
  },
  metrics_endpoint: endpointField('metrics'),
  sketches_endpoint: {
    type: 'string',
    format: 'url',
    description: 'Full URL for distributions; by default beside that of metrics.',
  },
  logs_endpoint: endpointField('logs'),
  traces_endpoint: endpointField('traces'),
  hostname: {
    type: 'string',
    description: 'Host of telemetry that names none; default the name of this machine, empty for none.',
  },
  environment: { type: 'string', description: 'The env of telemetry that has none.' },
  version: { type: 'string', description: 'The version of telemetry that has none.' },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a request.' },
  flush_interval: {
    type: 'string',
    unit: 'duration',
    default: '5s',
    description: 'Longest wait of the first log record or span; for metrics see metrics.flush_interval.',
  },
  headers: {
    ...httpOptionsSchema.headers,
    description: 'Headers to send with every request; they cannot replace the key.',
  },
  app_key: { type: 'string', secret: true, description: 'Accepted and not used: sending needs the API key alone.' },
  profiling: { type: 'any', description: 'Accepted; profiles are not supported.' },
};
