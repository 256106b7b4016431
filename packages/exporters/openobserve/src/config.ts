/** Configuration of the `openobserve` exporter: what OpenObserve adds to the options of every OTLP exporter. */
import type { OtlpConfig, OtlpEndpoints, OtlpExporterFields } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';

/** How logs travel: OTLP, one JSON array, or JSON lines. */
export type LogsFormat = 'otlp' | 'json' | 'ndjson';

/** Decoded configuration. */
export interface OpenobserveConfig extends OtlpConfig {
  readonly username: string;
  readonly password: Secret;
  readonly organization: string;
  readonly stream_name: string;
  readonly logs_stream: string;
  readonly traces_stream: string;
  readonly logs_protocol: 'otlp' | 'json';
  readonly max_age: number;
  readonly temporality: 'cumulative' | 'as_is';
  readonly exponential_histograms: 'convert' | 'native';
  readonly protect_reserved: boolean;
  readonly service_name?: string;
  readonly batch_size: number;
  readonly flush_interval: number;
}

const HTTP_DEFAULT = 'http://localhost:5080';
const GRPC_DEFAULT = 'http://localhost:5081';
/** Streams are named in a header and in paths. */
const PRINTABLE = '^[\\x20-\\x7e]*$';

export const properties: OtlpExporterFields<OpenobserveConfig> = {
  endpoint: {
    type: 'string',
    format: 'url',
    default: HTTP_DEFAULT,
    description: 'Base URL of the server, with its ZO_BASE_URI if there is one; over gRPC port 5081.',
  },
  username: { type: 'string', description: 'User, an e-mail address.' },
  password: { type: 'string', secret: true, description: 'Password of the user, or ingestion token.' },
  organization: {
    type: 'string',
    default: 'default',
    description: 'Identifier of the organization as in URLs, not its display name.',
  },
  stream_name: { type: 'string', default: 'default', pattern: PRINTABLE, description: 'Stream of logs and traces.' },
  logs_stream: { type: 'string', default: '', pattern: PRINTABLE, description: 'Stream of logs, if another.' },
  traces_stream: { type: 'string', default: '', pattern: PRINTABLE, description: 'Stream of traces, if another.' },
  logs_protocol: {
    type: 'string',
    enum: ['otlp', 'json'],
    default: 'otlp',
    description:
      'Logs as OTLP, or as flat JSON records; a logs_endpoint ending in _json or _multi means the latter too.',
  },
  max_age: {
    type: 'string',
    unit: 'duration',
    default: '5h',
    description:
      'Logs and spans older than this are dropped, as the server would (ZO_INGEST_ALLOWED_UPTO); 0s keeps all.',
  },
  temporality: {
    type: 'string',
    enum: ['cumulative', 'as_is'],
    default: 'cumulative',
    description: 'cumulative adds delta metrics up, which rate() of PromQL needs; as_is leaves them.',
  },
  exponential_histograms: {
    type: 'string',
    enum: ['convert', 'native'],
    default: 'convert',
    description: 'convert to explicit boundaries; native sends them as they are, and the server stores half of it.',
  },
  protect_reserved: {
    type: 'boolean',
    default: true,
    description: 'Rename attributes of logs that would overwrite a column of the record: body becomes attr_body.',
  },
  service_name: { type: 'string', description: 'The service.name of telemetry that has none.' },
  batch_size: { type: 'integer', minimum: 1, default: 100, description: 'Items that trigger a flush.' },
  flush_interval: { type: 'string', unit: 'duration', default: '10s', description: 'Longest wait of the first item.' },
};

/** The base URL and the organization, which may have been pasted along with it. */
export function baseOf({ endpoint, organization }: Pick<OpenobserveConfig, 'endpoint' | 'organization'>): {
  readonly base: string;
  readonly organization: string;
} {
  const [whole, base = '', pasted] = /^(.*?)\/api\/([^/?#]+)\/*$/.exec(endpoint) ?? [];
  if (whole === undefined) return { base: endpoint.replace(/\/+$/, ''), organization };
  return { base, organization: decoded(pasted ?? '') };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The stream a signal goes to; `''` for metrics, whose streams are their names. */
export function streamOf(config: OpenobserveConfig, signal: Signal): string {
  return signal === 'metrics' ? '' : config[`${signal}_stream`] || config.stream_name;
}

export function logsFormat({ logs_endpoint: own = '', logs_protocol: protocol }: OpenobserveConfig): LogsFormat {
  const end = /\/(_json|_multi|v1\/logs)\/?(?:[?#].*)?$/.exec(own)?.[1];
  if (end === '_multi') return 'ndjson';
  if (end === '_json') return 'json';
  return end === 'v1/logs' ? 'otlp' : protocol;
}

/** Where OTLP goes, below the path of the organization; and logs, where they travel as JSON. */
export function endpointsOf(config: OpenobserveConfig): OtlpEndpoints {
  const { base, organization } = baseOf(config);
  if (config.protocol === 'grpc') return { ...config, endpoint: base === HTTP_DEFAULT ? GRPC_DEFAULT : base };
  const endpoint = `${base}/api/${encodeURIComponent(organization)}`;
  const flat = logsFormat(config) !== 'otlp' && !config.logs_endpoint;
  if (!flat) return { ...config, endpoint };
  return { ...config, endpoint, logs_endpoint: `${endpoint}/${encodeURIComponent(streamOf(config, 'logs'))}/_json` };
}
