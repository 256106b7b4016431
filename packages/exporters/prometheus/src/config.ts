/** Configuration of the `prometheus` exporter. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { FieldSchema, ObjectSchema, Secret } from '@telemetryflow/kernel';
import { TRANSLATION_STRATEGIES, type TranslationStrategy } from '@telemetryflow/remote-write';

/** Which message is sent: a version of remote write, `auto` (begins with 2.0 and falls back), or OTLP. */
export const PROTOCOLS = ['1.0', '2.0', 'auto', 'otlp'] as const;
/** One of them. */
export type Protocol = (typeof PROTOCOLS)[number];

/** Decoded; durations are milliseconds, sizes bytes. */
export interface PrometheusConfig extends HttpConfig {
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly external_labels: Readonly<Record<string, string>>;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly basic_auth?: { readonly username?: string; readonly password?: Secret } | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly tenant_id?: string | undefined;
  readonly tls_ca_file?: string | undefined;
  readonly tls_cert_file?: string | undefined;
  readonly tls_key_file?: string | undefined;
  readonly job_name: string;
  readonly protocol: Protocol;
  readonly translation_strategy: TranslationStrategy;
  readonly namespace: string;
  readonly resource_to_labels: 'all' | readonly string[];
  readonly target_info: boolean;
  readonly scope_labels: boolean;
  readonly histograms: 'classic' | 'nhcb';
  readonly exponential_histograms: 'native' | 'classic' | 'drop';
  readonly delta: 'accumulate' | 'drop';
  readonly send_exemplars: boolean;
  readonly send_metadata: boolean;
  readonly max_label_value_length: number;
  readonly max_request_bytes: number;
  readonly retry_on_429: boolean;
  readonly stale_on_shutdown: boolean;
}

const tls = httpOptionsSchema.tls as ObjectSchema<Record<string, unknown>> & { readonly description: string };

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<PrometheusConfig> = {
  // No `format: url` here: the check of this exporter has better advice for an address without scheme.
  endpoint: {
    type: 'string',
    description:
      'URL of the remote write receiver; /api/v1/write is added to a URL without path. With protocol: otlp it becomes that of OTLP.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 500, description: 'Data points that trigger a request.' },
  flush_interval: {
    type: 'string',
    unit: 'duration',
    default: '30s',
    description: 'Longest wait of the first data point; keep it under 5m, the lookback of queries.',
  },
  external_labels: {
    type: 'object',
    default: {},
    description: 'Labels for every series that has none of that name.',
    values: { type: 'string', description: 'Value of the label.' },
  },
  username: { type: 'string', description: 'User for Basic authentication.' },
  password: { type: 'string', secret: true, description: 'Password for Basic authentication.' },
  basic_auth: {
    type: 'object',
    description: 'Basic authentication, as Prometheus writes it.',
    properties: {
      username: { type: 'string', description: 'User.' },
      password: { type: 'string', secret: true, description: 'Password.' },
    },
  },
  bearer_token: { type: 'string', secret: true, description: 'Token for Bearer authentication.' },
  tenant_id: { type: 'string', description: 'Tenant of Mimir, Cortex or Thanos: the header X-Scope-OrgID.' },
  tls: {
    ...tls,
    properties: {
      ...tls.properties,
      enabled: { type: 'boolean', description: 'Without effect: the scheme of the endpoint decides.' },
    },
  },
  tls_ca_file: { type: 'string', description: 'Same as tls.ca_file.' },
  tls_cert_file: { type: 'string', description: 'Same as tls.cert_file.' },
  tls_key_file: { type: 'string', description: 'Same as tls.key_file.' },
  compression: {
    type: 'string',
    enum: ['snappy', 'gzip', 'none'],
    default: 'snappy',
    description: 'Remote write demands snappy; with protocol: otlp that means gzip, and none is the other choice.',
  },
  job_name: { type: 'string', default: '', description: 'Label job of resources without service.name.' },
  protocol: {
    type: 'string',
    enum: [...PROTOCOLS],
    default: '1.0',
    description:
      'Remote write version; auto begins with 2.0 and falls back to 1.0 for an hour. Or otlp, which Prometheus 3 takes.',
  },
  translation_strategy: {
    type: 'string',
    enum: [...TRANSLATION_STRATEGIES],
    default: 'UnderscoreEscapingWithSuffixes',
    description: 'How names become Prometheus names; the last two need a receiver of Prometheus 3.',
  },
  namespace: { type: 'string', default: '', description: 'Prefix of every metric name.' },
  resource_to_labels: {
    description: 'Resource attributes that become labels of every series: a list, or all.',
    default: [],
    oneOfTypes: [
      { type: 'string', enum: ['all'], description: 'All of them.' },
      { type: 'array', description: 'These.', items: { type: 'string', description: 'Attribute.' } },
    ],
  },
  target_info: { type: 'boolean', default: true, description: 'Write resource attributes as target_info.' },
  scope_labels: { type: 'boolean', default: true, description: 'Add labels otel_scope_name, _version and so on.' },
  histograms: {
    type: 'string',
    enum: ['classic', 'nhcb'],
    default: 'classic',
    description: 'Histograms as _bucket series, or native with custom buckets (2.0 only).',
  },
  exponential_histograms: {
    type: 'string',
    enum: ['native', 'classic', 'drop'],
    default: 'native',
    description: 'Exponential histograms as native histograms, as _bucket series, or not at all.',
  },
  delta: {
    type: 'string',
    enum: ['accumulate', 'drop'],
    default: 'accumulate',
    description: 'Delta metrics: add them up, or drop them.',
  },
  send_exemplars: { type: 'boolean', default: true, description: 'Send exemplars.' },
  send_metadata: { type: 'boolean', default: true, description: 'Send type, help and unit of metrics.' },
  max_label_value_length: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'Cut longer label values (2048 is the limit of Mimir and Cortex); 0 cuts nothing.',
  },
  max_request_bytes: {
    type: 'string',
    unit: 'size',
    default: '3000000',
    description: 'Largest request before compression.',
  },
  retry_on_429: { type: 'boolean', default: true, description: 'Send again what was throttled.' },
  stale_on_shutdown: { type: 'boolean', default: true, description: 'End all series at shutdown by stale markers.' },
} satisfies Readonly<Record<string, FieldSchema>>;

/** User and password, from either place; `undefined` without them. */
export function credentials(config: PrometheusConfig): { user: string; password: Secret | undefined } | undefined {
  const user = config.username ?? config.basic_auth?.username;
  const password = config.password ?? config.basic_auth?.password;
  if ((user === undefined || user === '') && (password === undefined || password.empty)) return undefined;
  return { user: user ?? '', password };
}

/** Whether requests are OTLP. */
export function isOtlp({ protocol }: Pick<PrometheusConfig, 'protocol'>): boolean {
  return protocol === 'otlp';
}
