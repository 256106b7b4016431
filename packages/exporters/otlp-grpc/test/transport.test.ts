import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import type { RecordOf } from '@telemetryflow/otlp';
import { type GrpcBackend, logs, otlpGrpcItemIds, startBackend, startOtlpGrpc, testCa } from '@telemetryflow/testkit';
import otlpGrpc from '../src/index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function backend(...args: Parameters<typeof startOtlpGrpc>): Promise<GrpcBackend> {
  const started = await startOtlpGrpc(...args);
  cleanups.push(() => started.close());
  return started;
}

interface Sender {
  readonly pipeline: Pipeline;
  readonly said: string[];
  send(records: readonly RecordOf['logs'][]): Promise<void>;
}

async function sender(block: Readonly<Record<string, unknown>>): Promise<Sender> {
  const said: string[] = [];
  const say = (message: string, fields?: unknown): void => {
    said.push(`${message} ${JSON.stringify(fields)}`);
  };
  const pipeline = await createPipeline(
    { exporters: { otlp_grpc: { flush_interval: '1ms', retry: { initial: '1ms', max: '5ms', jitter: 0 }, ...block } } },
    { plugins: [otlpGrpc], logger: { error: say, warn: say, info: say, debug: say } },
  );
  await pipeline.start();
  cleanups.push(() => pipeline.shutdown({ timeoutMs: 100 }));
  return {
    pipeline,
    said,
    send: async (records) => {
      await pipeline.consume({ signal: 'logs', records });
    },
  };
}

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'otlp-grpc-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const ids = (server: GrpcBackend): string[] => server.requests.flatMap(otlpGrpcItemIds);

describe('a call', () => {
  test('carries method, metadata, deadline and user agent', async () => {
    const server = await backend();
    const { send } = await sender({
      endpoint: server.url,
      timeout: '7s',
      headers: { 'X-Tenant': 'a', 'x-trace-bin': 'AAH/' },
    });
    await send(logs(3));
    await server.received(1);
    const [request] = server.requests;
    expect(request).toMatchObject({
      path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      metadata: { 'x-tenant': 'a', 'x-trace-bin': Buffer.of(0, 1, 255) },
    });
    expect(request?.metadata['user-agent']).toMatch(/^telemetryflow\/\d/);
    expect(request?.timeoutMs).toBeGreaterThan(0);
    expect(request?.timeoutMs).toBeLessThanOrEqual(7000);
  });

  test('uses user and password of the URL, which are printed nowhere', async () => {
    const server = await backend({ code: 3, text: 'no' });
    const { send, said, pipeline } = await sender({
      endpoint: server.url.replace('http://', 'http://user:p%40ssword@'),
    });
    await send(logs(1));
    await pipeline.forceFlush();
    expect(server.requests[0]?.metadata['authorization']).toBe(`Basic ${btoa('user:p@ssword')}`);
    expect(said.join()).not.toMatch(/p@ssword|p%40ssword/);
  });

  test.each(['gzip', 'none'])('is understood with compression %s', async (compression) => {
    const server = await backend();
    const { send, pipeline } = await sender({ endpoint: server.url, compression });
    const records = logs(200);
    await send(records);
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 200 });
    expect(ids(server)).toHaveLength(200);
  });

  test('goes to host:port without TLS when tls.insecure is set', async () => {
    const server = await backend();
    const { send, pipeline } = await sender({ endpoint: `127.0.0.1:${server.port}`, tls: { insecure: true } });
    await send(logs(1));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 1 });
  });

  test('shares one connection with those of its signal, which ends at shutdown', async () => {
    const server = await backend();
    const { send, pipeline } = await sender({ endpoint: server.url, batch_size: 1, max_batch_items: 1 });
    await send(logs(20));
    await pipeline.shutdown();
    expect(server.requests).toHaveLength(20);
    expect(server.accepted).toBe(1);
    await server.disconnected();
  });
});

describe('TLS', () => {
  test('takes a certificate of the authority named, and closes the connection at shutdown', async () => {
    const server = await backend({}, { tls: true });
    const ca_file = file('ca.pem', server.ca?.cert ?? '');
    const { send, pipeline } = await sender({ endpoint: `127.0.0.1:${server.port}`, tls: { ca_file } });
    await send(logs(1));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 1 });
    await server.disconnected();
  });

  test('takes any certificate with tls_skip_verify', async () => {
    const server = await backend({}, { tls: true });
    const { send, pipeline } = await sender({ endpoint: server.url, tls_skip_verify: true });
    await send(logs(1));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 1 });
  });

  test('shows the client certificate', async () => {
    const clients = testCa('clients');
    const { cert, key } = clients.issue();
    const server = await backend({}, { tls: true, clientCa: clients.cert });
    const ca_file = file('ca.pem', server.ca?.cert ?? '');
    const without = await sender({ endpoint: server.url, tls: { ca_file } });
    await without.send(logs(1));
    expect(await without.pipeline.forceFlush({ timeoutMs: 300 })).toMatchObject({ delivered: 0 });
    const tls = { ca_file, cert_file: file('cert.pem', cert), key_file: file('key.pem', key) };
    const { send, pipeline } = await sender({ endpoint: server.url, tls });
    await send(logs(1));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 1 });
  });

  test.each([
    ['an unknown authority', {}, /tls\.ca_file/],
    ['another name', { server_name: 'other.example' }, /tls\.server_name/],
  ])('of %s is a retry that says what to set', async (what, tls, advice) => {
    const server = await backend({}, { tls: true });
    const ca_file = what === 'another name' ? { ca_file: file('ca.pem', server.ca?.cert ?? '') } : {};
    const { send, said, pipeline } = await sender({ endpoint: server.url, tls: { ...ca_file, ...tls } });
    await send(logs(1));
    await pipeline.forceFlush({ timeoutMs: 300 });
    expect(said.join('\n')).toMatch(advice);
    expect(server.requests).toHaveLength(0);
  });
});

describe('an answer', () => {
  test('beyond max_response_bytes is a delivery with a remark, not a reason to split', async () => {
    const server = await backend({ response: Buffer.alloc(100_000) });
    const { send, said, pipeline } = await sender({ endpoint: server.url, max_response_bytes: '64KiB' });
    await send(logs(4));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 4 });
    expect(server.requests).toHaveLength(1);
    expect(said.join()).toMatch(/response_unreadable.*larger than max_response_bytes/);
  });

  test('that is no OTLP response is a delivery with a remark', async () => {
    const server = await backend({ response: Buffer.from('garbage') });
    const { send, said, pipeline } = await sender({ endpoint: server.url });
    await send(logs(4));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 4 });
    expect(said.join()).toMatch(/response_unreadable/);
  });

  test('of a server with a real limit splits the request until it fits', async () => {
    const server = await backend({}, { maxMessage: 3000 });
    const { send, pipeline } = await sender({ endpoint: server.url, compression: 'none' });
    await send(logs(100));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 100, dropped: 0 });
    expect(new Set(ids(server)).size).toBe(100);
  });

  test('that refuses after headers have come is read as well', async () => {
    const server = await backend([{ code: 8, text: 'received message larger than max', headersFirst: true }, {}]);
    const { send, pipeline } = await sender({ endpoint: server.url });
    await send(logs(2));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 2 });
    expect(server.requests.length).toBeGreaterThan(2);
  });
});

describe('a connection', () => {
  test('that is cut within a call is replaced, and the request sent again', async () => {
    const server = await backend([{ fault: 'reset' }, {}]);
    const { send, pipeline } = await sender({ endpoint: server.url });
    await send(logs(2));
    await server.received(2);
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 2 });
    expect(server.accepted).toBe(2);
  });

  test('without an answer in time is replaced, and the request sent again', async () => {
    const server = await backend([{ fault: 'stall' }, {}]);
    const { send, pipeline } = await sender({ endpoint: server.url, timeout: '1s' });
    await send(logs(2));
    await server.received(2);
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 2 });
    expect(server.accepted).toBe(2);
  });

  test('to an HTTP server is a retry that names the port', async () => {
    const http = await startBackend({ status: 404 });
    cleanups.push(() => http.close());
    const { send, said, pipeline } = await sender({ endpoint: http.url });
    await send(logs(1));
    await pipeline.forceFlush({ timeoutMs: 400 });
    expect(said.join('\n')).toMatch(/HTTP port 4318/);
  });
});
