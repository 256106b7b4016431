/** Where each signal goes, by which protocol, and with which key. */
import { OTLP_PATHS } from '@telemetryflow/http';
import type { Secret } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { NewrelicConfig, Protocol } from './config.ts';
import { HOSTS, type Region, regionNamed, regionOfKey } from './region.ts';

/** Paths of New Relic's own ingest APIs. */
export const API_PATHS: { readonly [S in Signal]: string } = {
  traces: '/trace/v1',
  metrics: '/metric/v1',
  logs: '/log/v1',
};

/** The destination of one signal. */
export interface Target {
  readonly protocol: Protocol;
  /** `''` when the region has no host for the signal. */
  readonly url: string;
}

type Keys = Pick<NewrelicConfig, 'license_key' | 'api_key' | 'insights_insert_key'>;

/** The key that is sent, and whether it is an old insert key; `undefined` without any. */
export function keyOf(config: Keys): { readonly key: string; readonly insertKey: boolean } | undefined {
  for (const name of ['license_key', 'api_key', 'insights_insert_key'] as const) {
    const secret: Secret | undefined = config[name];
    if (secret !== undefined && !secret.empty)
      return { key: secret.reveal(), insertKey: name === 'insights_insert_key' };
  }
  return undefined;
}

/** The region in use: the configured one, else that of the key, else US. */
export function regionOf(config: Keys & Pick<NewrelicConfig, 'region'>): Region {
  const { region } = config;
  if (region !== undefined && region !== '') return regionNamed(region) ?? 'US';
  return regionOfKey(keyOf(config)?.key ?? '') ?? 'US';
}

/** The protocol that the path of an endpoint belongs to. */
export function protocolOfPath(url: string): Protocol | undefined {
  if (!URL.canParse(url)) return undefined;
  const path = new URL(url).pathname.replace(/\/+$/, '');
  if (Object.values(API_PATHS).some((known) => path.endsWith(known))) return 'api';
  return Object.values(OTLP_PATHS).some((known) => path.endsWith(known)) ? 'otlp' : undefined;
}

export function targetOf(config: NewrelicConfig, signal: Signal): Target {
  const wanted =
    config[`${signal}_protocol`] ?? config.protocol ?? (keyOf(config)?.insertKey === true ? 'api' : 'otlp');
  const own = config[`${signal}_endpoint`];
  if (own !== '') return { protocol: protocolOfPath(own) ?? wanted, url: own };
  return { protocol: wanted, url: regionalUrl(config, signal, wanted) };
}

/** The URL of a signal without an endpoint of its own. */
export function regionalUrl(config: NewrelicConfig, signal: Signal, protocol: Protocol): string {
  const path = protocol === 'otlp' ? OTLP_PATHS[signal] : API_PATHS[signal];
  if (config.endpoint !== '') return `${config.endpoint.replace(/\/+$/, '')}${path}`;
  const hosts = HOSTS[regionOf(config)];
  const host = protocol === 'otlp' ? hosts.otlp : hosts.api[signal];
  return host === undefined ? '' : `https://${host}${path}`;
}
