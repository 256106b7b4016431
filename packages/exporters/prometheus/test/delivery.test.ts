/** The exporter in a pipeline, before strict servers that know both versions, one, or no native histograms. */
import { afterEach, describe, expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import { createPipeline } from '@telemetryflow/kernel';
import { AggregationTemporality, DataPointType, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  corpus,
  type FakePrometheus,
  fakeClock,
  fakePrometheus,
  itemIds,
  metrics,
  type PrometheusRules,
  plantedRecords,
  readWriteRequest,
  type StoredSample,
  startBackend,
  throughPipeline,
} from '@telemetryflow/testkit';

let server: FakePrometheus | undefined;
afterEach(() => server?.close());

async function send(
  rules: PrometheusRules,
  block: Readonly<Record<string, unknown>>,
  records: readonly ResourceMetricsRecord[],
) {
  server ??= await fakePrometheus(rules);
  const all = { endpoint: server.url, target_info: false, stale_on_shutdown: false, ...block };
  const report = await throughPipeline(prometheus, all, 'metrics', records, { clock: fakeClock() });
  return { report, samples: server.head.samples, requests: server.requests };
}

afterEach(() => {
  server = undefined;
});

const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };

const of = (samples: readonly StoredSample[], id: unknown): StoredSample[] =>
  samples.filter(({ labels }) => labels['item_id'] === id);

/** A difference of NaN or infinity: what it adds up to is not known. */
function isEndlessDelta({ scopeMetrics }: ResourceMetricsRecord): boolean {
  const [metric] = scopeMetrics[0]?.metrics ?? [];
  const [{ value = 0 } = {}] = metric?.dataPoints ?? [];
  const delta = metric?.aggregationTemporality === AggregationTemporality.DELTA;
  return delta && metric.dataPointType === DataPointType.SUM && !Number.isFinite(Number(value));
}

describe.each(['1.0', '2.0', 'otlp'])('protocol %s', (protocol) => {
  test('brings every pair of properties with its value, but for differences that cannot be added up', async () => {
    const records = corpus().metrics;
    const { report, samples } = await send({}, { protocol }, records);
    const lost = records.filter(isEndlessDelta);
    expect(report).toMatchObject({ delivered: records.length - lost.length, reasons: { unconverted: lost.length } });
    for (const record of records.filter((each) => !lost.includes(each))) {
      const [{ value = 0, attributes = {} } = {}] = record.scopeMetrics[0]?.metrics[0]?.dataPoints ?? [];
      const stored = of(samples, attributes['item.id']);
      if (typeof value !== 'object') {
        expect(stored.map((sample) => sample.value)).toEqual([Number(value)]);
        continue;
      }
      const { sum, count } = value as { readonly sum: number; readonly count: number };
      const [{ histogram } = {}] = stored;
      const named = (end: string) => stored.find(({ labels }) => labels['__name__']?.endsWith(end) === true)?.value;
      expect([histogram?.sum ?? named('_sum'), histogram?.count ?? named('_count')]).toEqual([sum, count]);
    }
  });

  test('a sample that is too old for the server costs itself, not those around it', async () => {
    const records = metrics(20, { variety: 'plain' });
    const late = { variety: 'plain', startMs: fakeClock().now() + 120_000 } as const;
    await send({}, { protocol }, metrics(1, { ...late, from: 7 }));
    const { report, samples } = await send({}, { protocol }, records);
    expect(report).toMatchObject({ delivered: 19, dropped: 1, pending: 0 });
    const stored = samples.filter(({ labels }) => labels['__name__'] !== 'target_info');
    expect(new Set(stored.map(({ labels }) => labels['item_id']))).toEqual(new Set(itemIds(records)));
  });
});

test('a request that has to be sent again goes before those of the same series that wait behind it', async () => {
  const times: number[] = [];
  const backend = await startBackend((request, index) => {
    const [series] = readWriteRequest(request.raw).series;
    times.push(Number(series?.samples[0]?.ms));
    return { status: index === 0 ? 503 : 204 };
  });
  const startMs = Date.now() - 60_000;
  const exporters = {
    prometheus: {
      endpoint: backend.url,
      ...{ target_info: false, send_metadata: false, stale_on_shutdown: false },
      ...{ batch_size: 1, max_batch_items: 1, flush_interval: '1ms', retry: { initial: '20ms', jitter: 0 } },
    },
  };
  const pipeline = await createPipeline({ exporters }, { plugins: [prometheus], logger });
  try {
    await pipeline.start();
    for (const n of [0, 1, 2, 3]) {
      const records = metrics(1, { variety: 'plain', kinds: ['gauge'], startMs: startMs + n * 1000 });
      await pipeline.consume({ signal: 'metrics', records });
    }
    await backend.received(5);
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 4, dropped: 0 });
  } finally {
    await pipeline.shutdown({ timeoutMs: 0 });
    await backend.close();
  }
  expect(times).toEqual([0, 0, 1000, 2000, 3000].map((ms) => (times[0] ?? 0) + ms));
});

test('a server that knows 1.0 only gets 1.0 after one refusal, and loses nothing', async () => {
  const { report, requests } = await send({ versions: [1] }, { protocol: 'auto' }, metrics(10, { variety: 'plain' }));
  expect(report).toMatchObject({ delivered: 10, dropped: 0 });
  expect(requests.map(({ headers }) => headers['x-prometheus-remote-write-version'])).toEqual(['2.0.0', '0.1.0']);
});

test('a server without native histograms gets classic ones, and loses nothing', async () => {
  const kinds = ['exponential_histogram'] as const;
  const records = metrics(4, { variety: 'plain', kinds });
  const { report, samples } = await send({ nativeHistograms: false }, {}, records);
  expect(report).toMatchObject({ delivered: 4, dropped: 0 });
  expect(of(samples, 'item-0').map(({ labels }) => labels['__name__'])).toContain(
    'test_exponential_histogram_int_seconds_bucket',
  );
  expect(samples.every(({ histogram }) => histogram === undefined)).toBe(true);
});

describe('over OTLP', () => {
  const block = { protocol: 'otlp', external_labels: { environment: 'production' } };

  test('a request has its path, its headers and nothing that Prometheus does not take', async () => {
    const { requests } = await send({}, { ...block, tenant_id: 'team-a', bearer_token: 't' }, metrics(300));
    const [request] = requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/otlp/v1/metrics' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      authorization: 'Bearer t',
      'x-scope-orgid': 'team-a',
    });
    expect(request?.headers).not.toHaveProperty('x-prometheus-remote-write-version');
  });

  test("points behind another sender's target_info cost nothing", async () => {
    const later = metrics(8, { variety: 'plain', startMs: fakeClock().now() + 120_000 });
    await send({}, block, later);
    const { report, samples } = await send({}, block, metrics(40, { variety: 'plain', from: 100 }));
    expect(report).toMatchObject({ delivered: 40, dropped: 0 });
    for (const { labels } of samples.filter((each) => each.labels['__name__'] !== 'target_info')) {
      expect(labels).toMatchObject({ job: 'testkit/shop', environment: 'production' });
    }
  });

  test('deltas are added up, and a point that is refused costs itself', async () => {
    const startMs = fakeClock().now();
    const deltas = [0, 1, 2].flatMap((n) =>
      metrics(1, { variety: 'plain', kinds: ['counter'], startMs: startMs + n * 1000, temporality: 'delta' }),
    );
    const { report, samples } = await send({}, block, deltas);
    expect(report).toMatchObject({ delivered: 3, dropped: 0 });
    const values = of(samples, 'item-0').map(({ value }) => value);
    expect(values).toHaveLength(3);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  test('planted names reach neither path nor headers', async () => {
    const records = plantedRecords('metrics');
    const { report, requests } = await send({}, { ...block, resource_to_labels: 'all' }, records);
    expect(report).toMatchObject({ delivered: records.length, dropped: 0 });
    for (const { path, headers } of requests) {
      expect(path).toBe('/api/v1/otlp/v1/metrics');
      expect(JSON.stringify(headers)).not.toMatch(/\.\.|%2f|injected/i);
    }
  });

  test('a receiver that is off is told from one that is not there, and everything is counted', async () => {
    const { report } = await send({ otlp: false }, block, metrics(5, { variety: 'plain' }));
    expect(report).toMatchObject({ delivered: 0, reasons: { invalid: 5 } });
  });
});
