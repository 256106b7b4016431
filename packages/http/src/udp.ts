/** Datagrams to one UDP port, for backends that take these. There are no answers: what the system took is all that is known. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Sends datagrams to one address. */
export interface UdpSocket {
  /** Hands one datagram to the system. Rejects with its error, or that of an earlier datagram, and starts anew. */
  send(text: string): Promise<void>;
  /** The next datagram opens it again. */
  close(): void;
}

/**
 * Opens at the first datagram, and does not keep the process alive. `host` may be an IPv6 address, without brackets.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createSocket } from 'node:dgram';
 * import { once } from 'node:events';
 * import { type UdpSocket, udpSocket } from '@telemetryflow/http';
 *
 * const server = createSocket('udp4');
 * server.bind(0, '127.0.0.1');
 * await once(server, 'listening');
 * const arrived = once(server, 'message');
 * const socket: UdpSocket = udpSocket('127.0.0.1', server.address().port);
 * await socket.send('requests:1|c');
 * assert.equal(`${(await arrived)[0]}`, 'requests:1|c');
 * socket.close();
 * server.close();
 * ```
 */
export function udpSocket(host: string, port: number): UdpSocket {
  let opened: Promise<Socket> | undefined;
  /** Refusals arrive after the datagram that they are about. */
  let refused: Error | undefined;

  async function open(): Promise<Socket> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    socket.connect(port, host);
    await once(socket, 'connect');
    socket.on('error', (error) => {
      refused = error;
    });
    return socket;
  }

  function close(): void {
    opened?.then(
      (socket) => socket.close(),
      () => undefined,
    );
    opened = undefined;
    refused = undefined;
  }

  return {
    close,
    async send(text) {
      try {
        opened ??= open();
        const socket = await opened;
        await new Promise<void>((resolve, reject) => {
          socket.send(text, (error) => (error === null ? resolve() : reject(error)));
        });
        if (refused !== undefined) throw refused;
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}
