import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ConsumeError } from '@telemetryflow/kernel';
import { decodeStatus, encode, jsonFromProtobuf, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { itemIds, otlpItemIds, recordsOf } from '@telemetryflow/testkit';
import { Cleanups, http, type Started } from './receiver.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

const MIB = 1024 * 1024;
const PROTO = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const LOGS = encode('logs', recordsOf('logs', 3));

interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

async function post(
  { url }: Started,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/logs',
): Promise<Posted> {
  const init = {
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    headers: { 'content-type': PROTO, ...headers },
  };
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

describe.each(['traces', 'metrics', 'logs'] as const)('%s', (signal: Signal) => {
  const records = recordsOf(signal, 20) as readonly RecordOf[Signal][];
  const bytes = encode(signal, records as never);

  test.each([
    ['protobuf', PROTO, bytes],
    ['JSON', JSON_TYPE, jsonFromProtobuf(signal, bytes)],
  ])('as %s arrive with every item, and the answer is of the same type', async (_name, type, body) => {
    const receiver = await cleanups.receiver(http());
    const { status, headers, body: answer } = await post(receiver, body, { 'content-type': type }, `/v1/${signal}`);
    expect([status, headers.get('content-type'), answer.toString()]).toEqual([200, type, type === PROTO ? '' : '{}']);
    expect(receiver.batches.map((batch) => batch.signal)).toEqual([signal]);
    expect(receiver.batches.flatMap((batch) => otlpItemIds(signal, batch.otlp()))).toEqual(itemIds(records));
  });
});

describe('a body', () => {
  test.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['zlib', deflateSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: Uint8Array) => Buffer.from(body)],
  ])('compressed as %s is read', async (encoding, compress) => {
    const receiver = await cleanups.receiver(http());
    expect((await post(receiver, compress(LOGS), { 'content-encoding': encoding })).status).toBe(200);
    expect(receiver.batches[0]?.count).toBe(3);
  });

  test('of many megabytes that is a small body on the wire is read', async () => {
    const receiver = await cleanups.receiver(http());
    const large = Buffer.concat(Array.from({ length: 5000 }, () => LOGS));
    expect(large.length).toBeGreaterThan(2 * MIB);
    expect((await post(receiver, gzipSync(large), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(receiver.batches[0]?.count).toBe(15_000);
  });

  test.each([
    ['gzip', (size: number) => gzipSync(Buffer.alloc(size))],
    ['deflate', (size: number) => deflateSync(Buffer.alloc(size))],
    ['zstd', (size: number) => zstdCompressSync(Buffer.alloc(size))],
  ])('that is a bomb in %s is refused with 413, large and small ones alike', async (encoding, bomb) => {
    const receiver = await cleanups.receiver(http());
    for (const size of [21 * MIB, 100 * MIB]) {
      const { status, body } = await post(receiver, bomb(size), { 'content-encoding': encoding });
      expect(status).toBe(413);
      expect(decodeStatus(body, 'proto')).toMatchObject({ code: 8, message: expect.stringMatching(/too large/) });
    }
    const small = await cleanups.receiver(http({ max_request_body_size: '4KiB' }));
    expect((await post(small, bomb(5000), { 'content-encoding': encoding })).status).toBe(413);
    expect([...receiver.batches, ...small.batches]).toEqual([]);
  });

  test.each([
    ['gzip', (part: Buffer) => gzipSync(part)],
    ['zstd', (part: Buffer) => zstdCompressSync(part)],
  ])(
    'that is a bomb of many small %s members is refused with 413: the limit is of all together',
    async (encoding, compress) => {
      const receiver = await cleanups.receiver(http());
      const bomb = Buffer.concat(Array<Buffer>(30).fill(compress(Buffer.alloc(MIB))));
      expect((await post(receiver, bomb, { 'content-encoding': encoding })).status).toBe(413);
      expect(receiver.batches).toEqual([]);
    },
  );

  test('in zstd that asks for a window beyond 8 MiB is refused, not given memory', async () => {
    const receiver = await cleanups.receiver(http());
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
    const frame = Buffer.from(zstdCompressSync(LOGS, { params }));
    // Without a content size the frame names its window in the byte after the descriptor: 2^(10 + (byte >> 3)).
    frame[4] = 0;
    frame[5] = (27 - 10) << 3;
    expect((await post(receiver, frame, { 'content-encoding': 'zstd' })).status).toBe(400);
  });

  test.each(['gzip', 'deflate', 'zstd'])('that is not the %s it claims to be is a 400', async (encoding) => {
    const receiver = await cleanups.receiver(http());
    const { status, body } = await post(receiver, LOGS, { 'content-encoding': encoding });
    expect([status, decodeStatus(body, 'proto').message]).toEqual([400, `the body is not valid ${encoding}`]);
  });

  test('in an unknown coding is a 400 that names one that is known', async () => {
    const receiver = await cleanups.receiver(http());
    const { status, body } = await post(receiver, LOGS, { 'content-encoding': 'br' });
    expect([status, decodeStatus(body, 'proto').message]).toEqual([
      400,
      'content encoding "br" is not supported; use gzip',
    ]);
  });

  test.each([
    [PROTO, 'proto'],
    [JSON_TYPE, 'json'],
  ] as const)('that is malformed is a 400 with a google.rpc.Status as %s', async (type, encoding) => {
    const receiver = await cleanups.receiver(http());
    const { status, headers, body } = await post(receiver, Buffer.of(0x0a, 0xff, 1), { 'content-type': type });
    expect([status, headers.get('content-type')]).toEqual([400, type]);
    expect(decodeStatus(body, encoding)).toMatchObject({ code: 3, message: expect.stringMatching(/./) });
    expect(receiver.batches).toEqual([]);
  });

  test('without items is a success that nobody hears of', async () => {
    const receiver = await cleanups.receiver(http());
    expect((await post(receiver, '')).status).toBe(200);
    expect((await post(receiver, '{}', { 'content-type': JSON_TYPE })).status).toBe(200);
    expect(receiver.batches).toEqual([]);
  });
});

/** A request written piece by piece; resolves to what came back. */
function upload(
  { httpPort }: Started,
  headers: Readonly<Record<string, string | number>>,
  pieces: number,
): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      response.resume();
      resolve({ status: response.statusCode, connection: response.headers.connection });
      request.destroy();
    };
    const options = { port: httpPort, host: '127.0.0.1', path: '/v1/logs', method: 'POST' };
    const request = httpRequest({ ...options, headers: { 'content-type': PROTO, ...headers } }, answered);
    request.on('error', reject);
    request.flushHeaders();
    for (let i = 0; i < pieces; i++) request.write(Buffer.alloc(MIB));
    if (pieces > 0) request.end();
  });
}

describe('more than 20 MiB', () => {
  test('by Content-Length is refused before a byte of the body is sent', async () => {
    const receiver = await cleanups.receiver(http());
    expect(await upload(receiver, { 'content-length': 20 * MIB + 1 }, 0)).toEqual({ status: 413, connection: 'close' });
  });

  test('in chunks is refused while it is sent', async () => {
    const receiver = await cleanups.receiver(http());
    expect(await upload(receiver, { 'transfer-encoding': 'chunked' }, 22)).toMatchObject({ status: 413 });
    expect(receiver.batches).toEqual([]);
  });
});

describe('a request', () => {
  test.each([
    ['GET', '/v1/logs', PROTO, 405, 'use POST'],
    ['PUT', '/v1/logs', PROTO, 405, 'use POST'],
    ['POST', '/v1/other', PROTO, 404, 'no such path'],
    ['POST', '/v1/logs/', PROTO, 404, 'no such path'],
    ['POST', '/v1/logs', 'application/protobuf', 415, `use content type ${PROTO} or ${JSON_TYPE}`],
    ['POST', '/v1/logs', 'text/plain', 415, `use content type ${PROTO} or ${JSON_TYPE}`],
  ])('%s %s as %s is answered %i in plain text', async (method, path, type, status, text) => {
    const { url } = await cleanups.receiver(http());
    const body = method === 'GET' ? {} : { body: 'x' };
    const response = await fetch(`${url}${path}`, { method, headers: { 'content-type': type }, ...body });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/plain']);
    expect(await response.text()).toBe(text);
    if (status === 405) expect(response.headers.get('allow')).toBe('POST');
  });

  test('with parameters in path and content type is taken', async () => {
    const receiver = await cleanups.receiver(http());
    const type = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post(receiver, '{}', type, '/v1/logs?a=b')).status).toBe(200);
  });

  test('goes to the paths that are configured', async () => {
    const receiver = await cleanups.receiver(http({ logs_url_path: '/in/logs' }));
    expect((await post(receiver, LOGS, {}, '/in/logs')).status).toBe(200);
    expect((await post(receiver, LOGS)).status).toBe(404);
  });

  test('of a signal without pipeline is told so', async () => {
    const receiver = await cleanups.receiver(http(), { accepts: ['traces'] });
    const { status, body } = await post(receiver, LOGS);
    expect([status, body.toString()]).toEqual([404, 'no pipeline takes logs']);
  });

  test('that breaks off in its body is not taken, and the next one is', async () => {
    const receiver = await cleanups.receiver(http());
    const socket = connect(receiver.httpPort, '127.0.0.1');
    socket.write(`POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: ${PROTO}\r\ncontent-length: 100\r\n\r\nabc`);
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    socket.resetAndDestroy();
    expect((await post(receiver, LOGS)).status).toBe(200);
    expect(receiver.batches).toHaveLength(1);
    expect(receiver.errors).toEqual([]);
  });
});

describe('refusals that ask to come again', () => {
  test.each([
    ['a full queue', new ConsumeError('queue_full', 'the queue is full', 7000), 8, '7'],
    ['short memory', new ConsumeError('memory', 'memory is short'), 14, '1'],
    ['a shutdown', new ConsumeError('shutdown', 'shutting down', 200), 14, '1'],
  ])('%s is a 503 with Retry-After', async (_name, error, code, after) => {
    const receiver = await cleanups.receiver(http(), { consume: () => Promise.reject(error) });
    const { status, headers, body } = await post(receiver, LOGS);
    expect([status, headers.get('retry-after')]).toEqual([503, after]);
    expect(decodeStatus(body, 'proto')).toMatchObject({ code, message: error.message });
  });

  test.each([
    ['memory', 'memory is short; send again'],
    ['shutdown', 'the receiver is shutting down; send again'],
  ] as const)('%s is a 503 before the body is read', async (reason, message) => {
    const receiver = await cleanups.receiver(http(), { pressure: () => reason });
    expect(await upload(receiver, { 'content-length': 1000 }, 0)).toEqual({ status: 503, connection: 'close' });
    const { headers, body } = await post(receiver, '{}', { 'content-type': JSON_TYPE });
    expect(headers.get('retry-after')).toBe('1');
    expect(decodeStatus(body, 'json')).toMatchObject({ code: 14, message });
  });

  test('more requests at once than allowed are a 503; afterwards there is room again', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let waiting = 0;
    let full = (): void => undefined;
    const twoWait = new Promise<void>((resolve) => {
      full = resolve;
    });
    const consume = (): Promise<void> => {
      if (++waiting === 2) full();
      return gate;
    };
    const receiver = await cleanups.receiver(http({ max_concurrent_requests: 2 }), { consume });
    const first = [post(receiver, LOGS), post(receiver, LOGS)];
    await twoWait;
    const third = await post(receiver, LOGS);
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '1']);
    open();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await post(receiver, LOGS)).status).toBe(200);
  });

  test('a fault of our own is a 500 without its text, and is logged', async () => {
    const receiver = await cleanups.receiver(http(), { consume: () => Promise.reject(new Error('s3cret')) });
    const { status, body } = await post(receiver, LOGS);
    expect([status, decodeStatus(body, 'proto')]).toMatchObject([500, { code: 13, message: 'internal error' }]);
    expect(receiver.errors).toHaveLength(1);
  });
});

describe('CORS', () => {
  const cors = { allowed_origins: ['https://*.example.com'], allowed_headers: ['X-Tenant'], max_age: '10m' };
  const preflight = async ({ url }: Started, origin: string): Promise<Response> =>
    fetch(`${url}/v1/traces`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test('answers the preflight of an allowed origin', async () => {
    const response = await preflight(await cleanups.receiver(http({ cors })), 'https://app.example.com');
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type, Content-Encoding, Accept, X-Tenant',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
  });

  test.each([
    'https://example.com',
    'http://app.example.com',
    'https://app.example.com.evil.com',
    'https://appXexample.com',
  ])('grants %s nothing', async (origin) => {
    const response = await preflight(await cleanups.receiver(http({ cors })), origin);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('marks answers and refusals, so that a page can read them', async () => {
    const receiver = await cleanups.receiver(http({ cors }));
    for (const body of [LOGS, Buffer.of(0xff)]) {
      const { headers } = await post(receiver, body, { origin: 'https://app.example.com' });
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    }
  });

  test('is off unless it is configured', async () => {
    const response = await preflight(await cleanups.receiver(http()), 'https://app.example.com');
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([405, null]);
  });
});
