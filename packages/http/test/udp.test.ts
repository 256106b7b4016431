import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type UdpSocket, udpSocket } from '../src/index.ts';

let server: Socket | undefined;
let socket: UdpSocket | undefined;
afterEach(() => {
  socket?.close();
  server?.close();
  server = undefined;
});

async function listen(): Promise<number> {
  server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function received(): Promise<string> {
  const [bytes] = (await once(server as Socket, 'message')) as [Buffer];
  return bytes.toString();
}

test('a text is one datagram, in UTF-8', async () => {
  socket = udpSocket('127.0.0.1', await listen());
  const got = received();
  await socket.send('é\n');
  expect(await got).toBe('é\n');
});

test('a closed socket is opened again by the next datagram', async () => {
  socket = udpSocket('127.0.0.1', await listen());
  const first = received();
  await socket.send('1');
  await first;
  socket.close();
  const second = received();
  await socket.send('2');
  expect(await second).toBe('2');
});

test('a name that is none is an error, and the next datagram is another try', async () => {
  socket = udpSocket('host.invalid', 9);
  await expect(socket.send('x')).rejects.toThrow();
  await expect(socket.send('x')).rejects.toThrow();
});

test('a datagram that is too large is an error, and the next one is sent', async () => {
  socket = udpSocket('127.0.0.1', await listen());
  await expect(socket.send('x'.repeat(70_000))).rejects.toThrow('EMSGSIZE');
  const got = received();
  await socket.send('y');
  expect(await got).toBe('y');
});
