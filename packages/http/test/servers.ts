/** Real servers on port 0 for the tests of this package. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';

export interface Running {
  readonly port: number;
  readonly url: string;
  /** Closes the server and every connection. */
  close(): Promise<void>;
}

async function listen(server: NetServer | Server, scheme: string, sockets: Set<Socket>): Promise<Running> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function httpServer(listener: RequestListener): Promise<Running> {
  return listen(createServer(listener), 'http', new Set());
}

export function httpsServer(options: TlsOptions, listener: RequestListener): Promise<Running> {
  return listen(createTlsServer(options, listener), 'https', new Set());
}

export function tcpServer(onConnection: (socket: Socket, index: number) => void): Promise<Running> {
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    onConnection(socket, count);
  });
  return listen(server, 'http', new Set());
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads the request, then answers. */
export function answering(
  status: number,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(status, headers);
      response.end(body);
    });
  };
}

export interface Certificates {
  readonly directory: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
  remove(): void;
}

/** A throwaway authority, a server certificate for localhost and 127.0.0.1, and a client certificate. */
export function certificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'http-tls-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  };
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
  for (const name of ['server', 'client']) {
    openssl(
      'req',
      '-x509',
      ...ec,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=DNS:localhost,DNS:server.test,IP:127.0.0.1',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    );
  }
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    ca: path('ca.pem'),
    cert: path('server.pem'),
    key: path('server.key'),
    clientCert: path('client.pem'),
    clientKey: path('client.key'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function serverTls(files: Certificates, extra: TlsOptions = {}): TlsOptions {
  return { cert: readFileSync(files.cert), key: readFileSync(files.key), ...extra };
}
