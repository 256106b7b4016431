import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkProxy, createHttpClient, type HttpClientOptions, type HttpResult } from '@telemetryflow/http';
import { bypassed, proxyFor } from '../src/proxy.ts';
import {
  answering,
  type Certificates,
  certificates,
  httpServer,
  httpsServer,
  type Running,
  serverTls,
} from './servers.ts';

const target = (url: string): URL => new URL(url);

describe('the choice of a proxy', () => {
  const env = { HTTPS_PROXY: 'http://secure:1', http_proxy: 'plain:2', NO_PROXY: 'skip.me' };

  test.each([
    ['https://a.example/', undefined, 'http://secure:1/'],
    ['http://a.example/', undefined, 'http://plain:2/'],
    ['http://a.example/', '', 'http://plain:2/'],
    ['http://a.example/', 'none', undefined],
    ['http://a.example/', 'http://option:3', 'http://option:3/'],
    ['http://127.0.0.1/', 'http://option:3', 'http://option:3/'],
    ['http://skip.me/', undefined, undefined],
    ['http://127.0.0.1:4318/', undefined, undefined],
    ['http://localhost:4318/', undefined, undefined],
    ['http://[::1]:4318/', undefined, undefined],
  ])('for %s with the option %p is %p', (url, option, expected) => {
    expect(proxyFor(target(url), option, env)?.href).toBe(expected);
  });

  test('without any setting is a direct connection', () => {
    expect(proxyFor(target('https://a.example/'), undefined, {})).toBeUndefined();
    expect(proxyFor(target('https://a.example/'), undefined, { HTTPS_PROXY: '' })).toBeUndefined();
    expect(proxyFor(target('https://a.example/'), undefined, { HTTPS_PROXY: 'http://[bad' })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'http://a.b/', true],
    ['b.com', 'http://b.com/', true],
    ['b.com', 'http://a.b.com/', true],
    ['.b.com', 'http://a.b.com/', true],
    ['*.b.com', 'http://a.b.com/', true],
    ['b.com', 'http://ab.com/', false],
    ['x.com, B.com', 'http://b.com/', true],
    ['b.com:8080', 'http://b.com:8080/', true],
    ['b.com:8080', 'http://b.com/', false],
    ['b.com:443', 'https://b.com/', true],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/99', 'http://10.1.2.3/', false],
    ['fd00::/8', 'http://[fd00::1]/', true],
    ['10.1.2.3', 'http://10.1.2.3/', true],
    ['2.3', 'http://10.1.2.3/', false],
    ['', 'http://b.com/', false],
  ])('%p and %s: %p', (list, url, expected) => {
    expect(bypassed(target(url), list)).toBe(expected);
  });
});

describe('checkProxy', () => {
  test.each(['', 'none', undefined, 'http://proxy:3128', 'https://user:pw@proxy'])('takes %p', (option) => {
    expect(checkProxy(option, ['https://a/', 'http://b/'])).toEqual([]);
  });
  test.each(['proxy:3128', 'socks5://proxy', 'http://'])('refuses %p, without printing it', (option) => {
    const problems = checkProxy(option, []);
    expect(problems[0]?.message).toBe('not a proxy URL');
  });
});

describe('through a proxy', () => {
  let files: Certificates;
  let secure: Running;
  let plain: Running;
  const seen: {
    method: string | undefined;
    url: string | undefined;
    authorization: string | undefined;
    host: string | undefined;
  }[] = [];
  let proxyPort = 0;
  const proxy = createServer((request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, authorization: headers['proxy-authorization'], host: headers.host });
    request.resume().on('end', () => response.writeHead(202).end('by proxy'));
  });
  const open: { close(): unknown }[] = [];

  beforeAll(async () => {
    files = certificates();
    secure = await httpsServer(serverTls(files), answering(200));
    plain = await httpServer(answering(200));
    proxy.on('connect', (request, socket, head) => {
      seen.push({
        method: 'CONNECT',
        url: request.url,
        authorization: request.headers['proxy-authorization'],
        host: undefined,
      });
      const upstream = connect(secure.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    proxyPort = (proxy.address() as AddressInfo).port;
  });
  afterEach(() => {
    seen.length = 0;
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await Promise.all([secure.close(), plain.close()]);
    files.remove();
  });

  async function send(url: string, options: HttpClientOptions): Promise<HttpResult> {
    const http = createHttpClient(options);
    open.push(http);
    return http.request({ url, body: 'x', signal: AbortSignal.timeout(3000) });
  }

  test('a plain request names the whole URL and carries the credentials for the proxy only there', async () => {
    const result = await send('http://backend.test:81/p?q=1', { proxy: `http://u:p@127.0.0.1:${proxyPort}` });
    expect(result).toMatchObject({ status: 202 });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: 'http://backend.test:81/p?q=1',
        authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
        host: 'backend.test:81',
      },
    ]);
  });

  test('an https request goes through a tunnel, verified end to end, on one kept-alive connection', async () => {
    const http = createHttpClient({ proxy: `http://127.0.0.1:${proxyPort}`, tls: { ca_file: files.ca } });
    open.push(http);
    for (let i = 0; i < 2; i += 1) {
      expect(await http.request({ url: `https://localhost:${secure.port}/`, body: 'x' })).toMatchObject({
        status: 200,
      });
    }
    expect(seen).toEqual([
      { method: 'CONNECT', url: `localhost:${secure.port}`, authorization: undefined, host: undefined },
    ]);
  });

  test('of the environment', async () => {
    const result = await send('http://backend.test/', { env: { HTTP_PROXY: `127.0.0.1:${proxyPort}` } });
    expect(result).toMatchObject({ status: 202 });
  });
});
