/**
 * StatsD lines, read by a real Netdata Agent and by the Collector's receiver, and OTLP, read by the Collector. No Agent
 * that takes OTLP is to be had.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { DataPointType, type MetricRecord, type ResourceMetricsRecord, ValueType } from '@telemetryflow/otlp';
import { metrics } from '@telemetryflow/testkit';
import { sendAll } from './otlp-preset.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { type NetdataAgent, startNetdata } from './referees/netdata.ts';
import { eventually, freePort } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const RESOURCE = { attributes: { 'service.name': 'checkout' } };

function metric(name: string, unit: string, parts: object, ...points: readonly object[]): MetricRecord {
  const now = Date.now();
  const time = { startTime: [Math.floor(now / 1000) - 10, 0], endTime: [Math.floor(now / 1000), 0] };
  return {
    descriptor: { name, unit, description: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: 0,
    dataPointType: DataPointType.GAUGE,
    dataPoints: points.map((point) => ({ ...time, attributes: {}, ...point })),
    ...parts,
  } as unknown as MetricRecord;
}

const SUM = { dataPointType: DataPointType.SUM, isMonotonic: true };
const HISTOGRAM = { dataPointType: DataPointType.HISTOGRAM };

function telemetry(): ResourceMetricsRecord[] {
  const value = { buckets: { boundaries: [1, 2], counts: [2, 2, 0] }, count: 4, sum: 4, min: 0.5, max: 2 };
  const all = [
    metric('room.temp', 'celsius', {}, { value: -2.5, attributes: { room: 'Küche/1' } }, { value: 1234.5678 }),
    metric('http.requests', 'requests', SUM, { value: 5, attributes: { method: 'GET' } }),
    metric('latency', 's', HISTOGRAM, { value }),
  ];
  return [{ resource: RESOURCE, scopeMetrics: [{ scope: { name: 'lib' }, metrics: all }] }];
}

describe.each(['statsd', 'statsd+udp'])('a Netdata Agent by %s', (scheme) => {
  let agent: NetdataAgent;
  let pipeline: Pipeline;
  beforeAll(async () => {
    agent = await startNetdata();
    pipeline = await createPipeline({
      exporters: {
        netdata: { metrics_endpoint: `${scheme}://127.0.0.1:${agent.statsdPort}`, flush_interval: '10s' },
      },
    });
    await pipeline.start();
  }, 120_000);
  afterAll(async () => {
    await pipeline.shutdown();
    await agent.stop();
  });

  const get = async (path: string) => (await fetch(`${agent.url}/api/v1/${path}`)).json() as Promise<never>;

  test('shows names, units, families, dimensions and values', async () => {
    for (let round = 0; round < 3; round++) {
      await pipeline.consume({ signal: 'metrics', records: telemetry() });
      await pipeline.forceFlush();
    }
    const { charts } = await eventually(async () => {
      const answer: {
        charts: Record<string, { units: string; family: string; dimensions: Record<string, { name: string }> }>;
      } = await get('charts');
      return Object.keys(answer.charts).length >= 10 ? answer : undefined;
    });
    const shown = Object.entries(charts).map(([id, { units, family, dimensions }]) => [
      id,
      units,
      family,
      ...Object.values(dimensions).map(({ name }) => name),
    ]);
    expect(shown.sort()).toEqual([
      ['statsd_otel.http.requests.get_counter', 'requests/s', 'checkout', 'http.requests'],
      ['statsd_otel.latency.avg_gauge', 's', 'checkout', 'avg'],
      ['statsd_otel.latency.count_counter', 'events/s', 'checkout', 'count'],
      ['statsd_otel.latency.max_gauge', 's', 'checkout', 'max'],
      ['statsd_otel.latency.min_gauge', 's', 'checkout', 'min'],
      ['statsd_otel.latency.p50_gauge', 's', 'checkout', 'p50'],
      ['statsd_otel.latency.p95_gauge', 's', 'checkout', 'p95'],
      ['statsd_otel.latency.p99_gauge', 's', 'checkout', 'p99'],
      ['statsd_otel.room.temp.k_che_1_gauge', 'celsius', 'checkout', 'room.temp'],
      ['statsd_otel.room.temp_gauge', 'celsius', 'checkout', 'room.temp'],
    ]);
    const shows = (chart: string, value: number): Promise<true> =>
      eventually(async () => {
        const { data }: { data: [time: number, value: number | null][] } = await get(`data?chart=${chart}&after=-10`);
        return data.some(([, each]) => each !== null && Math.abs(each - value) < 0.002) || undefined;
      });
    // Values are kept in thousandths, cut.
    const expected = { 'room.temp.k_che_1': -2.5, 'room.temp': 1234.567, 'latency.avg': 1, 'latency.max': 2 };
    for (const [name, value] of Object.entries(expected)) {
      expect(await shows(`statsd_otel.${name}_gauge`, value)).toBe(true);
    }
    // A counter is a rate, spread over the seconds around: its sum is what was sent.
    const total = await eventually(async () => {
      const { data }: { data: [number, number | null][] } = await get(
        'data?chart=statsd_otel.http.requests.get_counter&after=-60',
      );
      const sum = data.reduce((all, [, value]) => all + (value ?? 0), 0);
      return sum > 14.9 ? sum : undefined;
    });
    expect(total).toBeCloseTo(15, 0);
    expect(agent.log()).not.toMatch(/STATSD: excess data|unknown metric type/);
  });

  test('tells its version, by which the exporter knows to use StatsD', async () => {
    const { version } = (await get('info')) as { version: string };
    expect(version).toMatch(/^v1\.37\.1/);
    const answer = await fetch(`${agent.url}/api/v1/data`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(400);
  });
});

describeWithBinary('otelcol-referee', 'the Collector receives', () => {
  let statsdPort: number;
  let collector: Collector;
  beforeAll(async () => {
    statsdPort = await freePort();
    collector = (await startCollector(
      (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  statsd: { endpoint: 127.0.0.1:${statsdPort}, transport: tcp, aggregation_interval: 1s }
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${ports.grpc} } } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [statsd, otlp], exporters: [file] }
`,
    )) as Collector;
  });
  afterAll(() => collector.stop());

  interface Point {
    readonly asDouble?: number;
    readonly asInt?: string;
    readonly attributes?: readonly { key: string; value: { stringValue?: string } }[];
  }

  function received(): { name: string; points: readonly Point[]; kind: string }[] {
    return collector.received().flatMap((request) =>
      (request['resourceMetrics'] as { scopeMetrics: { metrics: Record<string, never>[] }[] }[]).flatMap((resource) =>
        resource.scopeMetrics.flatMap((scope) =>
          scope.metrics.map((one) => {
            const kind = ['gauge', 'sum', 'histogram', 'summary'].find((each) => each in one) ?? '';
            const { dataPoints } = one[kind] as unknown as { dataPoints: Point[] };
            return { name: String(one['name']), points: dataPoints, kind };
          }),
        ),
      ),
    );
  }

  test('StatsD: every name, type, value and tag', async () => {
    const block = { metrics_endpoint: `statsd://127.0.0.1:${statsdPort}` };
    expect(await sendAll({ netdata: block }, { metrics: telemetry() })).toMatchObject({ delivered: 4, dropped: 0 });
    const all = await eventually(async () => (received().length >= 10 ? received() : undefined));
    const shown = all.map(({ name, kind, points: [point] }) => [
      name,
      kind,
      Number(point?.asDouble ?? point?.asInt),
      point?.attributes?.find(({ key }) => key === 'family')?.value.stringValue,
    ]);
    expect(shown.sort()).toEqual([
      ['otel.http.requests.GET', 'sum', 5, 'checkout'],
      ['otel.latency.avg', 'gauge', 1, 'checkout'],
      ['otel.latency.count', 'sum', 4, 'checkout'],
      ['otel.latency.max', 'gauge', 2, 'checkout'],
      ['otel.latency.min', 'gauge', 0.5, 'checkout'],
      ['otel.latency.p50', 'gauge', 1, 'checkout'],
      ['otel.latency.p95', 'gauge', 1.9, 'checkout'],
      ['otel.latency.p99', 'gauge', 1.98, 'checkout'],
      ['otel.room.temp', 'gauge', 1234.5678, 'checkout'],
      ['otel.room.temp.K_che_1', 'gauge', -2.5, 'checkout'],
    ]);
  });

  test('OTLP: every data point of an exporter that spreads new charts over requests', async () => {
    const from = received().length;
    const records = metrics(250, { variety: 'plain', startMs: Date.now() - 1000 });
    const block = { metrics_endpoint: `grpc://127.0.0.1:${collector.grpcPort}` };
    expect(await sendAll({ netdata: block }, { metrics: records })).toMatchObject({ delivered: 250, dropped: 0 });
    const points = await eventually(async () => {
      const all = received()
        .slice(from)
        .flatMap(({ points: each }) => each);
      return all.length >= 250 ? all : undefined;
    });
    const idOf = ({ attributes }: Point) => attributes?.find(({ key }) => key === 'item.id')?.value.stringValue;
    expect(new Set(points.map(idOf)).size).toBe(250);
    expect(collector.received().length).toBeGreaterThan(1);
  });
});
