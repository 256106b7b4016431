import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { patience, within } from '../src/contract/patience.ts';

/** As a busy machine stops a process: nothing of it runs. */
function stopFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('what happened while the process was stopped is seen before patience is over', async () => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const heard = within(500, once(socket, 'data'));
  stopFor(700);
  const inTime = await heard;
  socket.destroy();
  server.close();
  expect(inTime).toBe(true);
});

test('what never happens is given up', async () => {
  expect(await within(50, new Promise(() => undefined))).toBe(false);
  const limit = patience(0);
  await limit.over;
  expect(limit.expired).toBe(true);
});

test('patience that is not needed any more leaves no timer behind', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const limit = patience(1_000_000);
  expect([limit.expired, timers()]).toEqual([false, before + 1]);
  limit.end();
  expect(timers()).toBe(before);
});
