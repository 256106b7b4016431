/** Where requests go, by the protocol. */

const WRITE_PATH = '/api/v1/write';
const OTLP_PATH = '/api/v1/otlp';
const METRICS_PATH = '/v1/metrics';
/** Ends of the paths under which receivers take remote write and no OTLP. */
const WRITE_ONLY = /\/(?:push|receive|remote_write|write)$/;

/** The URL of remote write: what is configured, with the path of Prometheus where there is none. */
export function writeUrl(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = WRITE_PATH;
  return url.href;
}

/**
 * The URL of OTLP: a path that ends in `/v1/metrics` as it is, one that ends in `/otlp` with that added, and else
 * `/api/v1/otlp/v1/metrics` in place of `/api/v1/write` or behind the prefix of the server. `undefined` for the remote
 * write path of another receiver, which tells nothing about where it takes OTLP.
 */
export function otlpUrl(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  const prefix = path.replace(/\/api\/v1(?:\/write)?$/, '');
  if (path.endsWith(METRICS_PATH)) url.pathname = path;
  else if (path.endsWith('/otlp')) url.pathname = path + METRICS_PATH;
  else if (WRITE_ONLY.test(prefix)) return undefined;
  else url.pathname = prefix + OTLP_PATH + METRICS_PATH;
  return url.href;
}
