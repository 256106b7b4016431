/** `host:port` addresses to listen on. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Splits `host:port`, `[v6]:port` and `:port` (every interface). */
export function parseAddress(endpoint: string): Address {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' ? '::' : host, port: Number(endpoint.slice(colon + 1)) };
}

/** The sentence for a port that cannot be had, or undefined for other errors. */
export function listenProblem(error: unknown, endpoint: string, option: string): string | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return `${endpoint} is in use by another program; stop it or set ${option} to another port`;
  if (code === 'EACCES') return `this user may not listen on ${endpoint}; set ${option} to a port above 1023`;
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${endpoint}; correct ${option}`;
  return undefined;
}
