/** Where each signal goes, and by which protocol. */
import type { Signal } from '@telemetryflow/otlp';
import type { DatadogConfig, Protocol } from './config.ts';
import { siteDomain } from './sites.ts';

/** Where a signal goes. */
export interface Destination {
  readonly protocol: Protocol;
  readonly url: string;
}

type Endpoints = Pick<
  DatadogConfig,
  | 'site'
  | 'endpoint'
  | 'protocol'
  | 'metrics_endpoint'
  | 'sketches_endpoint'
  | 'logs_endpoint'
  | 'traces_endpoint'
  | 'metrics'
  | 'logs'
  | 'traces'
>;

const AGENT = 'http://localhost:4318';
const AGENT_TRACES = 'http://localhost:8126';
const V04 = '/v0.4/traces';
const SERIES = '/api/v2/series';
const SKETCHES = '/api/beta/sketches';
const VALIDATE = '/api/v1/validate';

/** True where what is sent is OTLP. */
export function isOtlp(protocol: Protocol): boolean {
  return protocol === 'otlp' || protocol === 'agent';
}

/** True where an Agent is sent to, which is not shown the key. */
export function isAgent(protocol: Protocol): boolean {
  return protocol === 'agent' || protocol === 'agent_v04';
}

/** The protocol that a path speaks; `undefined` for one that is none of ours. */
export function protocolOfPath(path: string, signal: Signal): Exclude<Protocol, 'agent'> | undefined {
  const end = path.replace(/\/+$/, '');
  if (signal === 'traces' && end.endsWith(V04)) return 'agent_v04';
  if (signal === 'metrics' && /\/api\/v[12]\/series$/.test(end)) return 'api';
  if (signal === 'logs' && /\/api\/v2\/logs$/.test(end)) return 'api';
  return end.endsWith(`/v1/${signal}`) && !end.endsWith(`/api/v1/${signal}`) ? 'otlp' : undefined;
}

/** What the configuration says about the protocol of a signal, apart from its endpoint. */
export function configuredProtocol(config: Endpoints, signal: Signal): Protocol | undefined {
  const own = config[signal];
  if (typeof own === 'object' && own.protocol !== undefined) return own.protocol;
  // Traces have no API of their own: a protocol for everything means the nearest to it.
  return signal === 'traces' && config.protocol === 'api' ? undefined : config.protocol;
}

/** The destination of a signal. The path of an own endpoint decides between API and OTLP. */
export function destinationOf(config: Endpoints, signal: Signal): Destination {
  const wanted = configuredProtocol(config, signal);
  const protocol = wanted ?? (signal === 'traces' ? 'otlp' : 'api');
  const own = config[`${signal}_endpoint`] ?? '';
  if (own !== '') {
    const spoken = URL.canParse(own) ? protocolOfPath(new URL(own).pathname, signal) : undefined;
    if (spoken === undefined || (spoken === 'otlp' && protocol === 'agent')) return { protocol, url: own };
    return { protocol: spoken, url: own };
  }
  switch (protocol) {
    case 'agent':
      return { protocol, url: under(config.endpoint || AGENT, `/v1/${signal}`) };
    case 'agent_v04':
      return { protocol, url: under(config.endpoint || AGENT_TRACES, V04) };
    case 'otlp':
      return { protocol, url: at(config, 'otlp', `/v1/${signal}`) };
    case 'api':
      if (signal === 'logs') return { protocol, url: at(config, 'http-intake.logs', '/api/v2/logs') };
      return { protocol, url: at(config, 'api', SERIES) };
  }
}

/** Where distributions go when metrics use the API. */
export function sketchesUrl(config: Endpoints): string {
  if (config.sketches_endpoint !== undefined && config.sketches_endpoint !== '') return config.sketches_endpoint;
  const { url } = destinationOf(config, 'metrics');
  return URL.canParse(url) ? url.replace(/\/api\/v[12]\/series\/?(?=$|[?#])/, SKETCHES) : '';
}

/** Where a key is checked. */
export function validateUrl(config: Endpoints): string {
  return at(config, 'api', VALIDATE);
}

/** True for the legacy form of series: JSON with types as words. */
export function isLegacySeries(url: string): boolean {
  return URL.canParse(url) && /\/api\/v1\/series\/?$/.test(new URL(url).pathname);
}

function at(config: Endpoints, host: string, path: string): string {
  if (config.endpoint !== '') return under(config.endpoint, path);
  const domain = siteDomain(config.site);
  return domain === undefined ? '' : `https://${host}.${domain}${path}`;
}

function under(endpoint: string, path: string): string {
  const query = endpoint.search(/[?#]/);
  return `${(query < 0 ? endpoint : endpoint.slice(0, query)).replace(/\/+$/, '')}${path}`;
}
