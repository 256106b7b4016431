/** Where each signal goes: the environment's base URL by kind of installation, and the paths of the APIs. */
import type { Signal } from '@telemetryflow/otlp';
import { type DynatraceConfig, type Route, routeOf } from './config.ts';

const PATHS: Readonly<Record<Route, Readonly<Partial<Record<Signal, string>>>>> = {
  mint: { metrics: '/api/v2/metrics/ingest' },
  api: { logs: '/api/v2/logs/ingest' },
  otlp: {
    metrics: '/api/v2/otlp/v1/metrics',
    logs: '/api/v2/otlp/v1/logs',
    traces: '/api/v2/otlp/v1/traces',
  },
};

const SAAS = /(^|\.)dynatrace(labs)?\.com$/;

/** The URL of a signal, `''` when nothing says where. */
export function urlOf(config: DynatraceConfig, signal: Signal): string {
  const own = config[`${signal}_endpoint`];
  if (own !== '') return own;
  const base = baseOf(config);
  return base === '' ? '' : `${base}${PATHS[routeOf(config, signal)][signal]}`;
}

/** The base of the APIs, without a slash at its end; what is no URL comes back as it is. */
export function baseOf({
  endpoint,
  environment_id: id = '',
}: Pick<DynatraceConfig, 'endpoint' | 'environment_id'>): string {
  if (endpoint === '') return id === '' ? '' : `https://${encodeURIComponent(id)}.live.dynatrace.com`;
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  const api = apiHost(url.hostname);
  if (api !== undefined) return `https://${api}`;
  const base = endpoint.replace(/\/+$/, '');
  if (url.pathname !== '/' || id === '' || SAAS.test(url.hostname)) return base;
  return `${base}/e/${encodeURIComponent(id)}`;
}

/** The host of the APIs for the host that a browser shows; `undefined` for every other host. */
export function apiHost(hostname: string): string | undefined {
  if (/\.(live|sprint|dev)\.apps\.dynatrace(labs)?\.com$/.test(hostname)) return hostname.replace('.apps.', '.');
  return /^[^.]+\.apps\.dynatrace\.com$/.test(hostname) ? hostname.replace('.apps.', '.live.') : undefined;
}

/** A OneAgent on the same host: it takes no token and no compressed bodies. */
export function isOneAgent(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port } = new URL(url);
  return protocol === 'http:' && port === '14499' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}
