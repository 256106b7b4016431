/** Host metrics and made metrics of every kind through the `prometheus` exporter into real servers, read back. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import { createPipeline, defineExporter, delivered } from '@telemetryflow/kernel';
import type { MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import { hrTime, metrics, throughPipeline } from '@telemetryflow/testkit';
import { type ExpectedSample, expectedSamples, madeByServer } from './prometheus-expected.ts';
import { type Labels, liveSeries, storedExemplars, storedSeries } from './prometheus-read.ts';
import { byLabels, flat, texts } from './prometheus-texts.ts';
import { startPrometheus2, startPrometheus3 } from './referees/prometheus.ts';
import type { Referee } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const SHOP = { job: 'testkit/shop', instance: '627cc493-f310-47de-96bd-71410b7dec09', environment: 'production' };
const start = Math.floor(Date.now()) - 120_000;
/** The testkit gives every second point an exemplar; the second set is so ordered that counters and histograms have them. */
const made = [
  ...metrics(360, { startMs: start }),
  ...metrics(80, { startMs: start, from: 1000, kinds: ['counter', 'gauge', 'histogram', 'gauge'] }),
];

/** An exporter that keeps the records it is given: what the receiver measured. */
function capture() {
  const records: ResourceMetricsRecord[] = [];
  let measured: () => void;
  const first = new Promise<void>((resolve) => {
    measured = resolve;
  });
  const definition = defineExporter<Record<string, unknown>>({
    type: 'capture',
    description: 'Keeps what it is given.',
    signals: { metrics: 'stable' },
    reads: 'records',
    temporality: 'as_is',
    config: { type: 'object', properties: {} },
    create: () => ({
      *encode(batch) {
        const given = batch.records() as readonly ResourceMetricsRecord[];
        records.push(...given.filter(({ resource }) => 'os.type' in resource.attributes));
        if (records.length > 0) measured();
        yield { body: '', items: { from: 0, to: batch.count } };
      },
      send: async () => delivered(),
    }),
  });
  return { definition, records, first };
}

/** Literal cases whose outcome is written out below. */
function literal(endMs: number, values: { counter: number; delta: number; big: bigint }): ResourceMetricsRecord {
  const point = (value: number | bigint, attributes = {}) => ({
    startTime: hrTime(start - 60_000),
    endTime: hrTime(endMs, 999_999),
    attributes,
    value,
  });
  const metric = (name: string, unit: string, rest: object): MetricRecord =>
    ({
      descriptor: { name, description: 'A literal.', unit, valueType: 1 },
      aggregationTemporality: 1,
      ...rest,
    }) as never;
  const sum = (dataPoints: object[]) => ({ dataPointType: 3, isMonotonic: true, dataPoints });
  const gauge = (dataPoints: object[]) => ({ dataPointType: 2, dataPoints });
  return {
    resource: {
      attributes: { 'service.name': 'literal', 'host.name': 'h "1"\\\n', 'k8s.pod.name': 'pod-1', ratio: 0.5 },
    },
    scopeMetrics: [
      {
        scope: { name: 'scope', version: '2', attributes: { 'scope.key': 'v' } },
        metrics: [
          metric('http.server.requests', '{request}', sum([point(values.counter, { 'http.route': '/{id}' })])),
          { ...metric('jobs.done', '', sum([point(values.delta)])), aggregationTemporality: 0 },
          metric('big', '', gauge([point(values.big)])),
          metric('speed', 'm/s', gauge([point(1.5, { 'a.b': 'dot', a_b: 'underscore', job: 'mine', __name__: 'x' })])),
          metric('7 days', 'd', gauge([point(7, { '9lives': 'yes', environment: 'canary' })])),
        ],
      },
    ],
  };
}

function suite(protocol: '1.0' | '2.0' | 'otlp', startServer: () => Promise<Referee | undefined>): void {
  let server: Referee;
  let host: readonly ResourceMetricsRecord[];
  let hostName: string;

  beforeAll(async () => {
    server = (await startServer()) as Referee;
    const tap = capture();
    const pipeline = await createPipeline(
      {
        receivers: { host_metrics: { collection_interval: '1m', initial_delay: '500ms' } },
        exporters: {
          prometheus: {
            endpoint: server.url,
            protocol,
            flush_interval: '100ms',
            external_labels: { environment: 'production' },
            resource_to_labels: ['host.name'],
          },
          capture: { flush_interval: '10ms' },
        },
      },
      { plugins: [tap.definition] },
    );
    await pipeline.start();
    await pipeline.consume({ signal: 'metrics', records: made });
    await pipeline.consume({
      signal: 'metrics',
      records: [literal(start, { counter: 3, delta: 3, big: 9_007_199_254_740_993n })],
    });
    await pipeline.forceFlush();
    await pipeline.consume({
      signal: 'metrics',
      records: [literal(start + 1000, { counter: 5, delta: 4, big: -9_223_372_036_854_775_808n })],
    });
    await tap.first;
    const report = await pipeline.shutdown();
    expect(report).toMatchObject({ pending: 0, dropped: 0 });
    host = tap.records;
    hostName = String(host[0]?.resource.attributes['host.name']);
  });
  afterAll(() => server.stop());

  test('every kind of metric: every sample, label, time and value is stored, and nothing else', async () => {
    const stored = await storedSeries(server.url, '{otel_scope_name="testkit"}');
    const shared = { ...SHOP, host_name: 'host-1' };
    const expected = expectedSamples(made, shared);
    expect(texts(flat(stored))).toEqual(texts(protocol === 'otlp' ? expected.map(madeByServer) : expected));
  });

  test("this host's metrics: every sample, label, time and value is stored, and nothing else", async () => {
    const stored = await storedSeries(server.url, '{otel_scope_name="@telemetryflow/receiver-host-metrics"}');
    const expected = expectedSamples(host, { environment: 'production', host_name: hostName });
    expect(expected.length).toBeGreaterThan(50);
    expect(new Set(expected.map(({ labels }) => labels['__name__']))).toEqual(
      expect.objectContaining(new Set(['system_cpu_time_seconds_total', 'system_memory_usage_bytes'])),
    );
    expect(texts(flat(stored))).toEqual(texts(expected));
  });

  test('counters rise, deltas are added up, and careless names and labels come out legal', async () => {
    const common = {
      environment: 'production',
      job: 'literal',
      host_name: 'h "1"\\\n',
      otel_scope_name: 'scope',
      otel_scope_version: '2',
      otel_scope_scope_key: 'v',
    };
    const stored = await storedSeries(server.url, '{otel_scope_name="scope"}');
    const twice = (labels: Labels, [first, second]: readonly [number, number]): ExpectedSample[] => [
      { labels: { ...common, ...labels }, ms: start, value: first },
      { labels: { ...common, ...labels }, ms: start + 1000, value: second },
    ];
    expect(texts(flat(stored))).toEqual(
      texts([
        ...twice({ __name__: 'http_server_requests_total', http_route: '/{id}' }, [3, 5]),
        ...twice({ __name__: 'jobs_done_total' }, [3, 7]),
        ...twice({ __name__: 'big' }, [2 ** 53, -(2 ** 63)]),
        ...twice({ __name__: 'speed_meters_per_second', a_b: 'dot;underscore' }, [1.5, 1.5]),
        ...twice({ __name__: '_7_days', key_9lives: 'yes', environment: 'canary' }, [7, 7]),
      ]),
    );
  });

  test('the resource is in target_info, with the identity of its series', async () => {
    const stored = await storedSeries(server.url, 'target_info');
    const labels = stored.map((series) => series.labels).sort((a, b) => (byLabels(a) < byLabels(b) ? -1 : 1));
    const expected: Labels[] = [
      {
        __name__: 'target_info',
        environment: 'production',
        job: 'literal',
        host_name: 'h "1"\\\n',
        k8s_pod_name: 'pod-1',
        ratio: '0.5',
      },
      { __name__: 'target_info', ...SHOP, host_name: 'host-1', deployment_environment_name: 'test' },
    ];
    expect(labels).toEqual(expected.sort((a, b) => (byLabels(a) < byLabels(b) ? -1 : 1)));
    for (const { samples } of stored) for (const [, value] of samples) expect(value).toBe(1);
  });

  test('exemplars of counters and histograms are stored with trace, span, value and time', async () => {
    const exemplars = await storedExemplars(server.url, '{otel_scope_name="testkit"}');
    const kinds = new Set(exemplars.map(({ series }) => series['__name__']?.split('_')[1]));
    // Prometheus 2.42 looks for the series of an exemplar before it adds a native histogram, so it refuses the first one.
    const byProtocol = {
      '1.0': ['counter', 'histogram'],
      '2.0': ['counter', 'exponential', 'histogram'],
      otlp: ['counter', 'exponential', 'histogram', 'updown'],
    };
    expect([...kinds].sort()).toEqual(byProtocol[protocol]);
    for (const { series, labels, value, ms } of exemplars) {
      const index = Number(series['item_id']?.slice('item-'.length));
      expect({ labels, value, ms }).toEqual({
        labels: {
          trace_id: `5b8efff798038103${(index + 1).toString(16).padStart(16, '0')}`,
          span_id: `ee${(index + 1).toString(16).padStart(14, '0')}`,
          // Prometheus keeps the names of attributes there, and remote write makes labels of them.
          [protocol === 'otlp' ? 'user.id' : 'user_id']: `user-${index}`,
        },
        value: 0.75,
        ms: start + index - 10,
      });
    }
  });

  test('after shutdown every series has ended, but over OTLP, which has no way to end them all', async () => {
    const live = await liveSeries(server.url, '{environment=~".+"}');
    if (protocol === 'otlp') expect(live).toBeGreaterThan(100);
    else expect(live).toBe(0);
  });

  describe('what the protocol cannot carry', () => {
    test('integers beyond 2^53 are rounded', async () => {
      const [big] = await storedSeries(server.url, 'big');
      expect(big?.samples[0]?.[1]).toBe(9_007_199_254_740_992);
    });

    test('times lose what is below a millisecond', async () => {
      const [big] = await storedSeries(server.url, 'big');
      expect(big?.samples.map(([ms]) => ms)).toEqual([start, start + 1000]);
    });

    test('minimum and maximum of histograms have no series', async () => {
      expect(await storedSeries(server.url, '{__name__=~".*_(min|max)"}')).toEqual([]);
    });

    test('attributes lose their type: 200 and "200" are one label value', async () => {
      const [series] = await storedSeries(server.url, '{item_id="item-0"}');
      expect(series?.labels['http_response_status_code']).toBe('200');
    });

    test('an empty attribute is as good as none', async () => {
      const [series] = await storedSeries(server.url, '{item_id="item-3"}');
      expect(series?.labels['odd_1']).toBe(' leading and trailing ');
      expect(series?.labels).not.toHaveProperty('odd_0');
    });

    test('gauges lose their exemplars, and a resource without service its target_info', async () => {
      expect(await storedExemplars(server.url, '{__name__=~"test_gauge.*"}')).toEqual([]);
      expect(await storedSeries(server.url, `target_info{job=""}`)).toEqual([]);
    });
  });
}

describe('remote write 1.0 into Prometheus 2.42', () => suite('1.0', startPrometheus2));
describeWithBinary('prometheus3', 'remote write 2.0 into Prometheus 3.14', () => suite('2.0', startPrometheus3));

/** Labels of scopes, as remote write sends them. */
const SCOPES = 'otlp:\n  promote_scope_metadata: true\n';
describeWithBinary('prometheus3', 'OTLP into Prometheus 3.14', () => suite('otlp', () => startPrometheus3(SCOPES)));

describeWithBinary('prometheus3', 'OTLP that Prometheus 3.14 refuses as a whole', () => {
  let server: Referee;
  beforeAll(async () => {
    server = (await startPrometheus3()) as Referee;
  });
  afterAll(() => server.stop());

  const send = (records: readonly ResourceMetricsRecord[]) =>
    throughPipeline(prometheus, { endpoint: server.url, protocol: 'otlp' }, 'metrics', records);
  const plain = (count: number, more: object) => metrics(count, { variety: 'plain', kinds: ['gauge'], ...more });

  test('a sample out of order costs itself, and a target_info out of order costs nothing', async () => {
    await send(plain(1, { from: 7, startMs: start + 10_000 }));
    const report = await send(plain(20, { startMs: start }));
    expect(report).toMatchObject({ delivered: 19, dropped: 1, reasons: { rejected: 1 } });
    const stored = await storedSeries(server.url, '{item_id=~".+"}');
    const samples = stored.flatMap((series) => series.samples.map(([ms]) => [series.labels['item_id'], ms] as const));
    const expected = Array.from({ length: 20 }, (_, n) => [`item-${n}`, n === 7 ? start + 10_007 : start + n] as const);
    expect(new Map(samples)).toEqual(new Map(expected));
    for (const { labels } of stored) expect(labels).toMatchObject({ job: SHOP.job, instance: SHOP.instance });
  });

  test('what it would answer with 500 is not sent, and what is around it arrives', async () => {
    const at = { startMs: start + 20_000 };
    const spoiled = ['...', ''].flatMap((name, n) =>
      plain(1, { ...at, from: 101 + n }).map((each) => renamed(each, name)),
    );
    const report = await send([...plain(1, { ...at, from: 100 }), ...spoiled]);
    expect(report).toMatchObject({ delivered: 1, reasons: { invalid: 2 } });
    expect(await storedSeries(server.url, '{item_id="item-100"}')).toHaveLength(1);
  });

  test('a second value for a time, which it would lose in silence within one request, is counted', async () => {
    const [first] = plain(1, { from: 200, startMs: start + 30_000 }) as [ResourceMetricsRecord];
    const report = await send([first, valued(first, 4711)]);
    expect(report).toMatchObject({ delivered: 1, reasons: { rejected: 1 } });
  });
});

/** The same record, its metrics changed. */
function changed(record: ResourceMetricsRecord, change: (metric: MetricRecord) => object): ResourceMetricsRecord {
  const scopeMetrics = record.scopeMetrics.map(({ scope, metrics: all }) => ({
    scope,
    metrics: all.map((metric) => ({ ...metric, ...change(metric) }) as MetricRecord),
  }));
  return { ...record, scopeMetrics };
}

const renamed = (record: ResourceMetricsRecord, name: string): ResourceMetricsRecord =>
  changed(record, ({ descriptor }) => ({ descriptor: { ...descriptor, name } }));

const valued = (record: ResourceMetricsRecord, value: number): ResourceMetricsRecord =>
  changed(record, ({ dataPoints }) => ({ dataPoints: dataPoints.map((point) => ({ ...point, value })) }));
