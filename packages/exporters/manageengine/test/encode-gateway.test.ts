import { expect, test } from '@jest/globals';
import { DataPointType, type MetricRecord } from '@telemetryflow/otlp';
import { contextOf, corpus, FAKE_EPOCH, hrTime } from '@telemetryflow/testkit';
import { encoded, record } from './setup.ts';

const GATEWAYS = { metrics_endpoint: 'https://gw/m', logs_endpoint: 'https://gw/l', monitor_group: 'g' };

test('a log record has its text, level, source, host and time in milliseconds', async () => {
  const { payloads } = await encoded(
    'logs',
    [record({ spanContext: contextOf(0), attributes: { code: 7 } })],
    GATEWAYS,
  );
  expect(payloads.map(({ body }) => JSON.parse(String(body)))).toEqual([
    {
      logs: [
        {
          message: 'payment failed',
          log_level: 'ERROR',
          source: 'shop',
          timestamp: FAKE_EPOCH,
          host: 'web-1',
          attributes: {
            'service.name': 'shop',
            'host.name': 'web-1',
            code: 7,
            trace_id: contextOf(0).traceId,
            span_id: contextOf(0).spanId,
          },
        },
      ],
    },
  ]);
});

test('a data point has its metric, its value, of a histogram the average, and its attributes', async () => {
  const point = { startTime: hrTime(FAKE_EPOCH - 1000), endTime: hrTime(FAKE_EPOCH), attributes: { queue: 'a' } };
  const descriptor = { name: 'queue.depth', description: 'Depth of the queue', unit: '{item}', valueType: 1 };
  const gauge = { descriptor, dataPointType: DataPointType.GAUGE, dataPoints: [{ ...point, value: 12.5 }] };
  const histogram = {
    descriptor: { ...descriptor, description: '' },
    aggregationTemporality: 0,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [{ ...point, value: { buckets: { boundaries: [5], counts: [1, 3] }, sum: 30, count: 4 } }],
  };
  const metrics = [gauge, histogram] as readonly unknown[] as readonly MetricRecord[];
  const resource = { attributes: { 'service.name': 'shop', queue: 'lost to that of the point' } };
  const { payloads } = await encoded(
    'metrics',
    [{ resource, scopeMetrics: [{ scope: { name: 's' }, metrics }] }],
    GATEWAYS,
  );
  const common = {
    monitor_name: 'queue.depth',
    unit: '{item}',
    timestamp: FAKE_EPOCH,
    monitor_group: 'g',
    attributes: { 'service.name': 'shop', queue: 'a' },
  };
  expect(payloads.map(({ body }) => JSON.parse(String(body)))).toEqual([
    {
      metrics: [
        { ...common, display_name: 'Depth of the queue', type: 'gauge', value: 12.5 },
        { ...common, display_name: 'queue.depth', type: 'histogram', value: 7.5 },
      ],
    },
  ]);
});

test.each(['metrics', 'logs'] as const)(
  'every kind of %s is in a request or dropped, and no value is lost',
  async (signal) => {
    const records = corpus()[signal];
    const { payloads, drops } = await encoded(signal, records, GATEWAYS);
    const items = payloads.flatMap(({ body }) => (JSON.parse(String(body)) as Record<string, object[]>)[signal] ?? []);
    const dropped = drops.flatMap((drop) =>
      'from' in drop.dropped ? [drop.dropped.to - drop.dropped.from] : [drop.dropped.length],
    );
    expect(items.length + dropped.reduce((sum, n) => sum + n, 0)).toBe(records.length);
    expect(drops.every(({ reason }) => reason === 'unsupported')).toBe(true);
    expect(items.length).toBeGreaterThan(records.length / 2);
  },
);

test('4 MB are a request', async () => {
  const { payloads } = await encoded(
    'logs',
    Array.from({ length: 5 }, () => record({ body: 'x'.repeat(1_500_000) })),
    GATEWAYS,
  );
  expect(payloads.map(({ items }) => items)).toEqual([
    { from: 0, to: 2 },
    { from: 2, to: 4 },
    { from: 4, to: 5 },
  ]);
});
