/** TLS, client certificates and the bearer token: each refuses what comes without it, on both protocols. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { encode } from '@telemetryflow/otlp';
import { logs, testCa } from '@telemetryflow/testkit';
import { authorizer } from '../src/auth.ts';
import { Cleanups, call, configure, grpc, http, type Started } from './receiver.ts';

const LOGS = Buffer.from(encode('logs', logs(1)));
const servers = testCa('servers');
const clients = testCa('clients');
const strangers = testCa('strangers');
const cleanups = new Cleanups();
let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'otlp-receiver-'));
  const { cert, key } = servers.issue();
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key);
  writeFileSync(join(dir, 'other-key.pem'), clients.issue().key);
  writeFileSync(join(dir, 'clients.pem'), clients.cert);
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => cleanups.run());

const serverTls = () => ({ cert_file: join(dir, 'cert.pem'), key_file: join(dir, 'key.pem') });
const mutualTls = () => ({ ...serverTls(), client_ca_file: join(dir, 'clients.pem') });

interface Identity {
  readonly cert?: string;
  readonly key?: string;
}

/** The status of a post over TLS, or the code of the error. */
function post({ httpPort }: Started, { cert, key }: Identity): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      {
        port: httpPort,
        host: '127.0.0.1',
        path: '/v1/logs',
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        agent: false,
        ca: servers.cert,
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    sent.end(LOGS);
  });
}

async function callOverTls({ grpcPort }: Started, { cert, key }: Identity): Promise<number> {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  const channel = credentials.createSsl(Buffer.from(servers.cert), pem(key), pem(cert));
  return (await call(grpcPort, LOGS, { credentials: channel })).code;
}

describe('TLS', () => {
  test('is served on both protocols, and plain text is not', async () => {
    const [overHttp, overGrpc] = [
      await cleanups.receiver(http({ tls: serverTls() })),
      await cleanups.receiver(grpc({ tls: serverTls() })),
    ];
    expect(await post(overHttp, {})).toBe(200);
    expect(await callOverTls(overGrpc, {})).toBe(0);
    await expect(fetch(`${overHttp.url}/v1/logs`, { method: 'POST', body: 'x' })).rejects.toThrow();
    expect((await call(overGrpc.grpcPort, LOGS)).code).toBe(14);
    expect([overHttp.batches.length, overGrpc.batches.length]).toEqual([1, 1]);
  });

  test('meets garbage in place of a handshake, and serves the next client', async () => {
    const [overHttp, overGrpc] = [
      await cleanups.receiver(http({ tls: serverTls() })),
      await cleanups.receiver(grpc({ tls: serverTls() })),
    ];
    const hello = Buffer.from('16030100ff010000fb0303', 'hex');
    const garbage = [
      randomBytes(64 * 1024),
      Buffer.concat([hello, randomBytes(5000)]),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ];
    for (const port of [overHttp.httpPort, overGrpc.grpcPort]) {
      for (const bytes of garbage) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        socket.end(bytes);
        await new Promise((resolve) => socket.once('close', resolve));
      }
    }
    expect(await post(overHttp, {})).toBe(200);
    expect(await callOverTls(overGrpc, {})).toBe(0);
    expect([...overHttp.errors, ...overGrpc.errors]).toEqual([]);
  });

  test('with client_ca_file takes only clients with a certificate of that authority', async () => {
    const [overHttp, overGrpc] = [
      await cleanups.receiver(http({ tls: mutualTls() })),
      await cleanups.receiver(grpc({ tls: mutualTls() })),
    ];
    for (const stranger of [{}, strangers.issue()]) {
      expect(typeof (await post(overHttp, stranger))).toBe('string');
      expect(await callOverTls(overGrpc, stranger)).toBe(14);
    }
    expect([...overHttp.batches, ...overGrpc.batches]).toEqual([]);
    expect(await post(overHttp, clients.issue())).toBe(200);
    expect(await callOverTls(overGrpc, clients.issue())).toBe(0);
  });

  test.each([
    ['a file that is not there', { cert_file: '/no/such.pem' }, /cannot read \/no\/such\.pem \(ENOENT\)/],
    ['a key of another certificate', { key_file: 'other-key.pem' }, /cannot be used together/],
  ])('with %s is refused before the start', async (_name, change, message) => {
    const files = Object.fromEntries(
      Object.entries(change).map(([key, file]) => [key, file.startsWith('/') ? file : join(dir, file)]),
    );
    for (const protocol of [http, grpc]) {
      await expect(configure(protocol({ tls: { ...serverTls(), ...files } }))).rejects.toThrow(message);
    }
  });
});

describe('the bearer token', () => {
  const TOKEN = 'receiver-s3cret';
  const auth = { bearer_token: TOKEN };
  const WRONG = [
    undefined,
    '',
    TOKEN,
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    'Bearer receiver',
    `Bearer  x${TOKEN}`,
  ];

  test.each(WRONG)('over HTTP is demanded: %p is a 401 before the body is read', async (authorization) => {
    const receiver = await cleanups.receiver(http({ auth, max_request_body_size: '10B' }));
    const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
    const response = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body: 'x'.repeat(100), headers });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ code: 16, message: 'the bearer token is missing or wrong' });
    expect(receiver.batches).toEqual([]);
  });

  test.each(WRONG)('over gRPC is demanded: %p is UNAUTHENTICATED before the message is read', async (authorization) => {
    const receiver = await cleanups.receiver(grpc({ auth, max_recv_msg_size: '10B' }));
    const metadata = authorization === undefined ? {} : { authorization };
    const { code, text } = await call(receiver.grpcPort, Buffer.alloc(100), { metadata });
    expect([code, text]).toEqual([16, 'the bearer token is missing or wrong']);
    expect(receiver.batches).toEqual([]);
  });

  test('lets those in who have it', async () => {
    const [overHttp, overGrpc] = [await cleanups.receiver(http({ auth })), await cleanups.receiver(grpc({ auth }))];
    const headers = { 'content-type': 'application/x-protobuf', authorization: `bearer ${TOKEN}` };
    const { status } = await fetch(`${overHttp.url}/v1/logs`, { method: 'POST', body: new Uint8Array(LOGS), headers });
    expect(status).toBe(200);
    expect((await call(overGrpc.grpcPort, LOGS, { metadata: { authorization: `Bearer ${TOKEN}` } })).code).toBe(0);
  });

  test('is not demanded where none is configured', () => {
    expect(authorizer(undefined)(undefined)).toBe(true);
  });

  test('that is empty is refused before the start, on either protocol', async () => {
    for (const protocol of [http, grpc]) {
      await expect(configure(protocol({ auth: { bearer_token: '' } }))).rejects.toThrow(/bearer_token.*set to nothing/);
      await expect(configure(protocol({ auth: {} }))).rejects.toThrow(/bearer_token/);
    }
  });

  test('is printed in no error of the configuration', async () => {
    const refusal = await configure(http({ auth, endpoint: 'nonsense' })).catch(String);
    expect(refusal).toMatch(/endpoint/);
    expect(refusal).not.toContain(TOKEN);
  });
});
