/** Items of records: counting, selecting, estimating. */
import { describe, expect, test } from '@jest/globals';
import {
  countRecords,
  decode,
  encode,
  estimateBytes,
  type MetricRecord,
  type ResourceMetricsRecord,
  select,
  selectRecords,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { hex, logOf, resource, scope, spanOf } from './records.ts';

function gauge(name: string, values: readonly number[]): MetricRecord {
  return {
    descriptor: { name, description: '', unit: '', valueType: 0 },
    aggregationTemporality: 1,
    dataPointType: 2,
    dataPoints: values.map((value) => ({ startTime: [0, 0], endTime: [0, 1], attributes: {}, value })),
  };
}

const metrics: ResourceMetricsRecord[] = [
  { resource, scopeMetrics: [{ scope, metrics: [gauge('a', [0, 1]), gauge('b', [2])] }] },
  {
    resource,
    scopeMetrics: [
      { scope, metrics: [gauge('c', [])] },
      { scope, metrics: [gauge('d', [3, 4, 5])] },
    ],
  },
];

/** The values of the points that are left, which are their numbers. */
function numbers(records: readonly ResourceMetricsRecord[]): unknown[] {
  return records.flatMap((record) =>
    record.scopeMetrics.flatMap((one) => one.metrics.flatMap((metric) => metric.dataPoints.map(({ value }) => value))),
  );
}

describe('counting', () => {
  test('spans and log records count themselves, metrics their points', () => {
    expect(countRecords('traces', [spanOf(), spanOf()])).toBe(2);
    expect(countRecords('logs', [logOf()])).toBe(1);
    expect(countRecords('metrics', metrics)).toBe(6);
  });
});

describe('selecting', () => {
  test('points are numbered through all resources', () => {
    expect(numbers(selectRecords('metrics', metrics, [0, 2, 4]))).toEqual([0, 2, 4]);
    expect(numbers(selectRecords('metrics', metrics, { from: 1, to: 4 }))).toEqual([1, 2, 3]);
  });

  test('what keeps all its points stays the same object, what loses all goes', () => {
    const selected = selectRecords('metrics', metrics, { from: 2, to: 6 });
    expect(selected[0]?.scopeMetrics[0]?.metrics).toEqual([gauge('b', [2])]);
    expect(selected[0]?.scopeMetrics[0]?.metrics[0]).toBe(metrics[0]?.scopeMetrics[0]?.metrics[1]);
    expect(selected[1]?.scopeMetrics).toEqual([{ scope, metrics: [gauge('d', [3, 4, 5])] }]);
    expect(selectRecords('metrics', metrics, { from: 0, to: 0 })).toEqual([]);
  });

  test('numbers no item has are passed over', () => {
    const spans = [spanOf({ name: 'a' }), spanOf({ name: 'b' })];
    expect(selectRecords('traces', spans, [1, 2, 99])).toEqual([spans[1]]);
    expect(selectRecords('traces', spans, { from: -3, to: 1 })).toEqual([spans[0]]);
    expect(numbers(selectRecords('metrics', metrics, [5, 6, 7]))).toEqual([5]);
  });

  test('selects from records what is selected from bytes', () => {
    const spans = Array.from({ length: 6 }, (_, i) => spanOf({ name: `s${i}` }));
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), (items) => {
        expect(hex(encode('metrics', selectRecords('metrics', metrics, items)))).toBe(
          hex(encode('metrics', decode('metrics', select('metrics', encode('metrics', metrics), items)))),
        );
        expect(hex(encode('traces', selectRecords('traces', spans, items)))).toBe(
          hex(encode('traces', decode('traces', select('traces', encode('traces', spans), items)))),
        );
      }),
    );
  });
});

describe('estimating', () => {
  const attributes = {
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'url.path': '/api/v1/orders/17',
  };
  const event = { time: [1, 0] as const, name: 'retry', attributes: { n: 1 } };
  const link = { context: spanOf().spanContext(), attributes };

  test.each([
    [
      'bare spans',
      () =>
        within(
          'traces',
          Array.from({ length: 50 }, () => spanOf()),
        ),
    ],
    [
      'spans with attributes',
      () =>
        within(
          'traces',
          Array.from({ length: 50 }, () => spanOf({ attributes })),
        ),
    ],
    [
      'spans with events and links',
      () =>
        within(
          'traces',
          Array.from({ length: 50 }, () => spanOf({ attributes, events: [event, event], links: [link] })),
        ),
    ],
    [
      'bare log records',
      () =>
        within(
          'logs',
          Array.from({ length: 50 }, () => logOf({ body: 'started' })),
        ),
    ],
    [
      'log records with nested bodies',
      () =>
        within(
          'logs',
          Array.from({ length: 50 }, () => logOf({ body: { a: [1, 'x', { b: 'y' }], c: attributes } })),
        ),
    ],
    [
      'points',
      () => within('metrics', [{ resource, scopeMetrics: [{ scope, metrics: [gauge('m', Array(50).fill(1))] }] }]),
    ],
  ])('%s within a fifth', (_, share) => {
    expect(Math.abs(share() - 1)).toBeLessThan(0.2);
  });

  test.each<[string, Pick<MetricRecord, 'dataPointType'>, object]>([
    ['an explicit histogram', { dataPointType: 0 }, { buckets: { boundaries: [1, 5, 9], counts: [3, 2, 1, 0] } }],
    ['a histogram without buckets', { dataPointType: 0 }, { buckets: { boundaries: [], counts: [] } }],
    [
      'an exponential histogram',
      { dataPointType: 1 },
      {
        scale: 3,
        zeroCount: 0,
        positive: { offset: 4, bucketCounts: [5, 1] },
        negative: { offset: 0, bucketCounts: [] },
      },
    ],
  ])('points of %s within a fifth, whatever they leave out', (_, type, value) => {
    const share = (statistics: object): number => {
      const point = {
        startTime: [1, 0],
        endTime: [2, 0],
        attributes: {},
        value: { count: 6, ...value, ...statistics },
      };
      const metric = { ...gauge('m', []), ...type, dataPoints: Array(50).fill(point) } as MetricRecord;
      return within('metrics', [{ resource, scopeMetrics: [{ scope, metrics: [metric] }] }]);
    };
    const shares = [{}, { sum: 9 }, { sum: 9, min: 1, max: 7 }, { sum: 9, zeroCount: 2, zeroThreshold: 0.1 }].map(
      share,
    );
    expect(shares.map((each) => Math.abs(each - 1)).filter((off) => off >= 0.2)).toEqual([]);
  });

  function within<S extends 'traces' | 'logs' | 'metrics'>(
    signal: S,
    records: Parameters<typeof encode<S>>[1],
  ): number {
    return estimateBytes(signal, records) / encode(signal, records).length;
  }

  test('ends for values inside themselves', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    cycle['again'] = cycle;
    expect(estimateBytes('traces', [spanOf({ attributes: { cycle: cycle as never } })])).toBeGreaterThan(50);
  });
});
