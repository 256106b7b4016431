/**
 * A port on which connecting never ends: a listener whose backlog is full and whose owner sleeps. The kernel then
 * ignores further handshakes, as a firewall that drops packets would.
 */
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { within } from '../contract/patience.ts';

const HANDSHAKE_MS = 25;

export interface BlackHole {
  close(): Promise<void>;
}

const LISTENER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer();
  server.on('error', () => parentPort.postMessage('failed'));
  server.listen({ host: workerData.host, port: workerData.port, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** Make `host:port` a black hole; resolves to undefined where the system cannot bind that loopback address. */
export async function openBlackHole(host: string, port: number): Promise<BlackHole | undefined> {
  const worker = new Worker(LISTENER, { eval: true, workerData: { host, port } });
  const state = await new Promise<unknown>((resolve) => worker.once('message', resolve));
  if (state !== 'listening') {
    await worker.terminate();
    return undefined;
  }
  const fillers: Socket[] = [];
  for (let full = false; !full && fillers.length < 16; ) {
    const socket = connect(port, host);
    socket.on('error', () => undefined);
    fillers.push(socket);
    full = !(await connected(socket));
  }
  return {
    async close() {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}

/** Whether a loopback handshake is answered; on loopback that takes microseconds. */
function connected(socket: Socket): Promise<boolean> {
  return within(HANDSHAKE_MS, new Promise<void>((resolve) => socket.once('connect', resolve)));
}
