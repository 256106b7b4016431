/** The way to an address, step by step: name, connection, TLS. */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What stood at the end of the way. */
export type Reached =
  | { readonly at: 'dns' | 'tcp'; readonly code: string }
  | { readonly at: 'tls'; readonly code: string; readonly validTo?: string }
  | { readonly at: 'end'; readonly address: string };

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How TLS trusts; as the exporter does. */
export interface Trust {
  readonly ca?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  readonly skipVerify?: boolean | undefined;
}

/** Goes as far as it can: to the open connection, and with `tls` through the handshake. */
export async function reach({ host, port }: Address, tls: Trust | undefined, timeoutMs: number): Promise<Reached> {
  let address: string;
  try {
    ({ address } = await lookup(host));
  } catch (error) {
    return { at: 'dns', code: codeOf(error) };
  }
  const tcp = await opened(connectTcp({ host: address, port }), 'connect', timeoutMs);
  if (tcp !== undefined) return { at: 'tcp', code: tcp };
  if (tls === undefined) return { at: 'end', address };
  // The name is checked by hand below, so that the certificate can be looked at when it is not valid.
  const socket = connectTls({
    host: address,
    port,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    servername: nameOf(tls.servername ?? host),
    rejectUnauthorized: false,
  });
  const failed = await opened(socket, 'secureConnect', timeoutMs, (open) => certificateFault(open, tls));
  if (failed === undefined) return { at: 'end', address };
  const [code = '', validTo] = failed.split(' until ');
  return { at: 'tls', code, ...(validTo !== undefined && { validTo }) };
}

/** True when a TLS server answers there, whoever it is. */
export async function speaksTls({ host, port }: Address, timeoutMs: number): Promise<boolean> {
  const socket = connectTls({ host, port, servername: nameOf(host), rejectUnauthorized: false });
  return (await opened(socket, 'secureConnect', timeoutMs)) === undefined;
}

/** Server names are names; an address goes without. */
function nameOf(host: string): string {
  return isIP(host) === 0 ? host : '';
}

function certificateFault(socket: TLSSocket, { skipVerify }: Trust): string | undefined {
  if (skipVerify === true || socket.authorized) return undefined;
  const { valid_to: validTo } = socket.getPeerCertificate();
  return `${String(socket.authorizationError)} until ${validTo}`;
}

/** Undefined once the event came, else the code of what came instead; the socket is closed either way. */
function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  look: (socket: S) => string | undefined = () => undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (code: string | undefined): void => {
      resolve(code);
      socket.destroy();
    };
    socket.once(event, () => end(look(socket)));
    socket.once('error', (error) => end(codeOf(error)));
    socket.once('close', () => end('ECONNRESET'));
    socket.setTimeout(timeoutMs, () => end('ETIMEDOUT'));
  });
}

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: readonly { code?: string }[] };
  return code ?? errors?.[0]?.code ?? String(error);
}
