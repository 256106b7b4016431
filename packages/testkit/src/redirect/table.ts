/** Where connections really go: `host:port` as the program names it, and the address that stands in for it. */
import { isIP } from 'node:net';

/** A destination that stands in for another. */
export interface StandIn {
  readonly host: string;
  readonly port: number;
}

/** Redirections by `host:port`; names that a resolver is asked for get loopback addresses of their own. */
export interface RedirectTable {
  /** The stand-in of a destination, which may be named by its host or by the address its host was resolved to. */
  find(host: string, port: number): StandIn | undefined;
  /** The address a redirected host resolves to; undefined for hosts that are not redirected. */
  resolve(host: string): string | undefined;
}

/**
 * The environment variable that holds the table, as JSON: `{"splunk:8088": "127.0.0.1:40123"}`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { execFile } from 'node:child_process';
 * import { promisify } from 'node:util';
 * import { REDIRECT_VARIABLE, startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ body: 'the stand-in' });
 * const table = JSON.stringify({ 'splunk:8088': `127.0.0.1:${backend.port}` });
 * const preload = import.meta.resolve('@telemetryflow/testkit/redirect');
 * const program = "fetch('http://splunk:8088').then((answer) => answer.text()).then(console.log)";
 * const { stdout } = await promisify(execFile)(
 *   process.execPath,
 *   [...process.execArgv, '--import', preload, '--eval', program],
 *   { env: { ...process.env, [REDIRECT_VARIABLE]: table } },
 * );
 * await backend.close();
 * assert.equal(stdout, 'the stand-in\n');
 * ```
 */
export const REDIRECT_VARIABLE = 'TELEMETRYFLOW_REDIRECT';

/**
 * Reads a table; throws a sentence about an entry that is no `host:port`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type RedirectTable, redirectTable, type StandIn } from '@telemetryflow/testkit';
 *
 * const table: RedirectTable = redirectTable({ 'splunk:8088': '127.0.0.1:40123' });
 * const standIn: StandIn | undefined = table.find('splunk', 8088);
 * assert.deepEqual(standIn, { host: '127.0.0.1', port: 40123 });
 * assert.equal(table.find('splunk', 443), undefined);
 * assert.throws(() => redirectTable({ splunk: '127.0.0.1:40123' }), /"splunk" .* is not host:port/);
 * ```
 */
export function redirectTable(entries: Readonly<Record<string, string>>): RedirectTable {
  const standIns = new Map<string, StandIn>();
  const addresses = new Map<string, string>();
  for (const [from, to] of Object.entries(entries)) {
    const { host, port } = parse(from);
    standIns.set(`${host}:${port}`, parse(to));
    // What listens on an address asks the resolver for it, too.
    if (isIP(host) !== 0) continue;
    // An address per host, so that two backends behind one port are told apart after their names are resolved.
    const address = addresses.get(host) ?? `127.83.0.${addresses.size + 1}`;
    addresses.set(host, address);
    standIns.set(`${address}:${port}`, parse(to));
  }
  return {
    find: (host, port) => standIns.get(`${host.toLowerCase()}:${port}`),
    resolve: (host) => addresses.get(host.toLowerCase()),
  };
}

function parse(text: string): StandIn {
  const [, host = '', port = ''] = /^([^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '') throw new Error(`"${text}" in ${REDIRECT_VARIABLE} is not host:port.`);
  return { host: host.toLowerCase(), port: Number(port) };
}

/** True for addresses that never leave the machine. */
export function isLoopback(host: string): boolean {
  return host === '' || host === 'localhost' || host === '::1' || host === '::' || /^(127\.|0\.0\.0\.0$)/.test(host);
}
