import { afterEach, describe, expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import { type Batch, batchFromRecords, type Encoded, type Exporter, type Payload } from '@telemetryflow/kernel';
import { type Backend, exporterFor, FAKE_EPOCH, metrics, startBackend } from '@telemetryflow/testkit';
import { deserialize } from 'prometheus-remote-write';
import { uncompressSync } from 'snappy';

const NOW = FAKE_EPOCH;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function backendOf(...script: Parameters<typeof startBackend>): Promise<Backend> {
  const backend = await startBackend(...script);
  open.push(backend);
  return backend;
}

async function started(block: Record<string, unknown>): Promise<Exporter> {
  const exporter = await exporterFor(prometheus, block, 'metrics');
  await exporter.start?.();
  open.push({ close: async () => exporter.stop?.() });
  return exporter;
}

function payloads(exporter: Exporter, batch: Batch<'metrics'>, now = NOW): Payload[] {
  const encoded: Encoded[] = [...exporter.encode(batch, { now, id: 'b', mode: undefined })];
  return encoded.filter((each) => each !== undefined && 'body' in each) as Payload[];
}

function gauges(n: number): Batch<'metrics'> {
  return batchFromRecords('metrics', metrics(n, { kinds: ['gauge'], variety: 'plain' }));
}

const send = (exporter: Exporter, payload: Payload | undefined, attempt = 1) => {
  if (payload === undefined) throw new Error('nothing to send');
  return exporter.send(payload, { signal: new AbortController().signal, attempt });
};

interface Read {
  timeseries: { labels: { name: string; value: string }[]; samples: { value: number }[] }[];
}

describe('a request', () => {
  test('of 1.0 has its headers, its path and a body that another library reads', async () => {
    const backend = await backendOf({ status: 204 });
    const exporter = await started({ endpoint: backend.url, external_labels: { environment: 'production' } });
    const [payload] = payloads(exporter, gauges(3));
    expect(await send(exporter, payload)).toEqual({});
    const [request] = backend.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/write' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': expect.stringContaining('telemetryflow'),
    });
    const body = uncompressSync(request?.raw ?? Buffer.alloc(0));
    const read = (await deserialize(body as unknown as ArrayBuffer)) as unknown as Read;
    const names = read.timeseries.map((s) => s.labels.find((l) => l.name === '__name__')?.value);
    expect(new Set(names)).toEqual(new Set(['test_gauge_int_ratio', 'test_gauge_double_ratio', 'target_info']));
    for (const { labels } of read.timeseries) {
      expect(labels.map((l) => l.name)).toEqual(labels.map((l) => l.name).sort());
      expect(labels).toContainEqual(expect.objectContaining({ name: 'environment', value: 'production' }));
    }
  });

  test('of 2.0 says so', async () => {
    const backend = await backendOf({ status: 204, headers: { 'x-prometheus-remote-write-samples-written': '99' } });
    const exporter = await started({ endpoint: `${backend.url}/api/v1/push`, protocol: '2.0', tenant_id: 'team-a' });
    await send(exporter, payloads(exporter, gauges(1))[0]);
    expect(backend.requests[0]).toMatchObject({ path: '/api/v1/push' });
    expect(backend.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': '2.0.0',
      'x-scope-orgid': 'team-a',
    });
  });

  test('carries its credentials, and tells the receiver about retries of the same bytes', async () => {
    const backend = await backendOf([{ status: 500 }, { status: 204 }]);
    const exporter = await started({ endpoint: backend.url, basic_auth: { username: 'u', password: 'p' } });
    const [payload] = payloads(exporter, gauges(1));
    expect((await send(exporter, payload, 1)).retry?.reason).toBe('unavailable');
    await send(exporter, payload, 2);
    const [first, second] = backend.requests;
    expect(first?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(first?.headers['retry-attempt']).toBeUndefined();
    expect(second?.headers['retry-attempt']).toBe('1');
    expect(second?.raw.equals(first?.raw ?? Buffer.alloc(0))).toBe(true);
    const bearer = await started({ endpoint: backend.url, bearer_token: 't' });
    await send(bearer, payloads(bearer, gauges(1))[0]);
    expect(backend.requests[2]?.headers.authorization).toBe('Bearer t');
  });

  test('is made again in 1.0 when the receiver does not know 2.0', async () => {
    const backend = await backendOf([{ status: 415 }, { status: 204 }]);
    const exporter = await started({ endpoint: backend.url, protocol: 'auto' });
    const outcome = await send(exporter, payloads(exporter, gauges(1))[0]);
    expect(outcome.retry).toMatchObject({ items: 'all', afterMs: 0 });
    await send(exporter, payloads(exporter, gauges(1))[0]);
    expect(backend.requests.map((r) => r.headers['x-prometheus-remote-write-version'])).toEqual(['2.0.0', '0.1.0']);
  });
});

describe('a batch', () => {
  test('of every kind of metric is in payloads and drops, each point once', async () => {
    const exporter = await started({ endpoint: 'http://127.0.0.1:1' });
    const batch = batchFromRecords('metrics', metrics(600, { variety: 'all' }));
    const found = [...exporter.encode(batch, { now: NOW, id: 'b', mode: undefined })];
    const items = found.flatMap((each) => {
      if (each === undefined) return [];
      return [...(('dropped' in each ? each.dropped : each.items) as number[])];
    });
    expect(items.sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, i) => i));
    expect(found.filter((each) => each === undefined).length).toBeGreaterThanOrEqual(2);
  });

  test('leaves stale markers behind at shutdown, unless told not to', async () => {
    const exporter = await started({ endpoint: 'http://127.0.0.1:1' });
    const quiet = await started({ endpoint: 'http://127.0.0.1:1', stale_on_shutdown: false });
    for (const each of [exporter, quiet]) payloads(each, gauges(5));
    expect([...(exporter.drain?.(NOW + 1000) ?? [])].map((each) => each.items)).toEqual([[]]);
    // Queries have forgotten them by then.
    expect([...(exporter.drain?.(NOW + 400_000) ?? [])]).toEqual([]);
    expect([...(quiet.drain?.(NOW) ?? [])]).toEqual([]);
  });
});
