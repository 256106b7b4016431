/** Configuration of the `coroot` exporter: what Coroot adds to the options of every OTLP exporter. */
import type { OtlpConfig, OtlpEndpoints, OtlpExporterFields } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';

/** Decoded configuration. */
export interface CorootConfig extends OtlpConfig {
  readonly api_key?: Secret;
  readonly project_id?: string;
  readonly metrics_protocol: 'remote_write' | 'otlp' | 'off';
  readonly metric_suffixes: boolean;
  readonly severity_fix: boolean;
  readonly service_name?: string;
  readonly batch_size: number;
  readonly flush_interval: number;
}

export const HTTP_PORT = '8080';
export const GRPC_PORT = '4317';

export const properties: OtlpExporterFields<CorootConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: `http://localhost:${HTTP_PORT}`,
    description: 'Base URL of Coroot, with its url_base_path if there is one.',
  },
  metrics_endpoint: {
    type: 'string',
    format: 'url',
    default: '',
    description: 'Full URL for metrics, any receiver of remote write; empty to derive it from endpoint.',
  },
  api_key: { type: 'string', secret: true, description: 'API key of the project; empty where there is only one.' },
  project_id: { type: 'string', description: 'Without effect: the key selects the project.' },
  metrics_protocol: {
    type: 'string',
    enum: ['remote_write', 'otlp', 'off'],
    default: 'remote_write',
    description: 'How metrics travel: as Coroot takes them, as OTLP to a gateway of your own, or not at all.',
  },
  metric_suffixes: {
    type: 'boolean',
    default: true,
    description: 'Add unit and _total to the names of metrics, as Prometheus does.',
  },
  severity_fix: {
    type: 'boolean',
    default: true,
    description: 'Send the last severity of each range as the one before, or Coroot shows the range above.',
  },
  service_name: {
    type: 'string',
    default: 'tfo-agent',
    description: 'The service.name of telemetry that has none.',
  },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
};

/** Where requests go: over gRPC traces and logs have a port of their own, and metrics keep that of HTTP. */
export function endpointsOf(config: CorootConfig): OtlpEndpoints {
  if (config.protocol !== 'grpc' || !URL.canParse(config.endpoint)) return config;
  const { metrics_endpoint: own = '', endpoint } = config;
  const grpc = new URL(endpoint);
  grpc.pathname = '/';
  if (grpc.port === HTTP_PORT) grpc.port = GRPC_PORT;
  const http = new URL(endpoint);
  if (http.port === GRPC_PORT) http.port = HTTP_PORT;
  const metrics = own === '' ? `${http.href.replace(/\/$/, '')}/v1/metrics` : own;
  return { ...config, endpoint: grpc.href.replace(/\/$/, ''), metrics_endpoint: metrics };
}
