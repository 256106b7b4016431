import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import { GrpcConnection, type GrpcResult, OTLP_METHODS } from '../../../src/otlp/grpc/connection.ts';
import { loadGrpcJs } from '../../../src/otlp/grpc/load.ts';
import { grpcTarget } from '../../../src/otlp/grpc/target.ts';

let server: Server;
afterEach(() => {
  jest.useRealTimers();
  server.close();
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  server = createServer(onSocket);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function open(port: number, scheme: string): Promise<GrpcConnection> {
  const target = grpcTarget(`${scheme}://127.0.0.1:${port}`);
  if (target === undefined) throw new Error('the endpoint is no gRPC endpoint');
  return new GrpcConnection(await loadGrpcJs(), {
    target,
    tls: undefined,
    gzip: false,
    proxy: false,
    maxResponseBytes: 1000,
    metadata: {},
  });
}

const call = (connection: GrpcConnection, signal: AbortSignal): Promise<GrpcResult> =>
  connection.call({ method: OTLP_METHODS.logs, message: Buffer.alloc(0), timeoutMs: 30_000, signal });

test.each(['http', 'https'])(
  'a connection over %s that failed is not made again for a closed client',
  async (scheme) => {
    let accepted = 0;
    const port = await listen((socket) => {
      accepted++;
      socket.resetAndDestroy();
    });
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const connection = await open(port, scheme);
    const result = await call(connection, new AbortController().signal);
    expect(result).toMatchObject({ kind: 'status', status: { code: 14 } });
    connection.close();
    jest.advanceTimersByTime(3_600_000);
    // Connections are accepted in the order in which they are made.
    for (let i = 0; i < 3; i++) {
      const probe = connect(port, '127.0.0.1');
      probe.on('error', () => undefined);
      await new Promise((resolve) => probe.once('close', resolve));
    }
    expect(accepted).toBe(1 + 3);
  },
);

test.each(['http', 'https'])('a server that never speaks over %s is left when the call is given up', async (scheme) => {
  let heard = (_: Socket): void => undefined;
  const connected = new Promise<Socket>((resolve) => {
    heard = resolve;
  });
  const connection = await open(await listen((socket) => heard(socket.resume())), scheme);
  const given = new AbortController();
  const result = call(connection, given.signal);
  const socket = await connected;
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  given.abort();
  expect(await result).toEqual({ kind: 'aborted' });
  await closed;
});
