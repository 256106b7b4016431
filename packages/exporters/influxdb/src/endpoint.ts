/** Which write API a configuration means, its URL, and how to authenticate. */
import { basicAuth } from '@telemetryflow/http';
import type { InfluxdbConfig, Precision } from './config.ts';

/** Generations of the write API. */
export type ApiVersion = 1 | 2 | 3;

const PATHS: Readonly<Record<ApiVersion, string>> = { 1: '/write', 2: '/api/v2/write', 3: '/api/v3/write_lp' };

/** Each generation spells units in its own way; a wrong word makes InfluxDB 1 read nanoseconds. */
const PRECISIONS: Readonly<Record<ApiVersion, Readonly<Record<Precision, string>>>> = {
  1: { ns: 'ns', us: 'u', ms: 'ms', s: 's' },
  2: { ns: 'ns', us: 'us', ms: 'ms', s: 's' },
  3: { ns: 'nanosecond', us: 'microsecond', ms: 'millisecond', s: 'second' },
};

type Target = Pick<
  InfluxdbConfig,
  'endpoint' | 'version' | 'token' | 'org' | 'bucket' | 'database' | 'retention_policy' | 'consistency' | 'precision'
>;

/** The API that is named, else that of the path, else 2 with a token and 1 without. */
export function versionOf({ endpoint, version, token }: Pick<Target, 'endpoint' | 'version' | 'token'>): ApiVersion {
  if (version !== undefined) return Number(version) as ApiVersion;
  const ofPath = URL.canParse(endpoint) ? versionOfPath(new URL(endpoint).pathname) : undefined;
  return ofPath ?? (token === undefined || token.empty ? 1 : 2);
}

/** The API that a path ends in. */
function versionOfPath(pathname: string): ApiVersion | undefined {
  const path = pathname.replace(/\/+$/, '');
  return ([3, 2, 1] as const).find((version) => path.endsWith(PATHS[version]));
}

/** The URL of the write API with its query; `''` when the endpoint is no URL. */
export function writeUrl(config: Target): string {
  if (!URL.canParse(config.endpoint)) return '';
  const version = versionOf(config);
  const url = new URL(config.endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = versionOfPath(path) === undefined ? `${path}${PATHS[version]}` : path;
  for (const [name, value] of Object.entries(queryOf(config, version))) {
    if (value !== undefined && value !== '' && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  url.searchParams.set('precision', PRECISIONS[version][config.precision]);
  return url.href;
}

/** A URL that tells whether the server is there, and which one it is. */
export function pingUrl({ endpoint }: Pick<Target, 'endpoint'>): string {
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  const version = versionOfPath(path);
  url.pathname = `${version === undefined ? path : path.slice(0, -PATHS[version].length)}/ping`;
  url.search = '';
  return url.href;
}

function queryOf(config: Target, version: ApiVersion): Readonly<Record<string, string | undefined>> {
  switch (version) {
    case 1:
      return { db: databaseOf(config), rp: config.retention_policy, consistency: config.consistency };
    case 2:
      return { org: config.org, bucket: config.bucket };
    case 3:
      return { db: databaseOf(config), accept_partial: 'true', no_sync: 'false' };
  }
}

/** The database of versions 1 and 3. */
export function databaseOf({ database, bucket }: Pick<Target, 'database' | 'bucket'>): string {
  return database === undefined || database === '' ? (bucket ?? '') : database;
}

/** The authorization header, `''` without credentials. */
export function authorizationOf(
  config: Pick<InfluxdbConfig, 'endpoint' | 'version' | 'token' | 'username' | 'password'>,
): string {
  const version = versionOf(config);
  const token = config.token?.reveal() ?? '';
  const user = config.username ?? '';
  const password = config.password?.reveal() ?? '';
  if (version === 3 && token !== '') return `Bearer ${token}`;
  if (version === 2 && token !== '') return `Token ${token}`;
  // InfluxDB 1.8 takes its users at the API of version 2 in this form.
  if (version === 2 && user !== '') return `Token ${user}:${password}`;
  if (user !== '') return basicAuth(user, password);
  return token === '' ? '' : `Token ${token}`;
}
