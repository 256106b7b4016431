/** The other side of a span, without which Zipkin draws no dependency. */
import { type SpanRecord, valueToText } from '@telemetryflow/otlp';
import { ipEndpoint, type ZipkinEndpoint } from './zipkin-span.ts';

/** Attributes that name the other side, the first one that is there wins, each with the one that holds its port. */
const REMOTE: readonly (readonly [name: string, port?: string])[] = [
  ['peer.service'],
  ['server.address', 'server.port'],
  ['net.peer.name', 'net.peer.port'],
  ['network.peer.address', 'network.peer.port'],
  ['server.socket.domain'],
  ['server.socket.address', 'server.socket.port'],
  ['net.sock.peer.name'],
  ['net.sock.peer.addr', 'net.sock.peer.port'],
  ['peer.hostname'],
  ['peer.address'],
  ['db.name'],
];
const CALLERS: ReadonlySet<number> = new Set([2, 3]);
const CALLED: ReadonlySet<number> = new Set([1, 4]);
const MAX_PORT = 65_535;

/** Clients and producers name the other side; servers and consumers know only its address. */
export function remoteEndpoint({ kind, attributes }: SpanRecord): ZipkinEndpoint | undefined {
  if (CALLED.has(kind)) {
    const address = ipEndpoint(valueToText(attributes['network.peer.address']));
    if (address.ipv4 === undefined && address.ipv6 === undefined) return undefined;
    return { ...address, ...portOf(attributes['network.peer.port']) };
  }
  if (!CALLERS.has(kind)) return undefined;
  for (const [name, port] of REMOTE) {
    const text = valueToText(attributes[name]);
    if (text === '') continue;
    return { serviceName: text, ...ipEndpoint(text), ...(port !== undefined && portOf(attributes[port])) };
  }
  return undefined;
}

function portOf(value: unknown): { readonly port?: number } {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port <= MAX_PORT ? { port } : {};
}
