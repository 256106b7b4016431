/** A UDP port that reads what comes, for protocols without answers. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FakeBackend } from './http-backend.ts';

/** Listen on a free port of 127.0.0.1; `take` gets each datagram and its number. */
export async function startUdpBackend(take: (datagram: Buffer, index: number) => void): Promise<FakeBackend<Buffer>> {
  const datagrams: Buffer[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (datagram) => take(datagram, datagrams.push(datagram) - 1));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let closing: Promise<void> | undefined;
  return {
    url: `udp://127.0.0.1:${(socket.address() as AddressInfo).port}`,
    requests: datagrams,
    connections: 0,
    async received(count) {
      while (datagrams.length < count) await once(socket, 'message');
    },
    disconnected: async () => undefined,
    close() {
      closing ??= new Promise((resolve) => socket.close(() => resolve()));
      return closing;
    },
  };
}
