/** A raw TCP backend for protocols that are not HTTP, and for saying things HTTP servers refuse to say. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A listening TCP port whose behaviour is a function. */
export interface TcpBackend {
  readonly port: number;
  /** `127.0.0.1:40123`. */
  readonly address: string;
  /** Connections that are open now. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Cut every connection and close the port; resolves when all are gone. May be called again. */
  close(): Promise<void>;
}

/**
 * Listen on a free port of 127.0.0.1. `behave` gets each new connection; socket errors are swallowed, as they
 * are what such tests are about.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { connect } from 'node:net';
 * import { text } from 'node:stream/consumers';
 * import { startTcpBackend, type TcpBackend } from '@telemetryflow/testkit';
 *
 * const server: TcpBackend = await startTcpBackend((socket) => socket.end('+OK ready\r\n'));
 * assert.equal(await text(connect(server.port, '127.0.0.1')), '+OK ready\r\n');
 * assert.equal(server.accepted, 1);
 * await server.close();
 * ```
 */
export async function startTcpBackend(behave: (socket: Socket, index: number) => void): Promise<TcpBackend> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    behave(socket, accepted++);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `127.0.0.1:${port}`,
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
