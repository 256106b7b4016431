/** Where metrics go: an Agent's OTLP port, its StatsD port, or the one while the other is not there. */
import type { NetdataConfig } from './config.ts';

export const OTLP_PORT = 4317;
export const STATSD_PORT = 8125;
const WEB_PORT = 19_999;
/** The Agent listens on IPv4 only, which `localhost` may not be. */
const LOCAL = '127.0.0.1';

export interface StatsdTarget {
  readonly host: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
}

export interface Targets {
  /** `http://host:port` or `https://host:port`, as gRPC endpoints are written. */
  readonly otlp?: string;
  readonly statsd?: StatsdTarget;
  /** Web address of an Agent whose version decides. */
  readonly discover?: string;
}

/** The destinations a configuration allows, OTLP before StatsD; `undefined` where `metrics_endpoint` is none. */
export function targetsOf(
  config: Pick<NetdataConfig, 'endpoint' | 'metrics_endpoint' | 'protocol' | 'statsd'>,
): Targets | undefined {
  const own = config.metrics_endpoint;
  const { transport } = config.statsd;
  if (own !== '') return namedTarget(own, transport);
  const url = URL.canParse(config.endpoint) ? new URL(config.endpoint) : undefined;
  if (url === undefined || isCloud(url)) return allowed(bothAt(LOCAL, transport), config.protocol);
  if (config.protocol !== 'auto') return allowed(bothAt(url.hostname, transport), config.protocol);
  const discover = `${url.protocol}//${url.hostname}:${url.port || WEB_PORT}/api/v1/info`;
  return { ...bothAt(url.hostname, transport), discover };
}

/** True for Netdata Cloud, which takes no metrics. */
export function isCloud({ hostname }: URL): boolean {
  return hostname === 'netdata.cloud' || hostname.endsWith('.netdata.cloud');
}

function bothAt(
  host: string,
  transport: StatsdTarget['transport'],
): { readonly otlp: string; readonly statsd: StatsdTarget } {
  return { otlp: `http://${host}:${OTLP_PORT}`, statsd: { host, port: STATSD_PORT, transport } };
}

function allowed({ otlp, statsd }: ReturnType<typeof bothAt>, protocol: NetdataConfig['protocol']): Targets {
  if (protocol === 'otlp_grpc') return { otlp };
  return protocol === 'statsd' ? { statsd } : { otlp, statsd };
}

const NAMED = /^(?:(grpcs?|https?|statsd(?:\+(?:udp|tcp))?):\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i;

/** `wanted` is how StatsD travels where the scheme does not say it. */
function namedTarget(endpoint: string, wanted: StatsdTarget['transport']): Targets | undefined {
  const [, scheme, host, port] = NAMED.exec(endpoint) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535) return undefined;
  const kind = scheme?.toLowerCase() ?? (Number(port) === STATSD_PORT ? 'statsd' : 'grpc');
  if (kind.startsWith('statsd')) {
    const transport = scheme === undefined ? wanted : kind === 'statsd+udp' ? 'udp' : 'tcp';
    return { statsd: { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? STATSD_PORT), transport } };
  }
  const secure = kind === 'grpcs' || kind === 'https';
  return { otlp: `${secure ? 'https' : 'http'}://${host}:${port ?? OTLP_PORT}` };
}
