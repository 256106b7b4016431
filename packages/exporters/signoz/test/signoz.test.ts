import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createNoopMeter } from '@opentelemetry/api';
import {
  type Batch,
  batchFromOtlp,
  type Encoded,
  type ExporterContext,
  type Payload,
  type PluginLookup,
  resolveConfig,
} from '@telemetryflow/kernel';
import { jsonFromProtobuf, protobufFromJson, type Signal } from '@telemetryflow/otlp';
import signoz, { type SignozConfig } from '../src/index.ts';

const plugins: PluginLookup = {
  find: async (_kind, type) => (type === 'signoz' ? signoz : { problem: `no ${type}`, hint: '' }),
  known: () => ['signoz'],
};

async function configure(block: Record<string, unknown>): Promise<{ config: SignozConfig; warnings: string[] }> {
  const { config, warnings } = await resolveConfig([{ object: { exporters: { signoz: block } } }], { plugins });
  return {
    config: config.exporters.get('signoz')?.config as SignozConfig,
    warnings: warnings.map(({ message }) => message),
  };
}

function context(dataSignal: Signal): ExporterContext {
  const silent = (): void => {};
  return {
    id: 'signoz',
    dataSignal,
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    clock: {
      now: () => 0,
      monotonic: () => 0,
      setTimeout: () => ({ cancel: silent }),
      setInterval: () => ({ cancel: silent }),
    },
    meter: createNoopMeter(),
    status: { ok: silent, recoverable: silent, permanent: silent },
    signal: new AbortController().signal,
    extension: () => undefined,
  };
}

function batch<S extends Signal>(signal: S, json: object): Batch<S> {
  return batchFromOtlp(signal, protobufFromJson(signal, Buffer.from(JSON.stringify(json))));
}

interface Encode {
  payloads: { items: unknown; json: Record<string, unknown>; body: Uint8Array }[];
  drops: unknown[];
}

async function encode(block: Record<string, unknown>, source: Batch): Promise<Encode> {
  const { config } = await configure(block);
  const exporter = signoz.create(config, context(source.signal));
  const encoded = [...exporter.encode(source, { now: 0, id: 'b', mode: undefined })];
  const result: Encode = { payloads: [], drops: [] };
  for (const each of encoded as Encoded<Uint8Array>[]) {
    if (each === undefined) continue;
    if ('dropped' in each) result.drops.push(each);
    else {
      const json = JSON.parse(Buffer.from(jsonFromProtobuf(source.signal, each.body)).toString()) as Record<
        string,
        unknown
      >;
      result.payloads.push({ items: each.items, body: each.body, json });
    }
  }
  return result;
}

const CLOUD = { endpoint: 'https://ingest.eu.signoz.cloud:443', access_token: 'K' };

function metrics(...list: object[]): object {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: list }] }] };
}
function metricList(json: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const root = json as { resourceMetrics?: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[] } | undefined;
  return root?.resourceMetrics?.[0]?.scopeMetrics[0]?.metrics ?? [];
}
function logList(json: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const root = json as { resourceLogs?: { scopeLogs: { logRecords: Record<string, unknown>[] }[] }[] } | undefined;
  return root?.resourceLogs?.[0]?.scopeLogs[0]?.logRecords ?? [];
}

describe('the configuration', () => {
  test('of the cloud may be a region and a key', async () => {
    const { config, warnings } = await configure({ region: 'us', ingestion_key: 'K' });
    expect(config.access_token?.reveal()).toBe('K');
    expect(warnings).toEqual([]);
  });

  test('of a self-hosted server may be empty, and has the defaults of the backend', async () => {
    const { config } = await configure({});
    expect(config).toMatchObject({
      batch_size: 1000,
      flush_interval: 10_000,
      timeout: 30_000,
      service_name: 'tfo-agent',
    });
  });

  test('of the cloud without key is refused, unless a header brings one', async () => {
    await expect(configure({ region: 'us' })).rejects.toThrow(/ingestion key/);
    await expect(
      configure({ ...CLOUD, access_token: '', headers: { 'Signoz-Ingestion-Key': 'K' } }),
    ).resolves.toBeDefined();
    await expect(
      configure({ ...CLOUD, access_token: '', headers: { Authorization: 'Basic eA==' } }),
    ).resolves.toBeDefined();
  });

  test('with a key for a remote host over http is warned about', async () => {
    expect((await configure({ endpoint: 'http://signoz.example:4318', access_token: 'K' })).warnings).toHaveLength(1);
    expect((await configure({ endpoint: 'http://localhost:4318', access_token: 'K' })).warnings).toEqual([]);
  });
});

describe('the block of the specification', () => {
  const text = `
integrations:
  signoz:
    enabled: true
    endpoint: "\${SIGNOZ_ENDPOINT:-http://localhost:4318}"
    access_token: "\${SIGNOZ_ACCESS_TOKEN}"
    # OTLP endpoints (auto-derived if not specified)
    metrics_endpoint: ""
    traces_endpoint: ""
    logs_endpoint: ""
    service_name: "tfo-agent"
    tls_skip_verify: false
    timeout: 30s
    batch_size: 1000
    flush_interval: 10s
    tags:
      source: tfo-agent
`;
  const resolve = (env: Record<string, string>) => resolveConfig([{ name: 'spec.yaml', text }], { plugins, env });

  test('is taken verbatim, for every signal', async () => {
    const { config, warnings } = await resolve({ SIGNOZ_ACCESS_TOKEN: 'K' });
    expect(warnings).toEqual([]);
    expect(config.exporters.get('signoz')?.config).toMatchObject({
      endpoint: 'http://localhost:4318',
      batch_size: 1000,
    });
    expect(config.pipelines).toHaveLength(3);
  });

  test('names file, line and variable when the token is not set, and takes an empty one as none', async () => {
    await expect(resolve({})).rejects.toThrow(/spec\.yaml:6:\d+.*SIGNOZ_ACCESS_TOKEN/);
    await expect(resolve({ SIGNOZ_ACCESS_TOKEN: '' })).resolves.toBeDefined();
  });
});

describe('a request', () => {
  interface Seen {
    readonly url: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
  }
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function send(block: Record<string, unknown>, signal: Signal, body: Uint8Array): Promise<Seen> {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const local = Object.fromEntries(
      Object.entries(block).map(([key, value]) => [
        key,
        typeof value === 'string' ? value.replace('BASE', base) : value,
      ]),
    );
    const exporter = signoz.create((await configure(local)).config, context(signal));
    closing.push(() => exporter.stop?.());
    await exporter.start?.();
    const payload: Payload = { body, items: [0] };
    expect(await exporter.send(payload, { signal: AbortSignal.timeout(3000), attempt: 1 })).toEqual({});
    const [only] = seen;
    if (only === undefined) throw new Error('nothing arrived');
    return only;
  }

  test('carries the key as signoz-ingestion-key, protobuf and gzip', async () => {
    const body = Buffer.alloc(3000, 1);
    const seen = await send({ endpoint: 'BASE', access_token: 'K' }, 'logs', body);
    expect(seen.url).toBe('/v1/logs');
    expect(seen.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'signoz-ingestion-key': 'K',
    });
    expect(seen.headers['signoz-access-token']).toBeUndefined();
    expect(gunzipSync(seen.body).equals(body)).toBe(true);
  });

  test('without key has no such header', async () => {
    const seen = await send({ endpoint: 'BASE/', access_token: '' }, 'metrics', Buffer.alloc(1));
    expect(seen.url).toBe('/v1/metrics');
    expect(seen.headers['signoz-ingestion-key']).toBeUndefined();
  });

  test('carries the key under another header where the gateway wants it', async () => {
    const block = { traces_endpoint: 'BASE/x', access_token: 'K', auth_header: 'signoz-access-token' };
    const seen = await send(block, 'traces', Buffer.alloc(1));
    expect(seen.url).toBe('/x');
    expect(seen.headers['signoz-access-token']).toBe('K');
  });
});

describe('metrics', () => {
  const exponential = {
    name: 'h',
    exponentialHistogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          timeUnixNano: '2',
          count: '4',
          sum: 6.5,
          scale: 0,
          zeroCount: '1',
          positive: { offset: 0, bucketCounts: ['1', '2'] },
          min: 0,
          max: 3,
        },
      ],
    },
  };

  test('with exponential histograms are converted for the cloud (golden 5)', async () => {
    const { payloads, drops } = await encode(CLOUD, batch('metrics', metrics(exponential)));
    expect(drops).toEqual([]);
    expect(metricList(payloads[0]?.json)).toEqual([
      {
        name: 'h',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              timeUnixNano: '2',
              count: '4',
              sum: 6.5,
              bucketCounts: ['1', '0', '1', '2', '0'],
              explicitBounds: [0, 1, 2, 4],
              min: 0,
              max: 3,
            },
          ],
        },
      },
    ]);
  });

  test('with exponential histograms pass untouched to a self-hosted server, and convert there on request', async () => {
    const source = batch('metrics', metrics(exponential));
    const untouched = await encode({}, source);
    expect(untouched.payloads[0]?.body).toBe(source.otlp());
    const converted = await encode({ exponential_histograms: 'convert' }, source);
    expect(metricList(converted.payloads[0]?.json)[0]).toHaveProperty('histogram');
    const passed = await encode({ ...CLOUD, exponential_histograms: 'pass' }, source);
    expect(passed.payloads[0]?.body).toBe(source.otlp());
  });

  test('without anything to change are the bytes as received', async () => {
    const source = batch(
      'metrics',
      metrics({ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '1', asDouble: 1.5 }] } }),
    );
    const { payloads } = await encode(CLOUD, source);
    expect(payloads[0]?.body).toBe(source.otlp());
  });

  test('that are NaN are dropped one by one and counted, the others keep their numbers', async () => {
    const point = { timeUnixNano: '1' };
    const source = batch(
      'metrics',
      metrics(
        {
          name: 'g',
          gauge: {
            dataPoints: [
              { ...point, asDouble: 'NaN' },
              { ...point, asDouble: 1 },
              { ...point, asInt: '2' },
            ],
          },
        },
        {
          name: 's',
          sum: {
            aggregationTemporality: 2,
            dataPoints: [
              { ...point, asDouble: 'NaN' },
              { ...point, flags: 1 },
            ],
          },
        },
        {
          name: 'h',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              { ...point, count: '1', sum: 'NaN' },
              { ...point, count: '1', sum: 1 },
            ],
          },
        },
        {
          name: 'q',
          summary: { dataPoints: [{ ...point, sum: 1, quantileValues: [{ quantile: 0.5, value: 'NaN' }] }] },
        },
      ),
    );
    const { payloads, drops } = await encode({}, source);
    expect(drops).toEqual([
      { dropped: [0, 3, 5, 7], reason: 'unsupported', detail: 'SigNoz skips points that are NaN' },
    ]);
    expect(payloads.map(({ items }) => items)).toEqual([[1, 2, 4, 6]]);
    expect(metricList(payloads[0]?.json).map(({ name }) => name)).toEqual(['g', 's', 'h']);
  });

  test('that are NaN only make no request', async () => {
    const source = batch(
      'metrics',
      metrics({ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '1', asDouble: 'NaN' }] } }),
    );
    const { payloads, drops } = await encode({}, source);
    expect([payloads, drops]).toMatchObject([[], [{ dropped: [0] }]]);
  });
});

describe('logs', () => {
  function logs(...logRecords: object[]): object {
    return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  }

  test('without event names are the bytes as received', async () => {
    const source = batch('logs', logs({ timeUnixNano: '1', body: { stringValue: 'x' } }));
    const { payloads } = await encode(CLOUD, source);
    expect(payloads[0]?.body).toBe(source.otlp());
  });

  test('with event names carry them as attribute too, where there is none of that name', async () => {
    const own = [{ key: 'event.name', value: { stringValue: 'mine' } }];
    const source = batch(
      'logs',
      logs(
        { timeUnixNano: '1', eventName: 'ev' },
        { timeUnixNano: '2', eventName: 'ev', attributes: own },
        { timeUnixNano: '3' },
      ),
    );
    const { payloads } = await encode(CLOUD, source);
    expect(logList(payloads[0]?.json)).toEqual([
      { timeUnixNano: '1', attributes: [{ key: 'event.name', value: { stringValue: 'ev' } }], eventName: 'ev' },
      { timeUnixNano: '2', attributes: own, eventName: 'ev' },
      { timeUnixNano: '3' },
    ]);
  });

  test('are wrapped into maps on request', async () => {
    const map = { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } };
    const source = batch(
      'logs',
      logs({ timeUnixNano: '1', body: { stringValue: 'x' } }, { timeUnixNano: '2', body: map }),
    );
    const { payloads } = await encode({ log_body: 'wrap' }, source);
    expect(logList(payloads[0]?.json).map(({ body }) => body)).toEqual([
      { kvlistValue: { values: [{ key: 'message', value: { stringValue: 'x' } }] } },
      map,
    ]);
  });
});
