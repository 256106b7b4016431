/**
 * Endpoints of OTLP/gRPC, by the rules of the Collector: `http://` is plain, `https://` is TLS, and `host:port`,
 * `unix:` and `dns:` addresses are TLS unless `tls.insecure` is set. gRPC has no paths.
 */

import { isIP } from 'node:net';
import { userinfoOf } from '../../headers.ts';

/** Where to connect. */
export interface GrpcTarget {
  /** Address as gRPC names it: `host:port`, `unix:/path`, `dns:///host:port`. */
  readonly address: string;
  readonly secure: boolean;
  /** True where no proxy of the environment may come in between: loopback and sockets of this machine. */
  readonly local: boolean;
  /** `user:password` of a URL, for Basic authentication. */
  readonly userinfo: string | undefined;
  /** For messages; without secrets. */
  readonly label: string;
  /** Set where the endpoint names something that gRPC cannot use, and the call goes without. */
  readonly ignored: string | undefined;
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The target of an endpoint, or `undefined` when it is none of the forms above. */
export function grpcTarget(endpoint: string, insecure = false): GrpcTarget | undefined {
  if (/^https?:\/\//i.test(endpoint)) return URL.canParse(endpoint) ? urlTarget(new URL(endpoint)) : undefined;
  const secure = !insecure;
  if (/^unix:/i.test(endpoint)) {
    const path = endpoint.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') return undefined;
    return { ...BARE, address: `unix:${path}`, secure, local: true, label: `unix:${path}` };
  }
  const [, scheme = '', rest = ''] = /^(dns:(?:\/\/[^/]*\/)?)?(.*)$/i.exec(endpoint) ?? [];
  const parts = /^(\[[0-9a-f:.%]+\]|[a-z0-9._-]+):(\d{1,5})$/i.exec(rest);
  if (parts === null || Number(parts[2]) > 65_535) return undefined;
  const address = `${scheme}${rest}`;
  return { ...BARE, address, secure, local: isLoopback(parts[1] ?? ''), label: address };
}

const BARE = { userinfo: undefined, ignored: undefined } as const;

function urlTarget(url: URL): GrpcTarget | undefined {
  if (url.hostname === '') return undefined;
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? DEFAULT_PORT[url.protocol] : url.port;
  const address = `${url.hostname}:${port}`;
  const path = url.pathname === '/' ? '' : url.pathname;
  const userinfo = url.username === '' && url.password === '' ? undefined : userinfoOf(url).join(':');
  const ignored = path !== '' ? `the path ${path}` : url.search !== '' ? 'the query' : undefined;
  return { address, secure, local: isLoopback(url.hostname), userinfo, label: `${url.protocol}//${address}`, ignored };
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(bare) === 0) return bare === 'localhost' || bare.endsWith('.localhost');
  return bare === '::1' || bare.startsWith('127.');
}
