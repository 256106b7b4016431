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
  type FakeOpenobserve,
  fakeOpenobserve,
  hrTime,
  itemIds,
  logs,
  metrics,
  spans,
  throughEncoder,
} from '@telemetryflow/testkit';
import openobserve from '../src/index.ts';

const USER = { username: 'root@example.com', password: 'Complexpass#123' };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(organization = 'default'): Promise<FakeOpenobserve> {
  const fake = await fakeOpenobserve({ ...USER, organization, now: Date.now });
  closing.push(() => fake.close());
  return fake;
}

/** Through the whole pipeline, with times of now. */
async function send(block: Record<string, unknown>, signal: Signal, records: readonly object[]) {
  const pipeline = await createPipeline(
    { exporters: { openobserve: { ...USER, flush_interval: '10ms', max_batch_items: 1000, ...block } } },
    { plugins: [openobserve] },
  );
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

describe('a request', () => {
  const startMs = Date.now() - 1000;

  test('of logs goes to the path of the organization, with Basic authentication and the stream (golden 1)', async () => {
    const fake = await backend();
    expect(await send({ endpoint: fake.url }, 'logs', logs(20, { startMs }))).toMatchObject({ delivered: 20 });
    expect(fake.requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/default/v1/logs',
      headers: {
        authorization: 'Basic cm9vdEBleGFtcGxlLmNvbTpDb21wbGV4cGFzcyMxMjM=',
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'stream-name': 'default',
      },
    });
  });

  test('of metrics names no stream (golden 2)', async () => {
    const fake = await backend();
    const report = await send({ endpoint: fake.url }, 'metrics', metrics(6, { variety: 'plain' }));
    expect(report).toMatchObject({ delivered: 6 });
    expect(fake.requests[0]).toMatchObject({ path: '/api/default/v1/metrics' });
    expect(fake.requests[0]?.headers['stream-name']).toBeUndefined();
  });

  test('of JSON records names the stream in its path', async () => {
    const fake = await backend('acme');
    const block = { endpoint: `${fake.url}/api/acme`, logs_protocol: 'json', logs_stream: 'my logs' };
    expect(await send(block, 'logs', logs(20, { startMs }))).toMatchObject({ delivered: 20 });
    expect(fake.requests[0]).toMatchObject({ path: '/api/acme/my%20logs/_json' });
    expect(fake.requests[0]?.headers['content-type']).toBe('application/json');
    expect(fake.stored).toEqual(itemIds(logs(20)));
  });

  test('of tags fills gaps of the resource (golden 6)', async () => {
    const fake = await backend();
    const block = { endpoint: fake.url, tags: { source: 'tfo-agent', 'service.name': 'never' } };
    await send(block, 'logs', logs(1, { startMs, resource: { attributes: { 'service.name': 'shop' } } }));
    const [record] = decode('logs', fake.requests[0]?.body as Uint8Array);
    expect({ ...record?.resource.attributes }).toEqual({ 'service.name': 'shop', source: 'tfo-agent' });
  });
});

describe('the corpus through the whole pipeline', () => {
  test.each<[string, Signal, Record<string, unknown>]>([
    ['traces', 'traces', {}],
    ['logs', 'logs', {}],
    ['logs as OTLP/JSON', 'logs', { encoding: 'json' }],
    ['logs as JSON records', 'logs', { logs_protocol: 'json' }],
  ])('%s: every item once', async (_name, signal, block) => {
    const fake = await backend();
    const records = corpus()[signal];
    const ids = itemIds(records);
    const report = await send({ endpoint: fake.url, max_age: '0s', ...block }, signal, records);
    // The times of the corpus lie before the window of the fake, which counts them as refused.
    expect(report).toMatchObject({ delivered: 0, dropped: ids.length });
    const moved = (records as readonly (SpanRecord & LogRecord)[]).map((record) => ({
      ...record,
      startTime: hrTime(Date.now()),
      endTime: hrTime(Date.now()),
      hrTime: hrTime(Date.now()),
    }));
    expect(await send({ endpoint: fake.url, ...block }, signal, moved)).toMatchObject({ delivered: ids.length });
    expect([...fake.stored].sort()).toEqual([...ids].sort());
  });

  test('metrics: every point is stored or dropped with its reason', async () => {
    const fake = await backend();
    const records = corpus().metrics;
    const ids = itemIds(records);
    const report = await send({ endpoint: fake.url }, 'metrics', records);
    expect(report.delivered + report.dropped).toBe(ids.length);
    expect(fake.stored).toHaveLength(report.delivered);
    expect(new Set(fake.stored).size).toBe(report.delivered);
  });
});

const through = async (signal: Signal, records: readonly object[], block: Record<string, unknown> = {}) =>
  throughEncoder(openobserve, { ...USER, ...block }, batchFromRecords(signal, deepFreeze(records) as never));

describe('data that OpenObserve takes as it is', () => {
  test.each<[Signal, readonly object[]]>([
    ['logs', logs(8, { variety: 'plain' })],
    ['traces', spans(8, { variety: 'plain' })],
    ['metrics', metrics(8, { variety: 'plain' })],
  ])('goes out as the bytes it came in: %s', async (signal, records) => {
    const batch = batchFromOtlp(signal, encode(signal, records as never));
    const { payloads } = await throughEncoder(openobserve, USER, batch);
    expect(payloads.map(({ body }) => body)).toEqual([batch.otlp()]);
  });
});

test('spans that end before they start end when they start', async () => {
  const [span] = spans(1) as [SpanRecord];
  const { payloads } = await through('traces', [{ ...span, endTime: [span.startTime[0] - 1, 0] }]);
  expect(decode('traces', payloads[0]?.body as Uint8Array)[0]?.endTime).toEqual(span.startTime);
});

describe('age', () => {
  const HOURS = 3_600_000;
  const aged = (ages: readonly number[]): { traces: SpanRecord[]; logs: LogRecord[] } => ({
    traces: spans(ages.length).map((span, i) => {
      const startTime = hrTime(FAKE_EPOCH - (ages[i] ?? 0) * HOURS);
      return { ...span, startTime, endTime: startTime };
    }),
    logs: logs(ages.length).map((record, i) => ({ ...record, hrTime: hrTime(FAKE_EPOCH - (ages[i] ?? 0) * HOURS) })),
  });

  test.each(['traces', 'logs'] as const)(
    '%s older than five hours are dropped, the others carry their oldest time',
    async (signal) => {
      const records = aged([0, 6, 1, 5.01])[signal];
      const fromBytes = batchFromOtlp(signal, encode(signal, records as never));
      for (const batch of [batchFromRecords(signal, records as never), fromBytes]) {
        const { payloads, drops } = await throughEncoder(openobserve, USER, batch);
        expect(drops).toMatchObject([{ dropped: [1, 3], reason: 'too_old' }]);
        expect(payloads).toMatchObject([{ items: [0, 2] }]);
        expect(payloads[0]?.oldestMs).toBeCloseTo(FAKE_EPOCH - HOURS, -1);
      }
    },
  );

  test('is not looked at with max_age 0s, nor for metrics', async () => {
    expect((await through('logs', aged([9]).logs, { max_age: '0s' })).drops).toEqual([]);
    const old = metrics(1, { variety: 'plain', startMs: FAKE_EPOCH - 9 * HOURS });
    expect((await through('metrics', old)).drops).toEqual([]);
  });

  test('is checked again by the pipeline before every attempt', async () => {
    const { config } = await configureExporter(openobserve, USER);
    const { limits } = openobserve;
    expect(typeof limits === 'function' ? limits(config, 'logs') : limits).toEqual({ maxAgeMs: 5 * HOURS });
    expect(typeof limits === 'function' ? limits(config, 'metrics') : limits).toEqual({});
  });
});

describe('logs', () => {
  const one = async (parts: Partial<LogRecord>, block: Record<string, unknown> = {}) => {
    const { payloads } = await through('logs', [{ ...logs(1)[0], ...parts }], block);
    return decode('logs', payloads[0]?.body as Uint8Array)[0];
  };

  test('without any time get that of sending: the server takes zero for 1970', async () => {
    expect((await one({ hrTime: [0, 0], hrTimeObserved: [0, 0] }))?.hrTime).toEqual(hrTime(FAKE_EPOCH));
  });

  test('keep attributes that would overwrite a column, under another name', async () => {
    const attributes = { body: 'x', 'Trace.Id': 'y', SEVERITY: 1, other: 2 };
    expect({ ...(await one({ attributes }))?.attributes }).toEqual({
      attr_body: 'x',
      'attr_Trace.Id': 'y',
      attr_SEVERITY: 1,
      other: 2,
    });
    expect({ ...(await one({ attributes }, { protect_reserved: false }))?.attributes }).toEqual(attributes);
  });

  test('whose attribute has the other name already keep both', async () => {
    for (const attributes of [
      { body: 1, attr_body: 2 },
      { attr_body: 2, body: 1 },
    ]) {
      expect({ ...(await one({ attributes }))?.attributes }).toEqual({ attr_attr_body: 1, attr_body: 2 });
    }
  });

  // The larger number takes minutes where each attribute costs a copy of all.
  test.each([901, 1000, 40_000])(
    'and spans have room for 900 attributes of %i, and count the others',
    async (length) => {
      const attributes = Object.fromEntries(Array.from({ length }, (_, i) => [`a${i}`, i]));
      const log = await one({ attributes, droppedAttributesCount: 1 });
      const cut = [900, length - 900 + 1];
      expect([Object.keys(log?.attributes ?? {}).length, log?.droppedAttributesCount]).toEqual(cut);
      const { payloads } = await through('traces', [{ ...spans(1)[0], attributes, droppedAttributesCount: 1 }]);
      const [span] = decode('traces', payloads[0]?.body as Uint8Array);
      expect([Object.keys(span?.attributes ?? {}).length, span?.droppedAttributesCount]).toEqual(cut);
    },
  );

  test('and spans with 900 attributes go on as the bytes they came in', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`a${i}`, i]));
    for (const signal of ['logs', 'traces'] as const) {
      const bytes = encode(signal, [{ ...(signal === 'logs' ? logs(1) : spans(1))[0], attributes }] as never);
      const { payloads } = await throughEncoder(openobserve, USER, batchFromOtlp(signal, bytes));
      expect(payloads[0]?.body).toBe(bytes);
    }
  });
});

describe('metrics', () => {
  const [made] = metrics(2, { variety: 'plain', kinds: ['gauge', 'histogram'] }) as [ResourceMetricsRecord];
  const withPoints = (change: object): ResourceMetricsRecord[] => [
    {
      ...made,
      scopeMetrics: made.scopeMetrics.map((scope) => ({
        ...scope,
        metrics: scope.metrics.map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point) => ({ ...point, ...change })),
        })) as never,
      })),
    },
  ];

  test('that are NaN are dropped and counted', async () => {
    const { drops, payloads } = await through(
      'metrics',
      withPoints({ value: Number.NaN }).map((each) => ({
        ...each,
        scopeMetrics: each.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.slice(0, 1) })),
      })),
    );
    expect(drops).toMatchObject([{ dropped: [0], reason: 'unsupported', detail: expect.stringContaining('NaN') }]);
    expect(payloads).toEqual([]);
  });

  test('without recorded value are dropped and counted, histograms too', async () => {
    const { drops } = await through('metrics', withPoints({ flags: 1 }));
    expect(drops).toMatchObject([{ dropped: [0, 1], reason: 'unsupported', detail: expect.stringContaining('zero') }]);
  });

  test('with exponential histograms are converted, or not', async () => {
    const source = metrics(1, { variety: 'plain', kinds: ['exponential_histogram'] });
    const kinds = async (block: Record<string, unknown>) => {
      const { payloads } = await through('metrics', source, block);
      const [read] = decode('metrics', payloads[0]?.body as Uint8Array);
      return read?.scopeMetrics[0]?.metrics.map(({ dataPointType }) => dataPointType);
    };
    expect(await kinds({})).toEqual([0]);
    expect(await kinds({ exponential_histograms: 'native' })).toEqual([1]);
  });

  test('are added up where they are deltas, unless told', async () => {
    const temporality = async (block: Record<string, unknown>) => {
      const { config } = await configureExporter(openobserve, { ...USER, ...block });
      const { temporality: chosen } = openobserve;
      return typeof chosen === 'function' ? chosen(config, 'metrics') : chosen;
    };
    expect(await temporality({})).toBe('cumulative');
    expect(await temporality({ temporality: 'as_is' })).toBe('as_is');
  });
});

test('the health check sends an empty request with the credentials', async () => {
  const fake = await backend();
  const check = async (block: Record<string, unknown>) => {
    const { config } = await configureExporter(openobserve, { ...USER, endpoint: fake.url, ...block });
    return openobserve.healthcheck?.(config, { signal: AbortSignal.timeout(5000) });
  };
  expect(await check({})).toMatchObject({ ok: true });
  expect(await check({ password: 'wrong' })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/401.*ingestion token/),
  });
  expect(await check({ organization: 'other' })).toMatchObject({ ok: false, message: expect.stringMatching(/404/) });
});
