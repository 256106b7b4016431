/** Configuration of the `manageengine` exporter: three products that share a block, and little else. */
import { type HttpConfig, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';

export const PRODUCTS = ['opmanager', 'site24x7', 'applications_manager'] as const;
/** One of `PRODUCTS`. */
export type Product = (typeof PRODUCTS)[number];

/** How log records travel: the first three by OpManager, the others by Site24x7. */
export type LogsMode = 'events' | 'syslog' | 'otlp' | 'applogs' | 'receiver' | 'off';

/** When a value of a metric is an alarm. */
export interface MetricThreshold {
  readonly metric: string;
  readonly op: 'gt' | 'ge' | 'lt' | 'le';
  readonly value: number;
  /** OpManager's number: 1 critical, 2 trouble, 3 attention, 4 service down. */
  readonly severity: number;
  /** Milliseconds for which it has to hold. */
  readonly for: number;
}

/** Decoded; durations are milliseconds, sizes bytes. */
export interface ManageengineConfig extends Omit<HttpConfig, 'endpoint'> {
  readonly api_key: Secret;
  readonly base_url: string;
  readonly product: Product | 'appmanager';
  readonly account_id: string;
  readonly monitor_group: string;
  readonly data_center: string;
  readonly otlp_endpoint: string;
  readonly metrics_endpoint: string;
  readonly logs_endpoint: string;
  readonly alerts_endpoint: string;
  readonly logs_mode?: LogsMode | undefined;
  readonly device_name: string;
  readonly events_min_severity: 'WARN' | 'ERROR' | 'FATAL';
  readonly max_events_per_minute: number;
  readonly api_key_in: 'auto' | 'header' | 'body';
  readonly metric_thresholds: readonly MetricThreshold[];
  readonly syslog_endpoint: string;
  readonly log_type: string;
  readonly log_token?: Secret | undefined;
  readonly upload_domain: string;
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly tags: Readonly<Record<string, string>>;
}

const text = (description: string): FieldSchema => ({ type: 'string', default: '', description });
const url = (description: string): FieldSchema => ({ type: 'string', format: 'url', default: '', description });

const threshold: FieldSchema = {
  type: 'object',
  description: 'When a value of a metric is an alarm.',
  required: ['metric', 'op', 'value', 'severity'],
  properties: {
    metric: { type: 'string', description: 'Name of the metric.' },
    op: {
      type: 'string',
      enum: ['gt', 'ge', 'lt', 'le'],
      description: 'Alarm while the value is greater (gt), at least (ge), less (lt) or at most (le) this value.',
    },
    value: { type: 'number', description: 'What the value is compared with; of histograms the average.' },
    severity: {
      type: 'integer',
      minimum: 1,
      maximum: 4,
      description: '1 critical, 2 trouble, 3 attention, 4 service down.',
    },
    for: { type: 'string', unit: 'duration', default: '0s', description: 'Time for which it has to hold.' },
  },
};

const { endpoint: _endpoint, ...httpOptions } = httpOptionsSchema;

export const schema: ObjectSchema<ManageengineConfig> = {
  type: 'object',
  required: ['api_key'],
  properties: {
    ...httpOptions,
    api_key: {
      type: 'string',
      secret: true,
      description: 'REST API key of OpManager; device key or license key of Site24x7 and of the APM collector.',
    },
    base_url: {
      ...url('OpManager: default https://localhost:8060. Site24x7: as otlp_endpoint, unless it is the web console.'),
      aliases: ['endpoint'],
    },
    product: {
      type: 'string',
      enum: [...PRODUCTS, 'appmanager'],
      default: 'opmanager',
      description: 'Who gets the data: opmanager, site24x7 or applications_manager (also appmanager).',
    },
    account_id: text('Number of the account, for the reader: no product wants it from who sends data.'),
    monitor_group: text(
      'OpManager: eventType of events. Otherwise attribute monitor.group; ids of groups (numbers) of the receiver.',
    ),
    data_center: text(
      'Site24x7: us, eu, in, cn, au, jp, ca, uk, ae, sa or sg. Default: what the prefix of the key names, else us.',
    ),
    otlp_endpoint: url('Base URL for OTLP: of Site24x7, or of the APM Insight collector (http://HOST:4318).'),
    metrics_endpoint: url('Site24x7: full OTLP URL for metrics. Otherwise a gateway of your own that takes JSON.'),
    logs_endpoint: url('Site24x7: full OTLP URL for logs. Otherwise a gateway of your own that takes JSON.'),
    alerts_endpoint: url('OpManager: full URL for events, for a gateway of your own that forwards them.'),
    logs_mode: {
      type: 'string',
      enum: ['events', 'syslog', 'otlp', 'applogs', 'receiver', 'off'],
      description: 'OpManager: events (default) or syslog. Site24x7: otlp (default), applogs or receiver. Or off.',
    },
    device_name: text('Device of OpManager that events are about. Default: host.name of the resource, else this host.'),
    events_min_severity: {
      type: 'string',
      enum: ['WARN', 'ERROR', 'FATAL'],
      default: 'ERROR',
      description: 'Log records below it are no events.',
    },
    max_events_per_minute: {
      type: 'integer',
      minimum: 1,
      default: 60,
      description: 'Events beyond it are dropped: floods harm the alarm store of OpManager.',
    },
    api_key_in: {
      type: 'string',
      enum: ['auto', 'header', 'body'],
      default: 'auto',
      description: 'Where OpManager gets the key: header (build 128100 and later), body (before), or find out.',
    },
    metric_thresholds: {
      type: 'array',
      default: [],
      items: threshold,
      description: 'OpManager: values of metrics that raise and clear alarms.',
    },
    syslog_endpoint: text('Syslog port of OpManager for logs_mode: syslog, as udp://HOST:514.'),
    log_type: text('Site24x7, logs_mode: applogs: id of the log type, as X-LogType.'),
    log_token: {
      type: 'string',
      secret: true,
      description: 'Site24x7, logs_mode: receiver: token of a log type with API upload enabled.',
    },
    upload_domain: text('Host for logs_mode applogs and receiver. Default: logc.site24x7.TLD of the data center.'),
    batch_size: { type: 'integer', minimum: 1, default: 500, description: 'Items that trigger a request.' },
    flush_interval: {
      type: 'string',
      unit: 'duration',
      default: '10s',
      description: 'Longest wait of the first item. Equal events within it become one.',
    },
    tags: {
      type: 'object',
      values: { type: 'string', description: 'Value.' },
      fromList: true,
      default: {},
      description: 'Resource attributes to add where the telemetry has none; OpManager sees them in the message.',
    },
  },
};
