/** Which hosts an endpoint may lead to: decided for the name in the URL, and for every address it resolves to. */
import dns from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The error code of a refused address. */
export const BLOCKED = 'ERR_WEBHOOK_BLOCKED_ADDRESS';

export interface AddressPolicy {
  /** The only hosts to call, whatever their address. */
  readonly allowHosts: readonly string[];
  readonly blockPrivate: boolean;
}

const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog']);

const METADATA = ranges(
  ['169.254.169.254/32', '169.254.170.2/32', '169.254.170.23/32', '100.100.100.200/32'],
  ['fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128'],
);

const PRIVATE = ranges(
  [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  ['::/128', '::1/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
);

function ranges(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [entries, family] of [
    [v4, 'ipv4'],
    [v6, 'ipv6'],
  ] as const) {
    for (const entry of entries) {
      const [network = '', prefix = ''] = entry.split('/');
      list.addSubnet(network, Number(prefix), family);
    }
  }
  return list;
}

/** Why the host of a URL may not be called, as far as the URL says; `undefined` when it may. */
export function refuseHost(url: URL, policy: AddressPolicy): string | undefined {
  const host = url.hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (policy.allowHosts.length > 0) {
    return policy.allowHosts.some((entry) => names(entry, host)) ? undefined : `${host} is not in allow_hosts`;
  }
  if (METADATA_NAMES.has(host)) return `${host} is the metadata service of a cloud`;
  return isIP(host) === 0 ? undefined : refuseAddress(host, policy.blockPrivate);
}

function names(entry: string, host: string): boolean {
  const wanted = entry
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1');
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : wanted === host;
}

/** Why an address may not be connected to; `undefined` when it may. */
export function refuseAddress(address: string, blockPrivate: boolean): string | undefined {
  const [plain, family] = unwrap(address);
  if (METADATA.check(plain, family)) return `${address} is the metadata service of a cloud`;
  if (blockPrivate && PRIVATE.check(plain, family)) return `${address} is a private address`;
  return undefined;
}

/** The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 address. */
function unwrap(address: string): readonly [string, 'ipv4' | 'ipv6'] {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) !== 6) return [bare, 'ipv4'];
  // WHATWG URL writes every IPv6 address in its one canonical form.
  const groups = groupsOf(new URL(`http://[${bare}]/`).hostname.slice(1, -1));
  const [a, b, c] = groups;
  const middleIsZero = groups.slice(2, 5).every((group) => group === 0);
  if (a === 0 && b === 0 && middleIsZero && groups[5] === 0xffff) return [dotted(groups[6], groups[7]), 'ipv4'];
  if (a === 0x64 && b === 0xff9b) return [dotted(groups[6], groups[7]), 'ipv4'];
  if (a === 0x2002) return [dotted(b, c), 'ipv4'];
  return [bare, 'ipv6'];
}

function groupsOf(canonical: string): number[] {
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/**
 * A resolver that refuses a name when any of its addresses is refused. It answers what is connected to, so a name
 * that changes its address between check and connection gains nothing.
 */
export function guardedLookup(blockPrivate: boolean, resolver: Pick<typeof dns, 'lookup'> = dns): LookupFunction {
  return (hostname, options, callback) => {
    // Looked up at each call: a host may have put a caching resolver in its place.
    resolver.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      for (const { address } of addresses) {
        const refused = refuseAddress(address, blockPrivate);
        if (refused === undefined) continue;
        const message = `${hostname} resolves to an address that must not be called: ${refused}`;
        callback(Object.assign(new Error(message), { code: BLOCKED }), []);
        return;
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
