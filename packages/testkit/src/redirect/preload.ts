/**
 * Sends every socket of a program to stand-ins, without a change to its configuration:
 *
 *   TELEMETRYFLOW_REDIRECT='{"splunk:8088":"127.0.0.1:40123"}' node --import @telemetryflow/testkit/redirect app.js
 *
 * TCP, TLS (the server name stays the original, so a test CA in NODE_EXTRA_CA_CERTS vouches for the stand-in) and
 * UDP. A destination outside this machine that has no stand-in is refused, and said on stderr.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { isLoopback, REDIRECT_VARIABLE, redirectTable, type StandIn } from './table.ts';

const table = redirectTable(JSON.parse(process.env[REDIRECT_VARIABLE] ?? '{}') as Record<string, string>);
/** Nothing listens on this port; connecting fails at once. */
const NOWHERE: StandIn = { host: '127.0.0.1', port: 1 };

function standIn(host: string, port: number): StandIn | undefined {
  const found = table.find(host, port);
  if (found !== undefined || isLoopback(host)) return found;
  process.stderr.write(`redirect: refused a connection to ${host}:${port}, which has no stand-in\n`);
  return NOWHERE;
}

interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | null;
}

function redirected(options: ConnectOptions): ConnectOptions {
  if (typeof options.path === 'string' || options.port === undefined) return options;
  const other = standIn(options.host ?? 'localhost', Number(options.port));
  // The caller's resolver knows nothing of the stand-in, whose address is final.
  return other === undefined ? options : { ...options, host: other.host, port: other.port, ...{ lookup: undefined } };
}

type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;
const connect = net.Socket.prototype.connect as Connect;
const patchedConnect: Connect = function (...args) {
  const [first, second] = args;
  // net.connect hands on an array that it has normalised and marked.
  if (Array.isArray(first)) first[0] = redirected(first[0]);
  else if (typeof first === 'object' && first !== null) args[0] = redirected(first);
  else if (typeof first === 'number' || /^\d+$/.test(String(first))) {
    const host = typeof second === 'string' ? second : undefined;
    args.splice(
      0,
      host === undefined ? 1 : 2,
      redirected({ port: Number(first), ...(host !== undefined && { host }) }),
    );
  }
  return connect.apply(this, args);
};
net.Socket.prototype.connect = patchedConnect as typeof net.Socket.prototype.connect;

type Callback = (error: Error | null, address: string | dns.LookupAddress[], family?: number) => void;
type Lookup = (host: string, options: unknown, callback?: Callback) => unknown;
const lookup = dns.lookup as unknown as Lookup;
const patchedLookup: Lookup = (host, options, callback) => {
  const address = table.resolve(host);
  if (address === undefined) return lookup(host, options, callback);
  const done = (typeof options === 'function' ? options : callback) as Callback;
  const all = typeof options === 'object' && options !== null && (options as { all?: boolean }).all === true;
  process.nextTick(() => (all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
  return {};
};
dns.lookup = patchedLookup as unknown as typeof dns.lookup;

type PromisedLookup = (host: string, options?: { all?: boolean }) => Promise<unknown>;
const promisedLookup = dns.promises.lookup as PromisedLookup;
dns.promises.lookup = (async (host: string, options?: { all?: boolean }) => {
  const address = table.resolve(host);
  if (address === undefined) return promisedLookup(host, options);
  return options?.all === true ? [{ address, family: 4 }] : { address, family: 4 };
}) as typeof dns.promises.lookup;

type Datagram = (this: dgram.Socket, ...args: unknown[]) => unknown;
/** Replaces port and address, which stand at `at` and behind it. */
function readdress(args: unknown[], at: number): void {
  const host = args[at + 1];
  const other = standIn(typeof host === 'string' ? host : 'localhost', Number(args[at]));
  if (other !== undefined) args.splice(at, typeof host === 'string' ? 2 : 1, other.port, other.host);
}
const send = dgram.Socket.prototype.send as Datagram;
dgram.Socket.prototype.send = function (this: dgram.Socket, ...args: unknown[]) {
  const ranged = typeof args[1] === 'number' && typeof args[2] === 'number';
  if (typeof args[ranged ? 3 : 1] === 'number') readdress(args, ranged ? 3 : 1);
  return send.apply(this, args);
} as typeof dgram.Socket.prototype.send;
const connectDatagram = dgram.Socket.prototype.connect as Datagram;
dgram.Socket.prototype.connect = function (this: dgram.Socket, ...args: unknown[]) {
  readdress(args, 0);
  return connectDatagram.apply(this, args);
} as typeof dgram.Socket.prototype.connect;

syncBuiltinESMExports();
