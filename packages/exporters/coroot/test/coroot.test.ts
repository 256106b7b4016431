import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, createPipeline } from '@telemetryflow/kernel';
import {
  decode,
  encode,
  type LogRecord,
  type ResourceMetricsRecord,
  type Signal,
  type SpanRecord,
} from '@telemetryflow/otlp';
import {
  configureExporter,
  corpus,
  deepFreeze,
  FAKE_EPOCH,
  type FakeCoroot,
  fakeCoroot,
  fakeCorootGrpc,
  hrTime,
  itemIds,
  logs,
  metrics,
  readWriteRequest,
  spans,
  throughEncoder,
} from '@telemetryflow/testkit';
import coroot from '../src/index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(apiKey = 'k'): Promise<FakeCoroot> {
  const fake = await fakeCoroot({ apiKey });
  closing.push(() => fake.close());
  return fake;
}

async function send(block: Record<string, unknown>, signal: Signal, records: readonly object[]) {
  const pipeline = await createPipeline(
    { exporters: { coroot: { api_key: 'k', flush_interval: '10ms', max_batch_items: 1000, ...block } } },
    { plugins: [coroot] },
  );
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

describe('a request', () => {
  test('of traces carries the key of the project (golden 1)', async () => {
    const fake = await backend();
    expect(await send({ endpoint: fake.url }, 'traces', spans(20))).toMatchObject({ delivered: 20 });
    expect(fake.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip', 'x-api-key': 'k' },
    });
    expect(fake.requests[0]?.headers['authorization']).toBeUndefined();
  });

  test('of metrics is remote write 1.0, as one block of snappy', async () => {
    const fake = await backend();
    expect(await send({ endpoint: fake.url }, 'metrics', metrics(6, { variety: 'plain' }))).toMatchObject({
      delivered: 6,
    });
    expect(fake.requests[0]).toMatchObject({
      path: '/v1/metrics',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
        'x-api-key': 'k',
      },
    });
  });

  test('of metrics over OTLP goes to the gateway that is named', async () => {
    const fake = await backend();
    const block = { metrics_protocol: 'otlp', metrics_endpoint: `${fake.url}/gateway` };
    await send(block, 'metrics', metrics(2, { variety: 'plain' }));
    expect(fake.requests[0]).toMatchObject({ path: '/gateway' });
    expect(itemIds(decode('metrics', fake.requests[0]?.body as Uint8Array))).toHaveLength(2);
  });

  test('without a key has no such header', async () => {
    const fake = await backend();
    await send({ endpoint: fake.url, api_key: '', retry: { enabled: false } }, 'logs', logs(1));
    expect(fake.requests[0]?.headers['x-api-key']).toBeUndefined();
  });

  test('to a wrong path is dropped, though Coroot says 200 (golden 4)', async () => {
    const fake = await backend();
    const block = { traces_endpoint: `${fake.url}/v1/trace` };
    expect(await send(block, 'traces', spans(3))).toMatchObject({ delivered: 0, dropped: 3 });
  });
});

describe('the corpus through the whole pipeline', () => {
  test.each(['traces', 'logs'] as const)('%s: every item once', async (signal) => {
    const fake = await backend();
    const records = corpus()[signal];
    const ids = itemIds(records);
    expect(await send({ endpoint: fake.url }, signal, records)).toMatchObject({ delivered: ids.length, dropped: 0 });
    expect([...fake.stored].sort()).toEqual([...ids].sort());
  });

  test('metrics: every point arrives or is dropped with its reason', async () => {
    const fake = await backend();
    const records = corpus().metrics;
    const report = await send({ endpoint: fake.url }, 'metrics', records);
    expect(report.delivered + report.dropped).toBe(itemIds(records).length);
    expect(fake.stored).toHaveLength(report.delivered);
    expect(report.delivered).toBeGreaterThan(report.dropped);
  });
});

const through = async (signal: Signal, records: readonly object[], block: Record<string, unknown> = {}) =>
  throughEncoder(coroot, block, batchFromRecords(signal, deepFreeze(records) as never));

test('data that Coroot takes as it is goes out as the bytes it came in', async () => {
  for (const [signal, records] of [
    ['logs', logs(4, { variety: 'plain' })],
    ['traces', spans(4, { variety: 'plain' })],
  ] as const) {
    const batch = batchFromOtlp(signal, encode(signal, records as never));
    const { payloads } = await throughEncoder(coroot, {}, batch);
    expect(payloads.map(({ body }) => body)).toEqual([batch.otlp()]);
  }
});

describe('attributes without value', () => {
  const own = { none: null, nothing: undefined, kept: '', map: { none: null, list: [1, { none: null, one: 1 }] } };
  const full = { kept: '', map: { list: [1, { one: 1 }] } };
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  test('are left out of log records', async () => {
    const { payloads } = await through('logs', [{ ...logs(1)[0], attributes: own }]);
    const [record] = decode('logs', payloads[0]?.body as Uint8Array);
    expect(plain(record?.attributes)).toEqual(full);
  });

  test('are left out of spans, their events and links, and their resource', async () => {
    const [span] = spans(1) as [SpanRecord];
    const event = { time: span.startTime, name: 'e', attributes: own };
    const link = { context: span.spanContext(), attributes: own };
    const resource = { attributes: { 'service.name': 's', ...own } };
    const { payloads } = await through('traces', [
      { ...span, attributes: own, events: [event], links: [link], resource },
    ]);
    const [read] = decode('traces', payloads[0]?.body as Uint8Array);
    const parts = [
      read?.attributes,
      read?.events[0]?.attributes,
      read?.links[0]?.attributes,
      read?.resource.attributes,
    ];
    expect(parts.map(plain)).toEqual([full, full, full, { 'service.name': 's', ...full }]);
  });

  test.each<[string, object]>([
    ['an event', { attributes: {}, events: [{ time: [1, 0], name: 'e', attributes: { none: null } }], links: [] }],
    ['a list in a map', { attributes: { a: { b: [[{ c: null }]] } }, events: [], links: [] }],
  ])('are found in %s alone', async (_where, parts) => {
    const batch = batchFromOtlp('traces', encode('traces', [{ ...spans(1)[0], ...parts }] as never));
    const { payloads } = await throughEncoder(coroot, {}, batch);
    expect(payloads[0]?.body).not.toBe(batch.otlp());
  });
});

test.each([
  ['/docker/abc', 'docker/abc'],
  ['//x', 'x'],
  ['shop', 'shop'],
  [7, '7'],
])('the service %p is called %p', async (name, expected) => {
  const { payloads } = await through('logs', [{ ...logs(1)[0], resource: { attributes: { 'service.name': name } } }]);
  expect(decode('logs', payloads[0]?.body as Uint8Array)[0]?.resource.attributes['service.name']).toBe(expected);
});

describe('logs', () => {
  const one = async (parts: Partial<LogRecord>, block: Record<string, unknown> = {}) => {
    const { payloads } = await through('logs', [{ ...logs(1)[0], ...parts }], block);
    return decode('logs', payloads[0]?.body as Uint8Array)[0];
  };

  test('have their time, their body as text and their severity put right (golden 2)', async () => {
    const record = await one({
      hrTime: [0, 0],
      hrTimeObserved: [1_544_712_660, 300_000_000],
      severityNumber: 12,
      body: { user: 42 },
    });
    expect(record).toMatchObject({ hrTime: [1_544_712_660, 300_000_000], severityNumber: 11, body: '{"user":42}' });
  });

  test.each([
    [4, 3],
    [8, 7],
    [16, 15],
    [20, 19],
    [24, 23],
    [9, 9],
    [0, 0],
    [28, 28],
  ])('of severity %i are sent as %i, and as they are when told', async (severityNumber, expected) => {
    expect((await one({ severityNumber }))?.severityNumber ?? 0).toBe(expected);
    expect((await one({ severityNumber }, { severity_fix: false }))?.severityNumber ?? 0).toBe(severityNumber);
  });

  test.each<[unknown, unknown]>([
    [1, '1'],
    [true, 'true'],
    [[1, 'a'], '[1,"a"]'],
    [Uint8Array.of(1, 2), 'AQI='],
    ['text', 'text'],
    [undefined, undefined],
  ])('with the body %p have the text %p', async (body, expected) => {
    expect((await one({ body: body as LogRecord['body'] }))?.body).toEqual(expected);
  });

  test('repeat the name of an event, and without any time have that of sending', async () => {
    const record = await one({ eventName: 'login', hrTime: [0, 0], hrTimeObserved: [0, 0] });
    expect(record?.attributes['event.name']).toBe('login');
    expect(record?.hrTime).toEqual(hrTime(FAKE_EPOCH));
  });
});

describe('metrics', () => {
  const TIME = [1_700_000_000, 123_000_000] as const;
  const sum = (resource: object): ResourceMetricsRecord =>
    ({
      resource: { attributes: resource },
      scopeMetrics: [
        {
          scope: { name: '' },
          metrics: [
            {
              descriptor: { name: 'http.requests', description: '', unit: '', valueType: 0 },
              aggregationTemporality: 1,
              dataPointType: 3,
              isMonotonic: true,
              dataPoints: [{ startTime: [0, 0], endTime: TIME, attributes: {}, value: 5 }],
            },
          ],
        },
      ],
    }) as never;
  const written = async (record: ResourceMetricsRecord, block: Record<string, unknown> = {}) => {
    const batch = batchFromRecords('metrics', [record]);
    const { payloads } = await throughEncoder(coroot, block, batch, { now: 1_700_000_001_000 });
    const [payload] = payloads as readonly { readonly body: { readonly body: Uint8Array } }[];
    return readWriteRequest(Buffer.from(payload?.body.body ?? []));
  };

  test('are series with sorted labels and metadata (golden 3)', async () => {
    const { series, families } = await written(sum({ 'service.name': 'a' }));
    expect(series).toMatchObject([
      {
        labels: [
          ['__name__', 'http_requests_total'],
          ['job', 'a'],
        ],
        samples: [{ value: 5, ms: 1_700_000_000_123 }],
      },
    ]);
    expect(families).toEqual({ http_requests_total: 1 });
  });

  test('have no suffixes when told', async () => {
    const { series } = await written(sum({ 'service.name': 'a' }), { metric_suffixes: false });
    expect(series[0]?.labels[0]).toEqual(['__name__', 'http_requests']);
  });

  test('have the tags of the exporter as labels', async () => {
    const { series } = await written(sum({ 'service.name': 'a', source: 'tfo-agent' }), { tags: { source: 'x' } });
    expect(series.find(({ labels }) => labels[0]?.[1] === 'http_requests_total')?.labels).toContainEqual([
      'source',
      'tfo-agent',
    ]);
  });

  test('with exponential histograms become classic ones', async () => {
    const [record] = metrics(1, { kinds: ['exponential_histogram'], variety: 'plain', startMs: 1_700_000_000_000 });
    const { series } = await written(record as ResourceMetricsRecord);
    const names = new Set(series.map(({ labels }) => labels.find(([name]) => name === '__name__')?.[1]));
    expect([...names].filter((name) => name?.endsWith('_bucket'))).toHaveLength(1);
  });

  test('are added up where they are deltas, and go one request at a time', async () => {
    const { config } = await configureExporter(coroot, {});
    const { temporality, ordered } = coroot;
    if (typeof temporality !== 'function' || typeof ordered !== 'function')
      throw new Error('both depend on the signal');
    expect([temporality(config, 'metrics'), temporality(config, 'traces')]).toEqual(['cumulative', 'as_is']);
    expect([ordered(config, 'metrics'), ordered(config, 'traces')]).toEqual([true, false]);
  });
});

test('over gRPC traces and logs go with the key, every item once', async () => {
  const fake = await fakeCorootGrpc({ apiKey: 'k' });
  closing.push(() => fake.close());
  for (const signal of ['traces', 'logs'] as const) {
    const records = corpus()[signal];
    const ids = itemIds(records);
    const report = await send({ endpoint: fake.url, protocol: 'grpc', metrics: false }, signal, records);
    expect(report).toMatchObject({ delivered: ids.length, dropped: 0 });
    expect([...fake.items[signal]].sort()).toEqual([...ids].sort());
  }
  expect(fake.refused).toEqual([]);
});

test('the health check sends an empty request with the key', async () => {
  const fake = await backend();
  const check = async (block: Record<string, unknown>) => {
    const { config } = await configureExporter(coroot, { endpoint: fake.url, api_key: 'k', ...block });
    return coroot.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };
  expect(await check({})).toMatchObject({ ok: true });
  expect(await check({ api_key: 'wrong' })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/API key of the project/),
  });
  expect(await check({ traces_endpoint: `${fake.url}/` })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/collector path/),
  });
});
