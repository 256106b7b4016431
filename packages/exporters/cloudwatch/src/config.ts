/** Configuration of the `cloudwatch` exporter. */
import {
  type ExporterOptions,
  exporterOptionsSchema,
  type ObjectSchema,
  type Secret,
  type SignalOptions,
  type UnionSchema,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** Days for which CloudWatch Logs can keep events. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Which attributes become dimensions: each combination of their values is one metric to CloudWatch, and billed. */
export interface DimensionOptions {
  /** Resource attributes, in this order. */
  readonly resource: readonly string[];
  /** Name and version of the instrumentation scope. */
  readonly scope: boolean;
  /** Attributes of data points: all, none, or those named. */
  readonly attributes: 'all' | 'none' | readonly string[];
  /** Most dimensions of one metric. */
  readonly max: number;
}

/** Decoded; durations are milliseconds. */
export interface CloudwatchConfig extends Pick<ExporterOptions, 'batch_size' | 'flush_interval'> {
  readonly region?: string;
  readonly namespace: string;
  readonly log_group: string;
  /** Empty: the host name. */
  readonly log_stream: string;
  readonly access_key_id?: string;
  readonly secret_access_key?: Secret;
  readonly session_token?: Secret;
  readonly role_arn?: string;
  readonly external_id?: string;
  readonly endpoint_override?: string;
  readonly metrics_protocol: 'api' | 'otlp';
  readonly logs_protocol: 'api' | 'otlp';
  readonly traces: boolean | SignalOptions;
  readonly bearer_token?: Secret;
  readonly headers: Readonly<Record<string, Secret>>;
  /** 1 or 60 seconds for all metrics, or by pattern of metric name; the first that matches counts. */
  readonly metric_resolution: number | Readonly<Record<string, number>>;
  readonly dimension_rollup_option: 'none' | 'zero_and_single' | 'single';
  readonly dimensions: DimensionOptions;
  readonly histogram_mode: 'values' | 'statistics';
  readonly create_log_group: boolean;
  readonly create_log_stream: boolean;
  readonly retention_days?: number;
  readonly log_group_class?: 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | 'ESSENTIALS';
  readonly log_format: 'json' | 'body';
  readonly entity: boolean;
}

const dimensions: ObjectSchema<DimensionOptions> & { readonly description: string } = {
  type: 'object',
  present: true,
  description: 'Attributes that become dimensions; each combination of values is one metric, and billed.',
  properties: {
    resource: {
      type: 'array',
      items: { type: 'string', description: 'Name of a resource attribute.' },
      default: ['service.name', 'service.namespace', 'deployment.environment.name'],
      description: 'Resource attributes.',
    },
    scope: { type: 'boolean', default: false, description: 'Name and version of the instrumentation scope.' },
    attributes: {
      description: 'Attributes of data points: all, none, or a list of names.',
      default: 'all',
      oneOfTypes: [
        { type: 'string', enum: ['all', 'none'], description: 'All or none.' },
        { type: 'array', items: { type: 'string', description: 'Name of an attribute.' }, description: 'These.' },
      ],
    },
    max: {
      type: 'integer',
      minimum: 0,
      maximum: 30,
      default: 30,
      description: 'Most dimensions of one metric; CloudWatch takes 30.',
    },
  },
};

export const schema: ObjectSchema<CloudwatchConfig> = {
  type: 'object',
  properties: {
    region: { type: 'string', description: 'AWS region; default AWS_REGION, then the region of the AWS profile.' },
    namespace: { type: 'string', default: 'TelemetryFlow', description: 'Namespace of the metrics.' },
    log_group: {
      type: 'string',
      default: '/tfo-agent/logs',
      aliases: ['log_group_name'],
      description: 'Log group; {service.name} and the like stand for resource attributes.',
    },
    log_stream: {
      type: 'string',
      default: '',
      aliases: ['log_stream_name'],
      description: 'Log stream, with placeholders as in log_group; empty: the host name.',
    },
    batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a request.' },
    flush_interval: {
      type: 'string',
      unit: 'duration',
      default: '60s',
      description: 'Longest wait of the first item.',
    },
    access_key_id: { type: 'string', description: 'Access key; without it the AWS SDK looks where it always does.' },
    secret_access_key: { type: 'string', secret: true, description: 'Secret of access_key_id.' },
    session_token: { type: 'string', secret: true, description: 'Token of temporary credentials.' },
    role_arn: { type: 'string', description: 'Role to take on with the credentials above, by AWS STS.' },
    external_id: { type: 'string', description: 'External id that the owner of the role demands.' },
    endpoint_override: {
      type: 'string',
      format: 'url',
      aliases: ['endpoint'],
      description: 'URL to call instead of the endpoints of the region.',
    },
    metrics_protocol: {
      type: 'string',
      enum: ['api', 'otlp'],
      default: 'api',
      description: 'PutMetricData (api), or the OTLP endpoint, whose metrics PromQL reads and no namespace holds.',
    },
    logs_protocol: {
      type: 'string',
      enum: ['api', 'otlp'],
      default: 'api',
      description: 'PutLogEvents (api), or the OTLP endpoint, where log group and stream have to exist.',
    },
    traces: {
      ...(exporterOptionsSchema.properties.traces as UnionSchema),
      default: false,
      description: 'Send spans, too, to the OTLP endpoint of X-Ray.',
    },
    bearer_token: {
      type: 'string',
      secret: true,
      description: 'API key of the service for its OTLP endpoint, instead of a signature.',
    },
    headers: {
      type: 'object',
      values: { type: 'string', secret: true, description: 'Value.' },
      default: {},
      description: 'Headers to add to every request.',
    },
    metric_resolution: {
      description: 'Seconds between stored values, 60 or 1 (billed more): for all metrics, or by pattern of name.',
      default: 60,
      oneOfTypes: [
        { type: 'integer', description: '60 or 1.' },
        {
          type: 'object',
          values: { type: 'integer', description: '60 or 1.' },
          description: 'Pattern (*, ?): 60 or 1.',
        },
      ],
    },
    dimension_rollup_option: {
      type: 'string',
      enum: ['none', 'zero_and_single', 'single'],
      default: 'none',
      description: 'Further metrics with fewer dimensions: each single one, or also without any. Each is billed.',
    },
    dimensions,
    histogram_mode: {
      type: 'string',
      enum: ['values', 'statistics'],
      default: 'values',
      description: 'How histograms are sent: values give percentiles, statistics are smaller and do not.',
    },
    create_log_group: { type: 'boolean', default: true, description: 'Create the log group where it is missing.' },
    create_log_stream: { type: 'boolean', default: true, description: 'Create the log stream where it is missing.' },
    retention_days: { type: 'integer', description: 'Days to keep events, set on log groups that we create.' },
    log_group_class: {
      type: 'string',
      enum: ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'],
      description: 'Class of log groups that we create.',
    },
    log_format: {
      type: 'string',
      enum: ['json', 'body'],
      default: 'json',
      description: 'Events as JSON with all attributes, or the text of the body alone.',
    },
    entity: {
      type: 'boolean',
      default: false,
      description: 'Name service and environment as the Entity of metrics and logs, which relates them in the console.',
    },
  },
};

/** True when a signal goes to an OTLP endpoint. */
export function isOtlp(config: CloudwatchConfig, signal: Signal): boolean {
  return signal === 'traces' || config[`${signal}_protocol`] === 'otlp';
}
