import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { encode } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import { type OtlpReceiverConfig, protocolsOf } from '../src/config.ts';
import { Cleanups, call, configure, grpc, http, startReceiver } from './receiver.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

const LOGS = Buffer.from(encode('logs', logs(1)));
const PROTO = { 'content-type': 'application/x-protobuf' };

function post(port: number, agent?: Agent): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: '/v1/logs', method: 'POST', headers: PROTO };
    const sent = request({ ...options, ...(agent !== undefined && { agent }) }, (response) => {
      response.resume();
      const { statusCode: status, headers } = response;
      response.once('end', () => resolve({ status, connection: headers.connection }));
    });
    sent.on('error', reject);
    sent.end(LOGS);
  });
}

describe('protocols', () => {
  test.each([
    ['http', { http: {} }],
    ['grpc', { grpc: {} }],
    ['http,grpc', { http: {}, grpc: {} }],
  ])('opens exactly what it names: %s', async (names, protocols) => {
    const config = (await configure({ protocols })) as OtlpReceiverConfig;
    expect(Object.keys(protocolsOf(config)).join()).toBe(names);
  });

  test.each([{}, null, { protocols: {} }])('of %j opens both on loopback', async (block) => {
    const { http, grpc } = protocolsOf((await configure(block)) as OtlpReceiverConfig);
    expect([http?.endpoint, grpc?.endpoint]).toEqual(['127.0.0.1:4318', '127.0.0.1:4317']);
  });

  test('that are opened by default have the defaults of those that are named', async () => {
    const named = protocolsOf((await configure({ protocols: { http: {}, grpc: {} } })) as OtlpReceiverConfig);
    expect(protocolsOf((await configure({})) as OtlpReceiverConfig)).toEqual(named);
  });

  test('a receiver over HTTP alone listens to nothing else', async () => {
    expect((await cleanups.receiver(http())).opened).toEqual(['HTTP']);
    expect((await cleanups.receiver(grpc())).opened).toEqual(['gRPC']);
  });

  test('are told to the pipeline with every batch, for the receiver’s metrics', async () => {
    const receiver = await cleanups.receiver();
    await post(receiver.httpPort);
    await call(receiver.grpcPort, LOGS);
    expect(receiver.transports).toEqual(['http', 'grpc']);
  });

  test('a misspelt one is an error with the right name', async () => {
    await expect(configure({ protocols: { htp: {} } })).rejects.toThrow(/htp.*http/s);
  });
});

describe('a port in use', () => {
  test.each([
    ['http', http],
    ['grpc', grpc],
  ])('of %s is an error that names port and option', async (name, block) => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    cleanups.add(() => taken.close());
    const endpoint = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    await expect(startReceiver(block({ endpoint }))).rejects.toThrow(
      `${endpoint} is in use by another program; stop it or set protocols.${name}.endpoint to another port`,
    );
  });

  test('of the second protocol closes the first', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    cleanups.add(() => taken.close());
    const free = createServer();
    free.listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const protocols = {
      http: { endpoint: `127.0.0.1:${port}` },
      grpc: { endpoint: `127.0.0.1:${(taken.address() as AddressInfo).port}` },
    };
    await expect(startReceiver({ protocols })).rejects.toThrow(/in use/);
    const socket = connect(port, '127.0.0.1');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('of an address this machine does not have is an error of its own', async () => {
    await expect(startReceiver(http({ endpoint: '192.0.2.1:4318' }))).rejects.toThrow(/no address 192\.0\.2\.1:4318/);
  });
});

/** A pipeline that takes batches only when it is let; `here` resolves when two are waiting. */
function gate() {
  let waiting = 0;
  let open = (): void => undefined;
  let arrived = (): void => undefined;
  const gated = new Promise<void>((resolve) => {
    open = resolve;
  });
  const here = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const consume = (): Promise<void> => {
    if (++waiting === 2) arrived();
    return gated;
  };
  return { consume, here, open: () => open() };
}

describe('stop', () => {
  test('answers what is in progress, takes nothing new, and ends although connections are kept alive', async () => {
    const { consume, here, open } = gate();
    const receiver = await cleanups.receiver(undefined, { consume });
    const agent = new Agent({ keepAlive: true });
    cleanups.add(() => agent.destroy());
    const pending = [post(receiver.httpPort, agent), call(receiver.grpcPort, LOGS)] as const;
    await here;
    const stopped = receiver.stop();
    await expect(post(receiver.httpPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    open();
    expect(await pending[0]).toEqual({ status: 200, connection: 'close' });
    expect(await pending[1]).toMatchObject({ code: 0 });
    await stopped;
    expect(receiver.batches).toHaveLength(2);
  });

  test('gives up at the deadline what does not end', async () => {
    const { consume, here } = gate();
    const receiver = await cleanups.receiver(undefined, { consume });
    const pending = Promise.allSettled([post(receiver.httpPort), call(receiver.grpcPort, LOGS)]);
    await here;
    const stopped = receiver.stop();
    receiver.abort();
    await stopped;
    const [overHttp] = await pending;
    expect(overHttp).toMatchObject({ status: 'rejected', reason: { code: 'ECONNRESET' } });
  });

  test('of a receiver that did not start does nothing', async () => {
    const receiver = await startReceiver(http());
    await receiver.stop();
    await receiver.stop();
  });
});

describe('a connection', () => {
  test('is kept for 95 s by default, longer than clients keep theirs', async () => {
    const config = protocolsOf((await configure({})) as OtlpReceiverConfig);
    expect(config.http?.keep_alive).toBe(95_000);
    const receiver = await cleanups.receiver(http());
    const response = await fetch(`${receiver.url}/v1/logs`, { method: 'POST', body: '', headers: PROTO });
    expect(response.headers.get('keep-alive')).toBe('timeout=95');
  });

  test.each([
    ['nothing', ''],
    ['half a header', 'POST /v1/logs HTTP/1.1\r\nhost: a\r\nx-slow: '],
    [
      'half a body',
      `POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\ncontent-length: 99\r\n\r\nabc`,
    ],
  ])('that sends %s is closed after read_timeout', async (_what, text) => {
    const receiver = await cleanups.receiver(http({ read_timeout: '100ms' }));
    const socket = connect(receiver.httpPort, '127.0.0.1');
    cleanups.add(() => socket.destroy());
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write(text);
    await once(socket, 'close');
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(receiver.batches).toEqual([]);
  });
});
