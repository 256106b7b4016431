import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { type AttributeMap, DataPointType, type MetricRecord, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  corpus,
  FAKE_EPOCH,
  type FakeOpmanager,
  fakeOpmanager,
  hrTime,
  logs,
  type OpmanagerRules,
} from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';
import { AlarmStates } from '../src/opmanager/alarm-states.ts';
import type { Run } from '../src/opmanager/encode-thresholds.ts';
import { encoded } from './setup.ts';

const NAME = 'queue.depth';
const above = (value: number, severity: number, more: object = {}) => ({
  metric: NAME,
  op: 'gt',
  value,
  severity,
  ...more,
});

interface Point {
  readonly value: number;
  /** Seconds after the first. */
  readonly at?: number;
  readonly attributes?: AttributeMap;
}

function gauge(points: readonly Point[], startMs: number, name = NAME): ResourceMetricsRecord {
  const dataPoints = points.map(({ value, at = 0, attributes = {} }) => ({
    startTime: hrTime(startMs),
    endTime: hrTime(startMs + at * 1000),
    attributes,
    value,
  }));
  const metric = {
    descriptor: { name, description: '', unit: '', valueType: 1 },
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  };
  return {
    resource: { attributes: { 'service.name': 'shop', 'host.name': 'web-1' } },
    scopeMetrics: [{ scope: { name: 's' }, metrics: [metric as unknown as MetricRecord] }],
  };
}

describe('data points', () => {
  const rules = { metric_thresholds: [above(100, 2)] };

  test('are runs of one series on one side of the threshold, and each item is in one', async () => {
    const points = [90, 95, 120, 130, 80].map((value, at) => ({ value, at: at - 10 }));
    const { payloads, drops } = await encoded('metrics', [gauge(points, FAKE_EPOCH)], rules);
    expect(payloads.map(({ items }) => items)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(new Set(payloads.map(({ key }) => key)).size).toBe(1);
    expect(payloads.map(({ oldestMs }) => (oldestMs ?? 0) - FAKE_EPOCH)).toEqual([-9000, -7000, -6000]);
    expect(drops).toEqual([]);
  });

  test('of another metric, without a value, and old ones are dropped with a reason', async () => {
    const { payloads, drops } = await encoded(
      'metrics',
      [
        gauge([{ value: 1 }], FAKE_EPOCH, 'other'),
        gauge([{ value: Number.NaN }, { value: 1, at: -601 }, { value: 1 }], FAKE_EPOCH),
      ],
      rules,
    );
    expect(payloads.map(({ items }) => items)).toEqual([{ from: 3, to: 4 }]);
    expect(drops.map(({ dropped, reason }) => ({ dropped, reason }))).toEqual([
      { dropped: { from: 0, to: 1 }, reason: 'unsupported' },
      { dropped: { from: 1, to: 2 }, reason: 'filtered' },
      { dropped: { from: 2, to: 3 }, reason: 'too_old' },
    ]);
  });

  test.each<['gt' | 'ge' | 'lt' | 'le', readonly boolean[]]>([
    ['gt', [false, false, true]],
    ['ge', [false, true, true]],
    ['lt', [true, false, false]],
    ['le', [true, true, false]],
  ])('are compared by %s', async (op, expected) => {
    const points = [99, 100, 101].map((value, at) => ({ value, attributes: { at } }));
    const { payloads } = await encoded('metrics', [gauge(points, FAKE_EPOCH)], {
      metric_thresholds: [{ ...above(100, 1), op }],
    });
    expect(payloads.map(({ body }) => (body as Run).holds)).toEqual(expected.map((held) => [held]));
  });

  test('of every kind are in a run or dropped, each once', async () => {
    const { metrics } = corpus();
    const names = new Set(
      metrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name)),
      ),
    );
    const { payloads, drops } = await encoded('metrics', metrics, {
      metric_thresholds: [...names].map((metric) => ({ metric, op: 'gt', value: 10, severity: 3 })),
    });
    const items = [...payloads.map((payload) => payload.items), ...drops.map((drop) => drop.dropped)].flatMap((some) =>
      'from' in some ? Array.from({ length: some.to - some.from }, (_, at) => some.from + at) : [...some],
    );
    expect(items.sort((a, b) => a - b)).toEqual(metrics.map((_, at) => at));
    expect(payloads.length).toBeGreaterThan(10);
  });
});

describe('in a pipeline', () => {
  let backend: FakeOpmanager | undefined;
  let pipeline: Pipeline | undefined;
  afterEach(async () => {
    await pipeline?.shutdown({ timeoutMs: 0 });
    await backend?.close();
  });
  const silent = (): void => undefined;
  const logger = { error: silent, warn: silent, info: silent, debug: silent };
  const startMs = Date.now() - 120_000;

  async function start(
    thresholds: readonly object[],
    rules: OpmanagerRules = {},
    block: object = {},
  ): Promise<FakeOpmanager> {
    backend = await fakeOpmanager(rules);
    const config = {
      base_url: backend.url,
      api_key: 'k',
      flush_interval: '10ms',
      metric_thresholds: thresholds,
      ...block,
    };
    pipeline = await createPipeline({ exporters: { manageengine: config } }, { plugins: [manageengine], logger });
    await pipeline.start();
    return backend;
  }

  /** Hands over each list as a batch of its own. */
  async function send(...batches: readonly (readonly Point[])[]): Promise<unknown> {
    for (const points of batches) {
      await pipeline?.consume({ signal: 'metrics', records: [gauge(points, startMs)] });
      await pipeline?.forceFlush();
    }
    return pipeline?.shutdown();
  }

  const said = ({ events }: FakeOpmanager) => events.map(({ severity, message }) => `${severity} ${message}`);

  test('crossing a threshold raises an alarm once, and coming back clears it once', async () => {
    const server = await start([above(100, 2)]);
    const report = await send(
      [{ value: 5 }],
      [{ value: 120 }, { value: 130 }],
      [{ value: 140 }],
      [{ value: 50 }],
      [{ value: 60 }],
    );
    expect(said(server)).toEqual([
      '2 [shop] queue.depth is 130, > 100',
      '5 [shop] queue.depth is 50 again, within its thresholds',
    ]);
    expect(server.events[0]).toMatchObject({
      source: 'web-1',
      entity: 'queue.depth',
      alarmCode: 'OTEL-METRIC-THRESHOLD',
      eventType: 'OpenTelemetry',
    });
    // Two runs, of two points and one, were events; three points changed nothing.
    expect(report).toMatchObject({ delivered: 3, dropped: 3, pending: 0 });
  });

  test('every series has an alarm of its own', async () => {
    const server = await start([above(100, 2)]);
    await send([
      { value: 120, attributes: { queue: 'b', zone: 'x' } },
      { value: 5, attributes: { queue: 'a' } },
      { value: 130, attributes: { zone: 'x', queue: 'c' } },
    ]);
    expect([...server.alarms.keys()]).toEqual([
      'web-1/queue.depth{queue=b,zone=x}',
      'web-1/queue.depth{queue=c,zone=x}',
    ]);
  });

  test('the worst of several thresholds decides, and a change among them is told', async () => {
    const server = await start([above(100, 3), above(200, 1)]);
    await send([{ value: 150 }, { value: 250 }, { value: 150 }, { value: 50 }]);
    expect(server.events.map(({ severity }) => severity)).toEqual([3, 1, 3, 5]);
  });

  test('a threshold has to hold for its time', async () => {
    const server = await start([above(100, 2, { for: '30s' })]);
    await send(
      [
        { value: 120, at: 0 },
        { value: 120, at: 29 },
      ],
      [{ value: 50, at: 30 }],
      [{ value: 120, at: 31 }],
      [{ value: 120, at: 61 }],
    );
    expect(said(server)).toEqual(['2 [shop] queue.depth is 120, > 100 for 30 s']);
  });

  test('a recovery is told as attention where OpManager takes no clear', async () => {
    const server = await start([above(100, 1)], { clears: false });
    const report = await send([{ value: 120 }], [{ value: 50 }], [{ value: 120 }], [{ value: 50 }]);
    expect(server.events.map(({ severity }) => severity)).toEqual([1, 3, 1, 3]);
    expect(server.events[1]?.message).toMatch(/^recovered: /);
    expect(server.refusals).toHaveLength(1);
    expect(report).toMatchObject({ delivered: 4, dropped: 0 });
  });

  test('an alarm that OpManager could not take at once is told once, when it can', async () => {
    const server = await start([above(100, 2)], {}, { retry: { initial: '1ms', max: '1ms' } });
    let asked = 0;
    server.script(() => (asked++ === 0 ? { status: 503 } : { body: { result: {} } }));
    await pipeline?.consume({ signal: 'metrics', records: [gauge([{ value: 120 }], startMs)] });
    await server.received(2);
    const report = await send([{ value: 130 }]);
    expect(server.requests).toHaveLength(2);
    expect(report).toMatchObject({ delivered: 1, dropped: 1, pending: 0 });
  });

  test('alarms of logs and of metrics share the limit of a minute', async () => {
    const server = await start([above(100, 2)], {}, { max_events_per_minute: 1 });
    await pipeline?.consume({
      signal: 'logs',
      records: logs(4, { variety: 'plain', startMs }).map((each) => ({ ...each, severityNumber: 17 })),
    });
    await pipeline?.forceFlush();
    const report = await send([{ value: 120 }]);
    expect(server.events.map(({ alarmCode }) => alarmCode)).toEqual(['OTEL-LOG-ERROR']);
    expect(report).toMatchObject({ delivered: 4, dropped: 1 });
  });

  test('an alarm that OpManager refused is told again by the next point', async () => {
    const server = await start([above(100, 2)], { devices: ['another'] });
    const report = await send([{ value: 120 }], [{ value: 130 }]);
    expect(server.refusals).toHaveLength(2);
    expect(report).toMatchObject({ delivered: 0, dropped: 2 });
  });
});

test('of 10,000 series the states are remembered, and of those longest untouched no longer', () => {
  const states = new AlarmStates();
  const rule = { metric: NAME, op: 'gt', value: 1, severity: 2, for: 0 } as const;
  const run = (series: number): Run => ({
    series: `series ${series}`,
    source: { device: 'd', service: '', tags: [] },
    entity: NAME,
    rules: [rule],
    holds: [true],
    firstMs: 0,
    lastMs: 0,
    value: 2,
    items: [0],
  });
  const raise = (series: number): boolean => {
    const change = states.changeBy(run(series));
    if (change !== undefined) states.told(run(series), change);
    return change !== undefined;
  };
  for (let series = 0; series < 10_000; series++) expect(raise(series)).toBe(true);
  expect(raise(0)).toBe(false);
  expect(raise(10_000)).toBe(true);
  expect([raise(0), raise(1)]).toEqual([false, true]);
});
