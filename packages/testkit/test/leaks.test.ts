import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { leakCheck } from '@telemetryflow/testkit';

test('reports a server and a timer that were left open, and nothing once they are closed', async () => {
  const check = leakCheck();
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const timer = setTimeout(() => undefined, 60_000);
  const found = await check.leaks(0);
  expect(found.join('\n')).toMatch(/TCPServerWrap/);
  expect(found.join('\n')).toMatch(/Timeout/);
  clearTimeout(timer);
  server.close();
  expect(await check.leaks()).toEqual([]);
});
