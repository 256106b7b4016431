import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createHttpClient, type HttpClient, type HttpClientOptions, type HttpResponse } from '@telemetryflow/http';
import { answering, httpServer, type Running, readBody } from './servers.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function keep<T extends { close(): unknown }>(each: T): T {
  open.push(each);
  return each;
}

function client(options?: HttpClientOptions): HttpClient {
  return keep(createHttpClient(options));
}

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

async function recorder(seen: Seen[]): Promise<Running> {
  return keep(
    await httpServer(async (request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: await readBody(request) });
      response.end('ok');
    }),
  );
}

describe('a request', () => {
  test('carries method, path, query, headers, length and body as they are', async () => {
    const seen: Seen[] = [];
    const { url } = await recorder(seen);
    const result = await client({ headers: { 'X-Static': 'a', 'X-Both': 'client' } }).request({
      method: 'PUT',
      url: `${url}/some/path?q=1&r=%20`,
      headers: { 'x-both': 'request' },
      body: 'hëllo',
    });
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(Buffer.from((result as HttpResponse).body).toString()).toBe('ok');
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/some/path?q=1&r=%20' });
    expect(seen[0]?.body.toString()).toBe('hëllo');
    expect(seen[0]?.headers).toMatchObject({ 'x-static': 'a', 'x-both': 'request', 'content-length': '6' });
    expect(seen[0]?.headers['transfer-encoding']).toBeUndefined();
    expect(seen[0]?.headers['user-agent']).toMatch(/^telemetryflow\/\d+\.\d+\.\d+/);
  });

  test('reuses its socket, and opens no more sockets than its concurrency', async () => {
    const ports = new Set<number | undefined>();
    const { url } = keep(
      await httpServer((request, response) => {
        ports.add(request.socket.remotePort);
        answering(200)(request, response);
      }),
    );
    const http = client({ concurrency: 2 });
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([1, 2, 3, 4].map(() => http.request({ url, body: 'x' })));
    }
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test.each(['gzip', 'zstd'] as const)('is compressed with %s from 1 KiB on, and not below', async (compression) => {
    const seen: Seen[] = [];
    const { url } = await recorder(seen);
    const http = client({ compression });
    const large = 'a'.repeat(5000);
    await http.request({ url, body: large });
    await http.request({ url, body: 'small' });
    const inflate = compression === 'gzip' ? gunzipSync : zstdDecompressSync;
    expect(seen[0]?.headers['content-encoding']).toBe(compression);
    expect(inflate(seen[0]?.body ?? Buffer.alloc(0)).toString()).toBe(large);
    expect(seen[0]?.headers['content-length']).toBe(String(seen[0]?.body.length));
    expect(seen[1]?.headers['content-encoding']).toBeUndefined();
    expect(seen[1]?.body.toString()).toBe('small');
  });

  test('is not sent when its body would be larger than allowed, as it is after compression', async () => {
    const seen: Seen[] = [];
    const { url } = await recorder(seen);
    const http = client({ compression: 'gzip', maxBodyBytes: 1000 });
    expect(await http.request({ url, body: 'a'.repeat(50_000) })).toMatchObject({ kind: 'response', status: 200 });
    expect(await http.request({ url, body: randomBytes(1001) })).toMatchObject({
      kind: 'failure',
      reason: 'too_large',
      message: expect.stringMatching(/a body of \d+ bytes, and the backend takes 1000/),
    });
    expect(seen).toHaveLength(1);
  });

  test('leaves a body alone that is compressed already', async () => {
    const seen: Seen[] = [];
    const { url } = await recorder(seen);
    const body = Buffer.alloc(4000, 7);
    await client({ compression: 'gzip' }).request({ url, body, contentEncoding: 'snappy' });
    expect(seen[0]?.headers['content-encoding']).toBe('snappy');
    expect(seen[0]?.body.equals(body)).toBe(true);
  });

  test('turns userinfo of the URL into Basic authentication, unless a header says otherwise', async () => {
    const seen: Seen[] = [];
    const { port } = await recorder(seen);
    await client().request({ url: `http://us%40er:p%3Aw@127.0.0.1:${port}/` });
    await client({ headers: { Authorization: 'Bearer t' } }).request({ url: `http://u:p@127.0.0.1:${port}/` });
    expect(seen.map((each) => each.headers['authorization'])).toEqual([
      `Basic ${Buffer.from('us@er:p:w').toString('base64')}`,
      'Bearer t',
    ]);
  });

  test('never follows a redirect', async () => {
    let reached = 0;
    const target = keep(
      await httpServer((_request, response) => {
        reached += 1;
        response.end();
      }),
    );
    const { url } = keep(await httpServer(answering(307, { location: `${target.url}/elsewhere` })));
    const result = await client().request({ url, body: 'x' });
    expect(result).toMatchObject({ kind: 'response', status: 307 });
    expect(reached).toBe(0);
  });

  test('fails with `invalid`, not with an exception, when it cannot be made', async () => {
    const { url } = await recorder([]);
    const bad = await client().request({ url, headers: { 'x-a': 'line\r\nbreak' } });
    expect(bad).toMatchObject({ kind: 'failure', reason: 'invalid', code: 'ERR_INVALID_CHAR' });
    const relative = await client().request({ url: 'not a url' });
    expect(relative).toMatchObject({ kind: 'failure', reason: 'invalid', url: '[invalid url]' });
  });
});

describe('an answer', () => {
  test('is decompressed', async () => {
    const { url } = keep(await httpServer(answering(200, { 'content-encoding': 'gzip' }, gzipSync('{"a":1}'))));
    const result = (await client().request({ url })) as HttpResponse;
    expect(Buffer.from(result.body).toString()).toBe('{"a":1}');
    expect(result.unreadable).toBeUndefined();
  });

  test.each([
    ['too_large', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(200_000))],
    ['too_large', {}, Buffer.alloc(200_000)],
    ['encoding', { 'content-encoding': 'gzip' }, Buffer.from('no gzip')],
    ['encoding', { 'content-encoding': 'exotic' }, Buffer.from('?')],
    ['encoding', { 'content-encoding': 'constructor' }, Buffer.from('?')],
  ] as const)('keeps its status and is marked %s when its body cannot be read (%o)', async (mark, headers, body) => {
    const { url } = keep(await httpServer(answering(202, headers, body)));
    const result = await client({ maxResponseBytes: 100_000 }).request({ url });
    expect(result).toMatchObject({ kind: 'response', status: 202, unreadable: mark });
    expect((result as HttpResponse).body).toHaveLength(0);
  });

  test('that never ends is cut at the cap', async () => {
    const { url } = keep(
      await httpServer((_request, response) => {
        const chunk = Buffer.alloc(16_384);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) {}
        };
        response.on('drain', more);
        response.on('error', () => {});
        more();
      }),
    );
    const result = await client({ maxResponseBytes: 100_000 }).request({ url });
    expect(result).toMatchObject({ status: 200, unreadable: 'too_large' });
  });

  test('given before the upload ends is taken, and the upload stops', async () => {
    const { url } = keep(
      await httpServer((_request, response) => {
        response.writeHead(413, { 'content-type': 'text/plain' });
        response.end('too much');
      }),
    );
    const result = await client().request({ url, body: Buffer.alloc(8_000_000) });
    expect(result).toMatchObject({ kind: 'response', status: 413 });
  });
});

describe('an abort', () => {
  test('by a timeout before the answer is a `timeout`', async () => {
    const { url } = keep(await httpServer(() => {}));
    const result = await client().request({ url, signal: AbortSignal.timeout(30) });
    expect(result).toMatchObject({ kind: 'failure', reason: 'timeout', url: `${url}/` });
  });

  test('by the caller is a `shutdown`', async () => {
    const abort = new AbortController();
    const { url } = keep(await httpServer(() => abort.abort()));
    const result = await client().request({ url, signal: abort.signal });
    expect(result).toMatchObject({ kind: 'failure', reason: 'shutdown' });
  });

  test('before the start sends nothing', async () => {
    const seen: Seen[] = [];
    const { url } = await recorder(seen);
    const result = await client().request({ url, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ kind: 'failure', reason: 'shutdown' });
    expect(seen).toHaveLength(0);
  });

  test('while the body of the answer comes keeps the status', async () => {
    const { url } = keep(
      await httpServer((_request, response) => {
        response.writeHead(200);
        response.write('half');
      }),
    );
    // Long enough for a busy machine to get as far as the body.
    const result = await client().request({ url, signal: AbortSignal.timeout(2000) });
    expect(result).toMatchObject({ kind: 'response', status: 200, unreadable: 'timeout' });
  });
});
