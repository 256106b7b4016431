import { execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { redirectTable, startBackend, testCa } from '@telemetryflow/testkit';

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-redirect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every socket of a program goes to its stand-in, and none goes anywhere else', async () => {
  const ca = testCa();
  const caFile = path.join(folder, 'ca.pem');
  writeFileSync(caFile, ca.cert);
  const plain = await startBackend(({ path: at }) => ({ status: 200, body: `plain ${at}` }));
  const secure = await startBackend(({ path: at, headers }) => ({ status: 200, body: `${headers['host']} ${at}` }), {
    tls: ca.issue({ hosts: ['secure.example'] }),
  });
  const statsd = dgram.createSocket('udp4');
  const datagram = new Promise<string>((resolve) => statsd.once('message', (message) => resolve(String(message))));
  await new Promise<void>((resolve) => statsd.bind(0, '127.0.0.1', () => resolve()));
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [
        '--no-warnings',
        '--import',
        new URL('../../src/redirect/preload.ts', import.meta.url).href,
        path.join(import.meta.dirname, 'client.ts'),
      ],
      {
        env: {
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
          NODE_EXTRA_CA_CERTS: caFile,
          TELEMETRYFLOW_REDIRECT: JSON.stringify({
            'plain.example:8088': `127.0.0.1:${plain.port}`,
            'secure.example:443': `127.0.0.1:${secure.port}`,
            'statsd.example:8125': `127.0.0.1:${(statsd.address() as AddressInfo).port}`,
          }),
        },
      },
    );
    expect(stdout.trim().split('\n')).toEqual([
      'http: 200 plain /a',
      'https: 200 secure.example /b',
      'fetch: plain /c',
      'net: connected',
      'resolved: 200 plain /d',
      'tls: trusted',
      expect.stringMatching(/^elsewhere: connect ECONNREFUSED 127\.0\.0\.1:1$/),
    ]);
    expect(stderr).toContain('refused a connection to elsewhere.example:80, which has no stand-in');
    expect(await datagram).toBe('ping');
  } finally {
    statsd.close();
    await plain.close();
    await secure.close();
  }
});

test('hosts are told apart by address once their names are resolved', () => {
  const table = redirectTable({ 'a:443': '127.0.0.1:1001', 'b:443': '127.0.0.1:1002', 'a:80': '127.0.0.1:1003' });
  expect(table.find('A', 443)).toEqual({ host: '127.0.0.1', port: 1001 });
  expect(table.find(table.resolve('b') ?? '', 443)?.port).toBe(1002);
  expect(table.find(table.resolve('a') ?? '', 80)?.port).toBe(1003);
  expect(table.find('a', 8080)).toBeUndefined();
  expect(table.resolve('c')).toBeUndefined();
});

test('an address has a stand-in for its port only, and stays what it resolves to', () => {
  const table = redirectTable({ '127.0.0.1:4317': '127.0.0.1:1001' });
  expect(table.find('127.0.0.1', 4317)?.port).toBe(1001);
  expect(table.find('127.0.0.1', 4318)).toBeUndefined();
  expect(table.resolve('127.0.0.1')).toBeUndefined();
});

test('an entry that is no host and port is refused by name', () => {
  expect(() => redirectTable({ a: '127.0.0.1:1' })).toThrow('"a" in TELEMETRYFLOW_REDIRECT is not host:port.');
});
