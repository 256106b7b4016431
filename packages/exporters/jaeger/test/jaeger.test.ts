import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, createPipeline } from '@telemetryflow/kernel';
import { decode, encode, type SpanRecord } from '@telemetryflow/otlp';
import {
  configureExporter,
  corpus,
  fakeJaeger,
  fakeOtlp,
  itemIds,
  spans,
  startTcpBackend,
  throughEncoder,
} from '@telemetryflow/testkit';
import jaeger from '../src/index.ts';
import { goldenSpan } from './golden.ts';
import { type PostSpansServer, startPostSpans } from './post-spans-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function thriftServer() {
  const fake = await fakeJaeger();
  closing.push(() => fake.close());
  return fake;
}

async function grpcServer(): Promise<PostSpansServer> {
  const server = await startPostSpans();
  closing.push(() => server.close());
  return server;
}

async function send(block: Record<string, unknown>, ...batches: readonly (readonly SpanRecord[])[]) {
  const log: string[] = [];
  const say = (message: string): void => void log.push(message);
  const pipeline = await createPipeline(
    { exporters: { jaeger: { flush_interval: '10ms', max_batch_items: 1000, ...block } } },
    { plugins: [jaeger], logger: { error: say, warn: say, info: say, debug: say } },
  );
  await pipeline.start();
  for (const records of batches) {
    await pipeline.consume({ signal: 'traces', records });
    await pipeline.forceFlush();
  }
  return { report: await pipeline.shutdown({ timeoutMs: 2000 }), log };
}

describe('the corpus through the whole pipeline', () => {
  const { traces } = corpus();
  const ids = [...itemIds(traces)].sort();

  test('as Thrift: every span once, with user and tenant', async () => {
    const fake = await thriftServer();
    const block = {
      endpoint: `${fake.url}/api/traces`,
      protocol: 'http/thrift',
      username: 'u',
      password: 'p',
      tenant: 't',
    };
    expect((await send(block, traces)).report).toMatchObject({ delivered: ids.length, dropped: 0 });
    expect([...fake.stored].sort()).toEqual(ids);
    expect(fake.requests[0]?.headers).toMatchObject({
      'content-type': 'application/vnd.apache.thrift.binary',
      authorization: 'Basic dTpw',
      'x-tenant': 't',
    });
    expect(fake.requests[0]?.headers['content-encoding']).toBeUndefined();
  });

  test('as OTLP: every span once', async () => {
    const fake = await fakeOtlp();
    closing.push(() => fake.close());
    expect((await send({ endpoint: fake.url, tenant: 't' }, traces)).report).toMatchObject({ delivered: ids.length });
    expect([...fake.items.traces].sort()).toEqual(ids);
    expect(fake.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 't' } });
  });

  test('as api_v2: one request, with user and tenant as metadata', async () => {
    const server = await grpcServer();
    const block = { endpoint: server.url, protocol: 'grpc', username: 'u', password: 'p', tenant: 't' };
    expect((await send(block, traces)).report).toMatchObject({ delivered: ids.length, dropped: 0 });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.metadata).toMatchObject({ authorization: 'Basic dTpw', 'x-tenant': 't' });
  });
});

test('the service name fills a gap, and never overrides', async () => {
  const fake = await thriftServer();
  const block = { endpoint: `${fake.url}/api/traces`, protocol: 'http/thrift', service_name: 'mine', tags: { k: 'v' } };
  const bare = goldenSpan({ resource: { attributes: { 'service.name': 'unknown_service:node' } } });
  await send(block, [bare, goldenSpan()]);
  expect(fake.batches.map(({ serviceName }) => serviceName).sort()).toEqual(['mine', 's']);
  expect(fake.batches.every(({ tags }) => tags.some(({ key, value }) => key === 'k' && value === 'v'))).toBe(true);
});

describe('gRPC at the address of Thrift', () => {
  /** A port nobody listens at. */
  async function closedPort(): Promise<number> {
    const { port, close } = await startTcpBackend(() => undefined);
    await close();
    return port;
  }
  const records = [spans(3), spans(3, { from: 3 })] as const;

  test('goes to the gRPC port while that answers', async () => {
    const [grpc, thrift] = [await grpcServer(), await thriftServer()];
    const block = { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${grpc.port}` };
    expect((await send(block, ...records)).report).toMatchObject({ delivered: 6, dropped: 0 });
    expect(grpc.requests).toHaveLength(2);
    expect(thrift.stored).toEqual([]);
  });

  test('falls back to Thrift for good where nobody answers, and says so once', async () => {
    const thrift = await thriftServer();
    const grpc_endpoint = `127.0.0.1:${await closedPort()}`;
    const { report, log } = await send(
      { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint },
      ...records,
    );
    expect(report).toMatchObject({ delivered: 6, dropped: 0 });
    expect(thrift.stored).toEqual(itemIds(records.flat()));
    expect(log.filter((line) => /as Thrift from now on/.test(line))).toHaveLength(1);
  });

  test('falls back where the port speaks something else', async () => {
    const thrift = await thriftServer();
    const block = { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${thrift.port}` };
    expect((await send(block, records[0])).report).toMatchObject({ delivered: 3, dropped: 0 });
    expect(thrift.stored).toEqual(itemIds(records[0]));
  });

  test('falls back where gRPC has no such service', async () => {
    const [grpc, thrift] = [await grpcServer(), await thriftServer()];
    grpc.answer = { code: 12, text: 'unknown service' };
    const block = { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${grpc.port}` };
    expect((await send(block, records[0])).report).toMatchObject({ delivered: 3, dropped: 0 });
    expect(thrift.stored).toEqual(itemIds(records[0]));
  });

  test('stays with gRPC when it has answered once', async () => {
    const [grpc, thrift] = [await grpcServer(), await thriftServer()];
    const block = { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${grpc.port}` };
    const pipeline = await createPipeline(
      { exporters: { jaeger: { flush_interval: '10ms', ...block } } },
      { plugins: [jaeger] },
    );
    await pipeline.start();
    await pipeline.consume({ signal: 'traces', records: records[0] });
    await pipeline.forceFlush();
    grpc.answer = { code: 14, text: 'busy' };
    await pipeline.consume({ signal: 'traces', records: records[1] });
    await pipeline.forceFlush({ timeoutMs: 300 });
    grpc.answer = { code: 0 };
    expect(await pipeline.shutdown({ timeoutMs: 2000 })).toMatchObject({ delivered: 6, dropped: 0 });
    expect(thrift.stored).toEqual([]);
  });
});

describe('over OTLP', () => {
  test('spans go out as the bytes they came in', async () => {
    const batch = batchFromOtlp('traces', encode('traces', spans(5, { variety: 'plain' })));
    const { payloads } = await throughEncoder(jaeger, {}, batch);
    expect(payloads.map(({ body }) => body)).toEqual([batch.otlp()]);
  });

  test('NaN and infinities become text wherever they stand: one of them hides the whole trace', async () => {
    const odd = {
      n: Number.NaN,
      list: [1, [Number.POSITIVE_INFINITY]],
      map: { m: Number.NEGATIVE_INFINITY },
      kept: 0.5,
    };
    const text = { n: 'NaN', list: [1, ['Infinity']], map: { m: '-Infinity' }, kept: 0.5 };
    const [span] = spans(1, { variety: 'plain' }) as [SpanRecord];
    const changed = {
      ...span,
      attributes: odd,
      events: [{ time: span.startTime, name: 'e', attributes: odd }],
      links: [{ context: span.spanContext(), attributes: odd }],
      resource: { attributes: odd },
    };
    const { payloads } = await throughEncoder(jaeger, {}, batchFromRecords('traces', [changed]));
    const [read] = decode('traces', payloads[0]?.body as Uint8Array);
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    const parts = [
      read?.attributes,
      read?.events[0]?.attributes,
      read?.links[0]?.attributes,
      read?.resource.attributes,
    ];
    expect(parts.map(plain)).toEqual([text, text, text, text]);
  });

  test.each<[string, Partial<SpanRecord>]>([
    ['an event', { events: [{ time: [1, 0], name: 'e', attributes: { a: Number.NaN } }] }],
    ['a list in a map', { attributes: { a: { b: [[Number.NaN]] } } }],
  ])('they are found in %s alone', async (_where, parts) => {
    const batch = batchFromOtlp('traces', encode('traces', [goldenSpan(parts)]));
    const { payloads } = await throughEncoder(jaeger, {}, batch);
    expect(payloads[0]?.body).not.toBe(batch.otlp());
  });
});

describe('the health check', () => {
  const check = async (block: Record<string, unknown>) => {
    const { config } = await configureExporter(jaeger, block);
    return jaeger.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };

  test('of Thrift sends a batch without spans', async () => {
    const fake = await thriftServer();
    const at = (path: string) => ({ endpoint: `${fake.url}${path}`, protocol: 'http/thrift' });
    expect(await check(at('/api/traces'))).toMatchObject({ ok: true });
    expect(fake.batches).toMatchObject([{ spans: [] }]);
    expect(await check(at('/search'))).toMatchObject({ ok: false, message: expect.stringMatching(/404.*14268/) });
  });

  test('of api_v2 sends an empty request, and looks at Thrift where that may be spoken', async () => {
    const [grpc, thrift] = [await grpcServer(), await thriftServer()];
    expect(await check({ endpoint: grpc.url, protocol: 'grpc' })).toMatchObject({ ok: true });
    grpc.answer = { code: 16, text: 'no' };
    expect(await check({ endpoint: grpc.url, protocol: 'grpc' })).toMatchObject({ ok: false });
    const block = { endpoint: `${thrift.url}/api/traces`, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${grpc.port}` };
    expect(await check(block)).toMatchObject({ ok: true });
  });

  test('of OTLP sends an empty request', async () => {
    const fake = await fakeOtlp();
    closing.push(() => fake.close());
    expect(await check({ endpoint: fake.url, protocol: 'otlp' })).toMatchObject({ ok: true });
    expect(await check({ endpoint: `${fake.url}/other`, protocol: 'otlp' })).toMatchObject({ ok: false });
  });
});
