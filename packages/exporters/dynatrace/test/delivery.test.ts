/** The exporter in a pipeline, before a strict Dynatrace that refuses what the service refuses. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  DataPointType,
  type LogRecord,
  type MetricRecord,
  type ResourceMetricsRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';
import {
  type Answer,
  type Backend,
  corpus,
  type FakeDynatrace,
  fakeDynatrace,
  hrTime,
  logs,
  metrics,
  startBackend,
} from '@telemetryflow/testkit';
import dynatrace from '../src/index.ts';

let backend: Backend | undefined;
let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.shutdown({ timeoutMs: 0 });
  await backend?.close();
});

const TOKEN = 'dt0s16.PUBLIC.SECRET';
const silent = (): void => undefined;
const logger = { error: silent, warn: silent, info: silent, debug: silent };
const startMs = Date.now() - 60_000;

async function start(url: string, block: Readonly<Record<string, unknown>> = {}): Promise<Pipeline> {
  const config = {
    environment_url: url,
    environment_id: 'abc12345',
    api_token: TOKEN,
    flush_interval: '10ms',
    retry: { initial: '10ms', max: '50ms' },
    ...block,
  };
  pipeline = await createPipeline({ exporters: { dynatrace: config } }, { plugins: [dynatrace], logger });
  await pipeline.start();
  return pipeline;
}

async function fake(): Promise<FakeDynatrace> {
  const made = await fakeDynatrace({ now: () => Date.now(), authorization: `Bearer ${TOKEN}` });
  backend = made;
  return made;
}

/** Now, so that the windows of the service let the corpus in. */
function recent(record: ResourceMetricsRecord): ResourceMetricsRecord {
  return {
    ...record,
    scopeMetrics: record.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        dataPoints: (metric.dataPoints as readonly object[]).map((point) => ({
          ...point,
          startTime: hrTime(startMs - 1000),
          endTime: hrTime(startMs),
        })),
      })) as unknown as MetricRecord[],
    })),
  };
}

describe('sums that may fall', () => {
  const changes = [5, -7, 3, -4, 0, 12];

  async function linesOf(aggregationTemporality: number, block: Readonly<Record<string, unknown>> = {}) {
    const service = await fake();
    const sent = await start(service.url, block);
    const [made] = metrics(1, { startMs, variety: 'plain', kinds: ['updown'] });
    const [scope] = made?.scopeMetrics ?? [];
    const [metric] = scope?.metrics ?? [];
    const dataPoints = changes.map((value, i) => {
      return { startTime: hrTime(startMs + i - 1), endTime: hrTime(startMs + i), attributes: {}, value };
    });
    const all = [{ ...metric, aggregationTemporality, dataPoints }];
    const records = [{ ...made, scopeMetrics: [{ ...scope, metrics: all }] }] as never;
    await sent.consume({ signal: 'metrics', records });
    expect(await sent.shutdown()).toMatchObject({ delivered: changes.length, dropped: 0 });
    return service.lines;
  }

  test('are counts with a sign where they are differences: what comes in comes out', async () => {
    const lines = await linesOf(AggregationTemporality.DELTA);
    expect(lines.map(({ type }) => type)).toEqual(changes.map(() => 'count'));
    expect(lines.reduce((total, { values }) => total + (values['delta'] ?? Number.NaN), 0)).toBe(9);
  });

  test('are gauges where they are levels', async () => {
    const lines = await linesOf(AggregationTemporality.CUMULATIVE);
    expect(lines.map(({ type }) => type)).toEqual(changes.map(() => 'gauge'));
  });
});

describe('every pair of properties', () => {
  test('of logs arrives, or is dropped with a reason', async () => {
    const service = await fake();
    const sent = await start(service.url);
    const records = corpus().logs.map((record): LogRecord => ({ ...record, hrTime: hrTime(startMs) }));
    await sent.consume({ signal: 'logs', records });
    expect(await sent.shutdown()).toMatchObject({ delivered: records.length, dropped: 0 });
    expect(service.logs).toHaveLength(records.length);
    for (const record of records) {
      const stored = service.logs.find((each) => each['item.id'] === record.attributes['item.id']);
      const { body } = record;
      if (typeof body === 'string') expect(stored?.['content']).toBe(body.toWellFormed());
      expect(Date.parse(String(stored?.['timestamp']))).toBe(startMs);
    }
  });

  test('of spans arrives', async () => {
    const service = await fake();
    const sent = await start(service.url);
    const records = corpus().traces.map((span): SpanRecord => ({ ...span, endTime: hrTime(startMs) }));
    await sent.consume({ signal: 'traces', records });
    expect(await sent.shutdown()).toMatchObject({ delivered: records.length, dropped: 0 });
    expect(new Set(service.items).size).toBe(records.length);
  });

  test('of points arrives as a valid line, or is dropped with a reason', async () => {
    const service = await fake();
    const sent = await start(service.url);
    const records = corpus().metrics.map(recent);
    await sent.consume({ signal: 'metrics', records });
    const { delivered, dropped } = (await sent.shutdown()) as { delivered: number; dropped: number };
    expect(delivered + dropped).toBe(records.length);
    expect(new Set(service.items).size).toBe(delivered);
    expect(delivered).toBeGreaterThan(records.length / 3);
    for (const record of records) {
      const [metric] = record.scopeMetrics[0]?.metrics ?? [];
      const [point] = (metric?.dataPoints ?? []) as readonly { attributes: Record<string, unknown>; value: unknown }[];
      if (metric === undefined || point === undefined) continue;
      const line = service.lines.find(({ dimensions }) => dimensions['item.id'] === point.attributes['item.id']);
      const isGauge = metric.dataPointType === DataPointType.GAUGE;
      if (isGauge && Number.isFinite(Number(point.value)))
        expect(line?.values).toEqual({ value: Number(point.value) + 0 });
      const isDelta = metric.aggregationTemporality === AggregationTemporality.DELTA;
      if (metric.dataPointType === DataPointType.HISTOGRAM && isDelta) {
        const { min, max, sum, count } = point.value as Record<string, number>;
        expect(line?.values).toEqual({ min, max, sum, count });
      }
      if (line !== undefined) expect(line.dimensions['service.name']).toBe('shop');
    }
  });
});

test('over OTLP Dynatrace gets what it takes: differences, numbers, and nothing that it would refuse', async () => {
  const service = await fake();
  const sent = await start(service.url, { metrics_protocol: 'otlp', logs_protocol: 'otlp' });
  const records = corpus().metrics.map(recent);
  await sent.consume({ signal: 'metrics', records });
  const { delivered, dropped } = (await sent.shutdown()) as { delivered: number; dropped: number };
  expect(delivered + dropped).toBe(records.length);
  expect(new Set(service.items).size).toBe(delivered);
  expect(delivered).toBeGreaterThan(records.length / 3);
});

test.each(['mint', 'otlp'])(
  'cumulative counters become increments, and the first point of an old series is the baseline: %s',
  async (metrics_protocol) => {
    const service = await fake();
    const sent = await start(service.url, { metrics_protocol });
    for (const [i, value] of [10, 14, 14, 3].entries()) {
      const [record] = metrics(1, { variety: 'plain', kinds: ['counter'], startMs: startMs + i * 1000 });
      const scopeMetrics = (record as ResourceMetricsRecord).scopeMetrics.map((scope) => ({
        ...scope,
        metrics: scope.metrics.map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point) => ({ ...point, value, startTime: hrTime(startMs - 60_000) })),
        })),
      }));
      await sent.consume({
        signal: 'metrics',
        records: [{ ...(record as ResourceMetricsRecord), scopeMetrics }] as never,
      });
    }
    expect(await sent.shutdown()).toMatchObject({ delivered: 3, dropped: 1 });
    expect(service.items).toHaveLength(3);
    if (metrics_protocol === 'otlp') return;
    expect(service.lines.map(({ values }) => values['delta']).sort()).toEqual([0, 3, 4]);
  },
);

test('unit and description are sent once', async () => {
  const service = await fake();
  const sent = await start(service.url);
  for (let i = 0; i < 2; i++) {
    await sent.consume({ signal: 'metrics', records: metrics(3, { variety: 'plain', startMs, from: i * 3 }) });
    await sent.forceFlush();
  }
  await sent.shutdown();
  const comments = service.requests.flatMap((request) => request.text().match(/^#.*$/gm) ?? []);
  expect(comments.sort()).toEqual([...new Set(comments)]);
  expect(comments).toContain('#test.gauge.int gauge dt.meta.description="Made by the testkit: gauge.",dt.meta.unit=1');
});

describe('bodies that are compressed', () => {
  const refusing = async (encoding: string): Promise<Backend> => {
    backend = await startBackend(
      ({ headers }): Answer => (headers['content-encoding'] === encoding ? { status: 415 } : { status: 204 }),
    );
    return backend;
  };

  test('are sent again without, and so is all that follows, when the server takes none', async () => {
    const server = await refusing('gzip');
    const sent = await start(server.url);
    for (let i = 0; i < 2; i++) {
      await sent.consume({ signal: 'logs', records: logs(50, { variety: 'plain', startMs, from: i * 50 }) });
      await sent.forceFlush();
      await server.received(i + 2);
    }
    expect(await sent.shutdown()).toMatchObject({ delivered: 100, dropped: 0 });
    expect(server.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', undefined, undefined]);
  });

  test('are metric lines only when asked for', async () => {
    for (const metrics_compression of ['none', 'gzip']) {
      const service = await fake();
      const sent = await start(service.url, { metrics_compression });
      await sent.consume({ signal: 'metrics', records: metrics(100, { variety: 'plain', startMs }) });
      expect(await sent.shutdown()).toMatchObject({ delivered: 100 });
      const encoding = metrics_compression === 'gzip' ? 'gzip' : undefined;
      expect(service.requests[0]?.headers['content-encoding']).toBe(encoding);
      await service.close();
    }
  });
});

test('requests go to /e/{id} of a host that is not SaaS, with the token of the platform', async () => {
  const service = await fake();
  const sent = await start(service.url);
  await sent.consume({ signal: 'logs', records: logs(1, { variety: 'plain', startMs }) });
  await sent.shutdown();
  expect(service.requests[0]).toMatchObject({
    path: '/e/abc12345/api/v2/logs/ingest',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
});

test('nothing that telemetry says reaches the path or a header', async () => {
  const service = await fake();
  const sent = await start(service.url);
  const evil = { '../x': '../', '%2f': '%2f\r\nx-evil: 1', environment_id: '../other' };
  const [base] = logs(1, { variety: 'plain', startMs }) as [LogRecord];
  await sent.consume({ signal: 'logs', records: [{ ...base, attributes: evil, resource: { attributes: evil } }] });
  expect(await sent.shutdown()).toMatchObject({ delivered: 1 });
  const [request] = service.requests;
  expect(request?.path).toBe('/e/abc12345/api/v2/logs/ingest');
  expect(JSON.stringify(request?.headers)).not.toContain('evil');
});
