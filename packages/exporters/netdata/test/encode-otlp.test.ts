import { describe, expect, test } from '@jest/globals';
import {
  type AttributeMap,
  DataPointType,
  decode,
  type HistogramRecord,
  jsonFromProtobuf,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';
import { FAKE_EPOCH, golden, hrTime } from '@telemetryflow/testkit';
import { KnownCharts } from '../src/charts.ts';
import type { OtlpBody } from '../src/encode-otlp.ts';
import { counter, encodeAll, instanceOf, metric, of, payloadsOf } from './setup.ts';

async function sent(records: readonly ResourceMetricsRecord[], block: Record<string, unknown> = {}): Promise<OtlpBody> {
  const { exporter } = await instanceOf({ metrics_endpoint: 'grpc://127.0.0.1', ...block });
  const [payload, ...others] = payloadsOf(encodeAll(exporter, records));
  if (payload === undefined || others.length > 0) throw new Error(`${others.length + 1} requests`);
  return payload.body as OtlpBody;
}

async function metricsOf(records: readonly ResourceMetricsRecord[], block: Record<string, unknown> = {}) {
  const [resource] = decode('metrics', (await sent(records, block)).body);
  return { resource: resource?.resource, metrics: resource?.scopeMetrics[0]?.metrics ?? [] };
}

describe('requests', () => {
  test('a gauge with its unit, resource and attributes, as JSON', async () => {
    const time = { startTime: [0, 0], endTime: [1_700_000_000, 0] };
    const { body } = await sent(
      of(metric({ name: 'cpu.temp', unit: 'Cel' }, { value: 87.332, attributes: { core: '0' }, ...time })),
    );
    golden(import.meta.url, 'gauge.json').json(Buffer.from(jsonFromProtobuf('metrics', body)).toString());
  });

  test('exponential histograms become explicit ones, at powers of two', async () => {
    const value = {
      count: 7,
      sum: 9,
      scale: 3,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [1, 2, 0, 3] },
      negative: { offset: 0, bucketCounts: [] },
    };
    const { metrics } = await metricsOf(of(metric({ dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM }, { value })));
    expect(metrics[0]?.dataPointType).toBe(DataPointType.HISTOGRAM);
    const [point] = (metrics[0] as HistogramRecord).dataPoints;
    const { buckets, count } = (point as HistogramRecord['dataPoints'][number]).value;
    expect(count).toBe(7);
    expect(buckets.counts.reduce<number>((sum, each) => sum + Number(each), 0)).toBe(7);
    for (const bound of buckets.boundaries) expect(bound === 0 || Number.isInteger(Math.log2(bound))).toBe(true);
  });

  test('are stable: no counts of dropped attributes, no exemplars, no volatile attributes', async () => {
    const attributes: AttributeMap = {
      'service.name': 's',
      'process.pid': 1,
      'telemetry.sdk.version': '1',
      'host.name': 'h',
    };
    const [records] = of(metric({}, { value: 1, exemplars: [{ time: [1, 0], value: 1, filteredAttributes: {} }] }));
    const input = [{ ...(records as ResourceMetricsRecord), resource: { attributes, droppedAttributesCount: 3 } }];
    const { resource, metrics } = await metricsOf(input, { hostname_override: 'web-1' });
    expect({ ...resource?.attributes }).toEqual({ 'service.name': 's', 'host.name': 'web-1' });
    expect(resource?.droppedAttributesCount ?? 0).toBe(0);
    expect(metrics[0]?.dataPoints[0]?.exemplars ?? []).toEqual([]);
  });

  test('names hold what survives in a line, maps and arrays are text, a missing time is now', async () => {
    const point = { value: 1, attributes: { list: [1, 'a'], map: { a: 1 } }, endTime: [0, 0] };
    const { metrics } = await metricsOf(of(metric({ name: "it's\nBEGIN x" }, point)));
    expect(metrics[0]?.descriptor.name).toBe('it_s_BEGIN_x');
    expect({ ...metrics[0]?.dataPoints[0]?.attributes }).toEqual({ list: '[1,"a"]', map: '{"a":1}' });
    expect(metrics[0]?.dataPoints[0]?.endTime).toEqual(hrTime(FAKE_EPOCH));
  });

  test('leave out, and count, what an Agent would show wrong or ignore', async () => {
    const { exporter } = await instanceOf({ metrics_endpoint: 'grpc://127.0.0.1' });
    const histogram = { dataPointType: DataPointType.HISTOGRAM };
    const all = encodeAll(
      exporter,
      of(
        metric({}, { value: Number.NaN }),
        metric(histogram, { value: { buckets: { boundaries: [1], counts: [1] }, count: 1, sum: 1 } }),
        counter({ otlpTemporality: 0 }, { value: 1 }),
        metric({}, { value: 1, flags: 1 }),
        metric({}, { value: 1 }),
      ),
    );
    expect(all.flatMap((each) => ('dropped' in each ? [[each.reason, each.dropped]] : []))).toEqual([
      ['invalid', { from: 0, to: 1 }],
      ['invalid', { from: 1, to: 2 }],
      ['unconverted', { from: 2, to: 3 }],
      ['filtered', { from: 3, to: 4 }],
    ]);
    expect(payloadsOf(all).map(({ items }) => items)).toEqual([[4]]);
  });

  test('equal series have equal charts, different ones do not', async () => {
    const charts = async (attributes: AttributeMap, name = 'm') =>
      (await sent(of(metric({ name }, { value: 1, attributes })))).charts.map(({ id }) => id);
    expect(await charts({ a: 1, b: 2 })).toEqual(await charts({ b: 2, a: 1 }));
    expect(await charts({ a: 1 })).not.toEqual(await charts({ a: '1' }));
    expect(await charts({}, 'm')).not.toEqual(await charts({}, 'n'));
  });
});

describe('known charts', () => {
  const charts = (from: number, to: number, cost = 1) =>
    Array.from({ length: to - from }, (_, i) => ({ id: from + i, cost }));

  test('stop a request at the first chart too many, and count each chart once', () => {
    const known = new KnownCharts(100);
    expect(known.tooMany(charts(0, 100))).toBeUndefined();
    expect(known.tooMany([...charts(0, 100), ...charts(0, 100)])).toBeUndefined();
    expect(known.tooMany(charts(0, 250))).toBe(100);
    expect(known.tooMany(charts(0, 50, 4))).toBe(25);
    known.add(charts(0, 250));
    expect(known.tooMany(charts(0, 350))).toBeUndefined();
    known.clear();
    expect(known.tooMany(charts(0, 350))).toBe(100);
  });

  test('never stop a request before its first point', () => {
    expect(new KnownCharts(4).tooMany([{ id: 1, cost: 5 }])).toBeUndefined();
  });
});
