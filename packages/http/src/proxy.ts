/** Which proxy a request goes through: the option, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment. */
import { BlockList, isIP } from 'node:net';
import { isInstalled, type Problem } from '@telemetryflow/kernel';

/** The environment variables read; lower-case names win, as in curl. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a target, or `undefined` for a direct connection. `option`: a URL, `none`, or empty for the
 * environment. As in Go, the environment's proxy is never used for localhost and loopback addresses.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ProxyEnvironment, proxyFor } from '@telemetryflow/http';
 *
 * const env: ProxyEnvironment = { HTTPS_PROXY: 'http://proxy.example.com:3128', NO_PROXY: '.internal' };
 * assert.equal(proxyFor(new URL('https://logs.example.com'), undefined, env)?.port, '3128');
 * assert.equal(proxyFor(new URL('https://loki.internal'), undefined, env), undefined);
 * assert.equal(proxyFor(new URL('https://logs.example.com'), 'none', env), undefined);
 * ```
 */
export function proxyFor(target: URL, option: string | undefined, env: ProxyEnvironment): URL | undefined {
  if (option === 'none') return undefined;
  if (option !== undefined && option !== '') return new URL(option);
  const name = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = env[name] ?? env[name.toUpperCase()];
  if (value === undefined || value === '') return undefined;
  const host = bareHost(target);
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host.startsWith('127.')) {
    return undefined;
  }
  if (bypassed(target, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * What is wrong with the `proxy` option: no http(s) URL, or a package missing that https endpoints need.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkProxy } from '@telemetryflow/http';
 *
 * assert.deepEqual(checkProxy('http://proxy.example.com:3128', ['http://logs.example.com']), []);
 * const [problem] = checkProxy('proxy.example.com:3128', ['http://logs.example.com']);
 * assert.equal(problem?.hint, 'write http://host:port, or `none` for a direct connection');
 * ```
 */
export function checkProxy(
  option: string | undefined,
  urls: readonly string[],
  path: readonly (string | number)[] = ['proxy'],
): Problem[] {
  if (option === undefined || option === '' || option === 'none') return [];
  if (!/^https?:\/\//i.test(option) || !URL.canParse(option)) {
    return [{ path, message: 'not a proxy URL', hint: 'write http://host:port, or `none` for a direct connection' }];
  }
  if (urls.some((url) => /^https:/i.test(url)) && !isInstalled('https-proxy-agent', import.meta.url)) {
    return [
      {
        path,
        message: 'a proxy for an https endpoint needs the package https-proxy-agent, which is not installed',
        hint: 'npm install https-proxy-agent',
      },
    ];
  }
  return [];
}

/** True when a `NO_PROXY` list names the target: `*`, `host`, `.domain`, `host:port`, an address or a CIDR range. */
export function bypassed(target: URL, list: string): boolean {
  const host = bareHost(target);
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const range = /^(.+)\/(\d{1,3})$/.exec(entry);
  if (range !== null) return inRange(host, range[1] ?? '', Number(range[2]));
  if (isIP(entry) !== 0) return entry === host;
  const withPort = /^(.*):(\d+)$/.exec(entry);
  if (withPort !== null && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[(.*)\]$/, '$1').replace(/^\*?\./, '');
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function inRange(host: string, network: string, prefix: number): boolean {
  const family = isIP(host);
  if (family === 0 || isIP(network) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
