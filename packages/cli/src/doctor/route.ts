/** The addresses that an exporter talks to, and how far one gets on the way there. */
import { readFileSync } from 'node:fs';
import { type ProxyEnvironment, proxyFor, type TlsConfig } from '@telemetryflow/http';
import { Secret } from '@telemetryflow/kernel';
import type { Exchange } from './exchanges.ts';
import { type Address, type Reached, reach, speaksTls, type Trust } from './network.ts';

export interface Route {
  /** `https://host:port`, as the exporter means it. */
  readonly origin: string;
  /** `host:port` of the proxy in between. */
  readonly proxy?: string;
  readonly reached: Reached;
  /** Of an origin without TLS: a TLS server answers there. */
  readonly tlsAnswers: boolean;
}

/** The parts of any exporter's configuration that say where it connects. */
interface Connecting {
  readonly endpoint?: unknown;
  readonly brokers?: readonly string[];
  readonly proxy?: Secret | string;
  readonly tls?: Partial<TlsConfig> & { readonly insecure?: boolean; readonly enabled?: boolean };
  readonly tls_skip_verify?: boolean;
}

/** Where the exporter went, or, of one that does not speak HTTP/1.1, where its configuration points. */
export function originsOf(config: object, exchanges: readonly Exchange[]): readonly string[] {
  if (exchanges.length > 0) return [...new Set(exchanges.map(({ origin }) => origin))];
  const { endpoint, brokers, tls } = config as Connecting;
  const written = brokers ?? (typeof endpoint === 'string' && endpoint !== '' ? [endpoint] : []);
  // Kafka speaks TLS where it is told to, gRPC where it is not told otherwise.
  const secure = brokers === undefined ? tls?.insecure !== true : tls !== undefined && tls.enabled !== false;
  return written.map((text) => (text.includes('://') ? text : `${secure ? 'https' : 'http'}://${text}`));
}

/** Goes there once, the way the exporter goes. */
export async function routeTo(
  origin: string,
  config: object,
  env: ProxyEnvironment,
  timeoutMs: number,
): Promise<Route | undefined> {
  if (!URL.canParse(origin) || new URL(origin).hostname === '') return undefined;
  const url = new URL(origin);
  const { proxy: option, tls, tls_skip_verify: skip } = config as Connecting;
  const proxy = proxyFor(url, option instanceof Secret ? option.reveal() : option, env);
  if (proxy !== undefined) {
    const trust = proxy.protocol === 'https:' ? {} : undefined;
    const reached = await reach(addressOf(proxy), trust, timeoutMs);
    return { origin, proxy: proxy.host, reached, tlsAnswers: false };
  }
  const secure = url.protocol === 'https:';
  const trust: Trust = {
    ca: contentsOf(tls?.ca_file),
    servername: tls?.server_name === '' ? undefined : tls?.server_name,
    skipVerify: tls?.skip_verify === true || skip === true,
  };
  const reached = await reach(addressOf(url), secure ? trust : undefined, timeoutMs);
  const tlsAnswers = !secure && reached.at === 'end' && (await speaksTls(addressOf(url), timeoutMs));
  return { origin, reached, tlsAnswers };
}

function addressOf(url: URL): Address {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}

function contentsOf(file: string | undefined): Buffer | undefined {
  return file === undefined || file === '' ? undefined : readFileSync(file);
}
