/** Probes over HTTP, and everything else that may come to the port. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { ComponentState } from '@telemetryflow/kernel';
import healthCheck from '../src/index.ts';

let stop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of stop) await each();
  stop = [];
});

async function start(endpoint = '127.0.0.1:0', path = '/') {
  let state: ComponentState = 'ok';
  const warnings: string[] = [];
  const context = {
    logger: { error() {}, info() {}, debug() {}, warn: (text: string) => void warnings.push(text) },
    pipeline: { status: () => ({ state, components: { 'exporter:debug': { state, since: '2026-11-24T00:00:00Z' } } }) },
  } as never;
  const extension = healthCheck.create({ endpoint, path }, context);
  await extension.start();
  stop.push(() => extension.stop());
  const address = (extension.service as { address(): AddressInfo | null }).address();
  return {
    url: `http://127.0.0.1:${address?.port}`,
    port: address?.port ?? 0,
    warnings,
    become: (next: ComponentState) => {
      state = next;
    },
  };
}

test.each<[ComponentState, number, number]>([
  ['starting', 503, 503],
  ['ok', 200, 200],
  ['recoverable', 200, 200],
  ['permanent', 503, 503],
  ['stopping', 503, 503],
  ['stopped', 503, 503],
])('in state %s the whole answers %d, /ready %d and /live 200', async (state, overall, ready) => {
  const { url, become } = await start();
  become(state);
  const answers = await Promise.all(['/', '/ready', '/live?x=1'].map((path) => fetch(url + path)));
  expect(answers.map(({ status }) => status)).toEqual([overall, ready, 200]);
  expect(await answers[0]?.json()).toMatchObject({ state, components: { 'exporter:debug': { state } } });
  expect(await answers[1]?.json()).toEqual({ state });
  await answers[2]?.text();
});

test('HEAD is answered without a body, unknown paths with 404', async () => {
  const { url } = await start();
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await fetch(`${url}/other`)).status).toBe(404);
});

test('the path of the whole can be another one', async () => {
  const { url } = await start('127.0.0.1:0', '/health');
  expect([(await fetch(`${url}/health`)).status, (await fetch(url)).status]).toEqual([200, 404]);
  expect(healthCheck.check?.({ endpoint: '127.0.0.1:1', path: 'health' })).toMatchObject([{ path: ['path'] }]);
});

test('a port that is taken warns with its name and stops nothing', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  stop.push(() => new Promise((resolve) => other.close(resolve)));
  const endpoint = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { warnings } = await start(endpoint);
  expect(warnings).toEqual([expect.stringContaining(endpoint)]);
});

test('a body and headers beyond all bounds are not waited for, and the next probe is answered', async () => {
  const { url, port } = await start();
  for (const request of [
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(1024 * 1024)}`,
    `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\n${'a'.repeat(1024 * 1024)}`,
  ]) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      socket.once('data', (chunk) => {
        resolve(String(chunk));
        socket.destroy();
      });
      socket.on('error', () => undefined);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 (?:431|200) /);
  }
  expect((await fetch(url)).status).toBe(200);
});

test('garbage at the port is refused and the next probe is answered', async () => {
  const { url, port } = await start();
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.from([0x16, 3, 1, 0, 0xff, 0, 10, 13, 10, 13, 10])),
    );
    socket
      .on('data', (chunk) => {
        text += chunk;
      })
      .on('close', () => resolve(text))
      .on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await fetch(url)).status).toBe(200);
});
