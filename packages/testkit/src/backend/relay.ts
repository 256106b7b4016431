/**
 * A TCP relay in front of a server that does not know its connections well enough: counts and cuts them. A TLS server of
 * HTTP/2 leaves a connection half open that ends before its handshake, and its sockets do not take a reset.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { conditions } from './conditions.ts';

export interface Relay {
  readonly port: number;
  /** Client connections that are open now. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Resolves when no client connection is open. */
  disconnected(): Promise<void>;
  /** Reset every open connection. */
  disconnect(): void;
  /** Reset every connection and close the port; resolves when all are gone. */
  close(): Promise<void>;
}

/** Relay `port` of 127.0.0.1 (0: a free one) to `target` there. */
export async function startRelay(target: number, port = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  const { wake, until } = conditions();
  let accepted = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    accepted++;
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    sockets.add(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      upstream.destroy();
      wake();
    });
    upstream.once('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const disconnect = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const disconnected = (): Promise<void> => until(() => sockets.size === 0);
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    disconnect,
    disconnected,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      disconnect();
      await closed;
      await disconnected();
    },
  };
}
