/** Connecting: credentials, advertised addresses, topics that brokers may create, and what waits while they are down. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import kafka from '@telemetryflow/exporter-kafka';
import { createPipeline, type Logger } from '@telemetryflow/kernel';
import { configureExporter, type FakeKafka, fakeKafka, logs, testCa } from '@telemetryflow/testkit';
import { Sockets } from '../src/driver/sockets.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function broker(options?: Parameters<typeof fakeKafka>[1]): Promise<FakeKafka> {
  const started = await fakeKafka({ errorCode: 0 }, options);
  closing.push(() => started.close());
  return started;
}

async function send(block: Readonly<Record<string, unknown>>): Promise<{
  readonly said: string;
  readonly report: { readonly delivered: number; readonly dropped: number };
}> {
  const said: string[] = [];
  const say = (message: string, fields?: unknown): void => void said.push(`${message} ${JSON.stringify(fields ?? '')}`);
  const logger: Logger = { error: say, warn: say, info: () => undefined, debug: () => undefined };
  const exporters = { kafka: { flush_interval: '10ms', encoding: 'otlp_proto', ...block } };
  const pipeline = await createPipeline({ exporters }, { plugins: [kafka], logger });
  await pipeline.start();
  await pipeline.consume({ signal: 'logs', records: logs(3) } as never);
  const report = await pipeline.shutdown({ timeoutMs: 3000 });
  return { said: said.join('\n'), report };
}

const at = ({ address }: FakeKafka): Record<string, unknown> => ({ brokers: [address], client_id: address });

test('wrong credentials are said to be wrong, and never printed', async () => {
  const fake = await broker({ sasl: { username: 'u', password: 'right' } });
  const { said, report } = await send({ ...at(fake), sasl_username: 'u', sasl_password: 'wr0ng-secret' });
  expect(report).toMatchObject({ delivered: 0, dropped: 3 });
  expect(said).toMatch(/Invalid username or password.*check sasl_username/);
  expect(said).not.toContain('wr0ng-secret');
  expect(fake.requests).toHaveLength(0);
});

test('brokers that are down at start are connected to later, and nothing is lost', async () => {
  const fake = await broker();
  const { address } = fake;
  await fake.close();
  const exporters = {
    kafka: {
      brokers: [address],
      client_id: address,
      encoding: 'otlp_proto',
      flush_interval: '10ms',
      retry: { initial: '20ms' },
    },
  };
  const pipeline = await createPipeline({ exporters }, { plugins: [kafka], logger: silent });
  await pipeline.start();
  const consumed = pipeline.consume({ signal: 'logs', records: logs(3) } as never);
  const again = await fakeKafka({ errorCode: 0 }, { port: fake.port });
  closing.push(() => again.close());
  await consumed;
  await again.received(1);
  expect(await pipeline.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
});

const silent: Logger = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

test.each([true, false])('create_topics: %p is what the brokers are told', async (create) => {
  const fake = await broker();
  await send({ ...at(fake), create_topics: create });
  expect(fake.allowedCreation).toBe(create);
});

test.each(['all', '1', '0'])('acks: %s is what the brokers are asked for', async (acks) => {
  const fake = await broker();
  const { report } = await send({ ...at(fake), acks });
  expect(report).toMatchObject({ delivered: 3, dropped: 0 });
  expect(fake.requests.map((request) => request.acks)).toEqual([acks === 'all' ? -1 : Number(acks)]);
});

test('brokers behind one address are told apart by the name that TLS is begun with', async () => {
  const ca = testCa();
  const server = createServer(ca.issue({ hosts: ['localhost'] }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const begun = once(server, 'secureConnection');
  const sockets = new Sockets();
  const { port } = server.address() as AddressInfo;
  sockets.factory({ host: 'localhost', port, ssl: { ca: ca.cert }, onConnect: () => undefined });
  const [socket] = (await begun) as [TLSSocket];
  expect(socket.servername).toBe('localhost');
  await sockets.destroy();
  server.close();
});

describe('the health check', () => {
  const check = async (block: Readonly<Record<string, unknown>>): Promise<{ ok: boolean; message: string }> => {
    const { config } = await configureExporter(kafka, block);
    const result = await kafka.healthcheck?.(config, { signal: AbortSignal.timeout(3000) });
    if (result === undefined) throw new Error('there is none');
    return result;
  };

  test('is good when the leaders can be reached', async () => {
    expect(await check(at(await broker()))).toEqual({ ok: true, message: '1 leaders reached' });
  });

  test('is bad when brokers advertise an address that cannot be reached, and says so', async () => {
    const fake = await broker();
    const { ok, message } = await check({ ...at(fake), client_id: '127.0.0.1:1' });
    expect([ok, message]).toEqual([false, expect.stringContaining('advertise')]);
  });

  test('is bad when a topic does not exist', async () => {
    const fake = await broker();
    fake.metadataError = 3;
    expect((await check(at(fake))).message).toMatch(/telemetryflow-traces: UNKNOWN_TOPIC_OR_PARTITION/);
  });
});
