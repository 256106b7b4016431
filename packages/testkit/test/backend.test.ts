import { request } from 'node:http';
import { Agent, get, request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type Backend, startBackend, startTcpBackend, testCa } from '@telemetryflow/testkit';

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** POST, and read the answer up to `cap` bytes. */
function post(url: string, body: string | Buffer, headers: Record<string, string> = {}, cap = 1e6): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = '';
      const done = (): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        sent.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.length >= cap) done();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function withBackend(backend: Promise<Backend>, use: (backend: Backend) => Promise<void>): Promise<void> {
  const running = await backend;
  try {
    await use(running);
  } finally {
    await running.close();
  }
  expect(running.connections).toBe(0);
}

describe('startBackend', () => {
  test('records requests with their bodies decompressed', () =>
    withBackend(startBackend(), async (backend) => {
      await post(`${backend.url}/a?b=c`, gzipSync('{"n":1}'), { 'content-encoding': 'gzip', 'x-key': 'v' });
      await post(`${backend.url}/z`, zstdCompressSync('zstd'), { 'content-encoding': 'zstd' });
      await post(`${backend.url}/p`, 'plain');
      await backend.received(3);
      const [first, second, third] = backend.requests;
      expect(first).toMatchObject({ method: 'POST', path: '/a?b=c', index: 0 });
      expect(first?.headers['x-key']).toBe('v');
      expect(first?.json()).toEqual({ n: 1 });
      expect(second?.text()).toBe('zstd');
      expect(third?.body.toString()).toBe('plain');
    }));

  test('answers a list in turn and repeats the last', () =>
    withBackend(
      startBackend([
        { status: 503, headers: { 'retry-after': '2' } },
        { status: 202, body: { ok: true } },
      ]),
      async (backend) => {
        const first = await post(backend.url, '');
        expect([first.status, first.headers['retry-after']]).toEqual([503, '2']);
        for (let i = 0; i < 2; i++) {
          const next = await post(backend.url, '');
          expect([next.status, next.body, next.headers['content-type']]).toEqual([
            202,
            '{"ok":true}',
            'application/json',
          ]);
        }
      },
    ));

  test('answers what a function says for each request, and by a new script when told', () =>
    withBackend(
      startBackend((seen, index) => ({ status: 200 + index, body: seen.text().toUpperCase() })),
      async (backend) => {
        expect(await post(backend.url, 'one')).toMatchObject({ status: 200, body: 'ONE' });
        expect(await post(backend.url, 'two')).toMatchObject({ status: 201, body: 'TWO' });
        backend.script({ status: 418 });
        expect(await post(backend.url, 'three')).toMatchObject({ status: 418 });
      },
    ));

  test('shows a broken script as status 599', () =>
    withBackend(
      startBackend(() => {
        throw new Error('script bug');
      }),
      async (backend) => {
        expect(await post(backend.url, '')).toMatchObject({ status: 599, body: 'Error: script bug' });
      },
    ));

  test.each([
    ['reset', 'ECONNRESET'],
    ['garbage', 'HPE_INVALID_CONSTANT'],
    ['cut_off', 'ECONNRESET'],
  ] as const)('fault %s gives the client %s', (fault, code) =>
    withBackend(startBackend({ fault }), async (backend) => {
      await expect(post(backend.url, 'x')).rejects.toMatchObject({ code });
    }),
  );

  test.each(['endless', 'huge'] as const)('streams an %s body only as fast as it is read', (fault) =>
    withBackend(startBackend({ fault }), async (backend) => {
      const before = process.memoryUsage().rss;
      const answer = await post(backend.url, 'x', {}, 8 * 1024 * 1024);
      expect(answer.body.length).toBeGreaterThanOrEqual(8 * 1024 * 1024);
      if (fault === 'huge') expect(answer.headers['content-length']).toBe(String(1024 ** 3));
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
      await backend.disconnected();
    }),
  );

  test.each(['stall', 'stall_body'] as const)(
    'fault %s keeps the client waiting until the backend closes',
    async (fault) => {
      const backend = await startBackend({ fault });
      const waiting = post(backend.url, 'x');
      await backend.received(1);
      await backend.close();
      await expect(waiting).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );
});

describe('TLS', () => {
  const secureGet = (url: string, options: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const agent = new Agent(options);
      get(url, { agent }, (response) => {
        response.resume().on('end', () => {
          agent.destroy();
          resolve(response.statusCode ?? 0);
        });
      }).on('error', reject);
    });

  test('is trusted by clients that know the test CA, and by no others', () =>
    withBackend(startBackend({}, { tls: true }), async (backend) => {
      expect(await secureGet(backend.url, { ca: backend.ca?.cert })).toBe(200);
      await expect(secureGet(backend.url, {})).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
      await expect(secureGet(backend.url, { ca: testCa().cert })).rejects.toThrow();
    }));

  test('issues expired certificates and certificates for other hosts', async () => {
    const ca = testCa();
    for (const [options, code] of [
      [{ expired: true }, 'CERT_HAS_EXPIRED'],
      [{ hosts: ['elsewhere.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      await withBackend(startBackend({}, { tls: ca.issue(options) }), async (backend) => {
        await expect(secureGet(backend.url, { ca: ca.cert })).rejects.toMatchObject({ code });
      });
    }
  });

  test('demands a client certificate when told to', async () => {
    const ca = testCa();
    const client = ca.issue({ commonName: 'client' });
    await withBackend(startBackend({}, { tls: { ...ca.issue(), clientCa: ca.cert } }), async (backend) => {
      expect(await secureGet(backend.url, { ca: ca.cert, ...client })).toBe(200);
      await expect(
        new Promise((resolve, reject) => {
          secureRequest(backend.url, { ca: ca.cert, agent: false }, resolve).on('error', reject).end();
        }),
      ).rejects.toThrow();
    });
  });
});

describe('startTcpBackend', () => {
  test('behaves as told, counts connections and closes them', async () => {
    const backend = await startTcpBackend((socket) => socket.write('hello'));
    const socket = connect(backend.port, '127.0.0.1');
    const greeting = await new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
    expect(greeting).toBe('hello');
    expect([backend.connections, backend.accepted]).toEqual([1, 1]);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await backend.close();
    await closed;
    expect(backend.connections).toBe(0);
  });
});
