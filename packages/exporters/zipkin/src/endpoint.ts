/** Endpoints: the service of a span, and the one it talked to. */
import { isIP, isIPv4 } from 'node:net';
import { type AttributeMap, type AttributeValue, valueToText } from '@telemetryflow/otlp';

/** Members that are empty or 0 are not written. */
export interface Endpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

type Address = Omit<Endpoint, 'serviceName'>;

/** What names the other side, the best first, and the attribute that holds its port. */
const NAMES: readonly (readonly [name: string, port: string | undefined])[] = [
  ['peer.service', undefined],
  ['server.address', 'server.port'],
  ['net.peer.name', 'net.peer.port'],
  ['network.peer.address', 'network.peer.port'],
  ['server.socket.domain', undefined],
  ['server.socket.address', 'server.socket.port'],
  ['net.sock.peer.name', undefined],
  ['net.sock.peer.addr', 'net.sock.peer.port'],
  ['peer.hostname', undefined],
  ['peer.address', undefined],
  ['db.name', undefined],
];

const UNKNOWN = /^unknown_service(?::|$)/;

/** The service of a resource: its own name, else the configured one. */
export function serviceNameOf(attributes: AttributeMap, configured: string): string {
  const name = valueToText(attributes['service.name']);
  return name === '' || UNKNOWN.test(name) ? configured || name : name;
}

/** The other side of a call that was made: without it Zipkin draws no dependency. */
export function calleeOf(attributes: AttributeMap): Endpoint | undefined {
  for (const [name, portName] of NAMES) {
    const serviceName = valueToText(attributes[name]);
    if (serviceName === '') continue;
    const own = ipOf(serviceName);
    if (own !== undefined || name === 'network.peer.address') {
      return { serviceName, ...(own ?? NO_IP), port: portName === undefined ? 0 : portOf(attributes[portName]) };
    }
    const peer = ipOf(valueToText(attributes['network.peer.address'])) ?? NO_IP;
    const port = portName === undefined ? 0 : portOf(attributes[portName]);
    return { serviceName, ...peer, port: port === 0 ? portOf(attributes['network.peer.port']) : port };
  }
  return undefined;
}

/** The other side of a call that came in: an address, no service. */
export function callerOf(attributes: AttributeMap): Endpoint | undefined {
  const ip = ipOf(valueToText(attributes['network.peer.address']));
  if (ip === undefined) return undefined;
  return { serviceName: '', ...ip, port: portOf(attributes['network.peer.port']) };
}

/** An IP address with an optional port. */
export function addressOf(text: string): Address | undefined {
  const [, host = text, port = ''] = /^(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? [];
  const ip = ipOf(host);
  if (ip === undefined || (port !== '' && portOf(port) === 0)) return undefined;
  return { ...ip, port: portOf(port) };
}

const NO_IP = { ipv4: '', ipv6: '' } as const;

/** The literal in its own family; Zipkin silently loses what has brackets, a zone, or is an IPv4 in IPv6. */
function ipOf(text: string): Omit<Address, 'port'> | undefined {
  if (text === '') return undefined;
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  if (isIPv4(mapped)) return { ipv4: mapped, ipv6: '' };
  return isIP(mapped) === 6 ? { ipv4: '', ipv6: mapped } : undefined;
}

function portOf(value: AttributeValue): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}
