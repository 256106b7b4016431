/** Configuration of the `loki` exporter, and the URLs that follow from it. */
import { type HttpConfig, type HttpExporterFields, httpOptionsSchema } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Decoded; durations are milliseconds, sizes bytes. */
export interface LokiConfig extends HttpConfig {
  readonly batch_size: number;
  readonly flush_interval: number;
  readonly tenant_id?: string | undefined;
  readonly tenant_attribute?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly label_attributes: readonly string[];
  readonly level_label: boolean;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly protocol: 'push' | 'otlp';
  readonly encoding: 'protobuf' | 'json';
  readonly structured_metadata: 'auto' | 'on' | 'off';
  readonly max_batch_bytes: number;
  readonly max_line_bytes: number;
  readonly max_age: number;
  readonly clamp_future: boolean;
  readonly one_stream_per_push: boolean;
}

/** What Loki itself makes labels of when it receives OTLP. */
export const DEFAULT_LABEL_ATTRIBUTES: readonly string[] = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
];

/** Schemas of the exporter's own options, and of shared ones with other defaults. */
export const fields: HttpExporterFields<LokiConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    description: 'URL of Loki; /loki/api/v1/push is added unless the path ends in /push or names /otlp.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Log records that trigger a push.' },
  flush_interval: {
    type: 'string',
    unit: 'duration',
    default: '5s',
    aliases: ['batch_wait'],
    description: 'Longest wait of the first log record.',
  },
  tenant_id: { type: 'string', description: 'Tenant: the header X-Scope-OrgID.' },
  tenant_attribute: {
    type: 'string',
    description: 'Resource attribute that names the tenant; resources without it go to tenant_id.',
  },
  labels: {
    type: 'object',
    default: {},
    description: 'Labels of every stream; they win over those of the telemetry.',
    values: { type: 'string', description: 'Value of the label.' },
  },
  label_attributes: {
    type: 'array',
    default: DEFAULT_LABEL_ATTRIBUTES,
    description: 'Resource attributes that become labels, the most important first; a stream takes 15.',
    items: { type: 'string', description: 'Name of a resource attribute.' },
  },
  level_label: { type: 'boolean', default: false, description: 'Add the label level; it multiplies the streams.' },
  username: { type: 'string', description: 'User for Basic authentication (Grafana Cloud: the instance id).' },
  password: { type: 'string', secret: true, description: 'Password for Basic authentication.' },
  bearer_token: { type: 'string', secret: true, description: 'Token for Bearer authentication.' },
  protocol: {
    type: 'string',
    enum: ['push', 'otlp'],
    default: 'push',
    description: 'The push API, or OTLP, with which the server chooses the labels (Loki 3.0 and later).',
  },
  encoding: { type: 'string', enum: ['protobuf', 'json'], default: 'protobuf', description: 'How bodies are written.' },
  structured_metadata: {
    type: 'string',
    enum: ['auto', 'on', 'off'],
    default: 'auto',
    description: 'Where attributes go: structured metadata, or the end of the line; auto begins with metadata.',
  },
  max_batch_bytes: {
    type: 'string',
    unit: 'size',
    default: '1MiB',
    description: 'Largest push before compression; keep it under the burst of the server (6 MB).',
  },
  max_line_bytes: {
    type: 'string',
    unit: 'size',
    default: '262144',
    description: 'Longer lines are cut, and marked with the metadata truncated=true.',
  },
  max_age: {
    type: 'string',
    unit: 'duration',
    default: '168h',
    aliases: ['reject_old_samples_max_age'],
    description: 'Drop what is older, since the server would refuse it; 0s sends everything.',
  },
  clamp_future: {
    type: 'boolean',
    default: false,
    description: 'Give records that lie more than 10 minutes in the future the time of their push.',
  },
  one_stream_per_push: {
    type: 'boolean',
    default: false,
    description: 'One stream per push, in order: Loki then reports every loss, at the price of more requests.',
  },
  compression: {
    ...httpOptionsSchema.compression,
    description: 'Compression of JSON and OTLP bodies of 1 KiB and more (gzip or none); protobuf pushes are snappy.',
  },
};

/** Where a configuration sends to, and how. */
export interface Target {
  readonly url: string;
  readonly readyUrl: string;
  readonly protocol: 'push' | 'otlp';
}

/** True where records go by OTLP: told, or by the path of the endpoint. */
export function isOtlp(config: Pick<LokiConfig, 'endpoint' | 'protocol'>): boolean {
  return (targetOf(config)?.protocol ?? config.protocol) === 'otlp';
}

/** The URLs of a configuration; `undefined` when the endpoint is none. */
export function targetOf({ endpoint, protocol }: Pick<LokiConfig, 'endpoint' | 'protocol'>): Target | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  const at = (pathname: string): string => {
    const next = new URL(url);
    next.pathname = pathname;
    return next.href;
  };
  const target = (prefix: string, suffix: string, used: Target['protocol']): Target => {
    const ready = new URL(at(`${prefix}/ready`));
    ready.search = '';
    return { url: at(`${prefix}${suffix}`), readyUrl: ready.href, protocol: used };
  };
  if (path.endsWith('/otlp/v1/logs')) return target(path.slice(0, -'/otlp/v1/logs'.length), '/otlp/v1/logs', 'otlp');
  if (path.endsWith('/otlp')) return target(path.slice(0, -'/otlp'.length), '/otlp/v1/logs', 'otlp');
  const prefix = path.replace(/\/loki\/api\/v1\/push$/, '');
  if (protocol === 'otlp') return target(prefix, '/otlp/v1/logs', 'otlp');
  if (prefix === path && path.endsWith('/push')) return target(path.slice(0, -'/push'.length), '/push', 'push');
  return target(prefix, '/loki/api/v1/push', 'push');
}
