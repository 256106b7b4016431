import { describe, expect, test } from '@jest/globals';
import { type Batch, batchFromOtlp, batchFromRecords } from '@telemetryflow/kernel';
import { jsonFromProtobuf, protobufFromJson, type Signal } from '@telemetryflow/otlp';
import { FAKE_EPOCH, logs as logRecords, spans, throughEncoder } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

function batch<S extends Signal>(signal: S, json: object): Batch<S> {
  return batchFromOtlp(signal, protobufFromJson(signal, Buffer.from(JSON.stringify(json))));
}

/** Bodies as JSON and as bytes; times in these tests are those of 1970. */
async function encode(block: Record<string, unknown>, source: Batch) {
  const { payloads, drops } = await throughEncoder(signoz, block, source, { now: 0 });
  const read = payloads.map(({ items, body }) => {
    const json = Buffer.from(jsonFromProtobuf(source.signal, body as Uint8Array)).toString();
    return { items, body, json: JSON.parse(json) as Record<string, unknown> };
  });
  return { payloads: read, drops };
}

const CLOUD = { endpoint: 'https://ingest.eu.signoz.cloud:443', access_token: 'K' };

function metrics(...list: object[]): object {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: list }] }] };
}
function metricList(json: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const root = json as { resourceMetrics?: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[] } | undefined;
  return root?.resourceMetrics?.[0]?.scopeMetrics[0]?.metrics ?? [];
}
function logList(json: Record<string, unknown> | undefined): Record<string, unknown>[] {
  const root = json as { resourceLogs?: { scopeLogs: { logRecords: Record<string, unknown>[] }[] }[] } | undefined;
  return root?.resourceLogs?.[0]?.scopeLogs[0]?.logRecords ?? [];
}

describe('metrics', () => {
  const exponential = {
    name: 'h',
    exponentialHistogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          timeUnixNano: '2',
          count: '4',
          sum: 6.5,
          scale: 0,
          zeroCount: '1',
          positive: { offset: 0, bucketCounts: ['1', '2'] },
          min: 0,
          max: 3,
        },
      ],
    },
  };

  test('with exponential histograms are converted for the cloud (golden 5)', async () => {
    const { payloads, drops } = await encode(CLOUD, batch('metrics', metrics(exponential)));
    expect(drops).toEqual([]);
    expect(metricList(payloads[0]?.json)).toEqual([
      {
        name: 'h',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              timeUnixNano: '2',
              count: '4',
              sum: 6.5,
              bucketCounts: ['1', '0', '1', '2', '0'],
              explicitBounds: [0, 1, 2, 4],
              min: 0,
              max: 3,
            },
          ],
        },
      },
    ]);
  });

  test('with exponential histograms pass untouched to a self-hosted server, and convert there on request', async () => {
    const source = batch('metrics', metrics(exponential));
    const untouched = await encode({}, source);
    expect(untouched.payloads[0]?.body).toBe(source.otlp());
    const converted = await encode({ exponential_histograms: 'convert' }, source);
    expect(metricList(converted.payloads[0]?.json)[0]).toHaveProperty('histogram');
    const passed = await encode({ ...CLOUD, exponential_histograms: 'pass' }, source);
    expect(passed.payloads[0]?.body).toBe(source.otlp());
  });

  test('without anything to change are the bytes as received', async () => {
    const source = batch(
      'metrics',
      metrics({ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '1', asDouble: 1.5 }] } }),
    );
    const { payloads } = await encode(CLOUD, source);
    expect(payloads[0]?.body).toBe(source.otlp());
  });

  test('that are NaN are dropped one by one and counted, the others keep their numbers', async () => {
    const point = { timeUnixNano: '1' };
    const source = batch(
      'metrics',
      metrics(
        {
          name: 'g',
          gauge: {
            dataPoints: [
              { ...point, asDouble: 'NaN' },
              { ...point, asDouble: 1 },
              { ...point, asInt: '2' },
            ],
          },
        },
        {
          name: 's',
          sum: {
            aggregationTemporality: 2,
            dataPoints: [
              { ...point, asDouble: 'NaN' },
              { ...point, flags: 1 },
            ],
          },
        },
        {
          name: 'h',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              { ...point, count: '1', sum: 'NaN' },
              { ...point, count: '1', sum: 1 },
            ],
          },
        },
        {
          name: 'q',
          summary: { dataPoints: [{ ...point, sum: 1, quantileValues: [{ quantile: 0.5, value: 'NaN' }] }] },
        },
      ),
    );
    const { payloads, drops } = await encode({}, source);
    expect(drops).toEqual([
      { dropped: [0, 3, 5, 7], reason: 'unsupported', detail: 'SigNoz skips points that are NaN' },
    ]);
    expect(payloads.map(({ items }) => items)).toEqual([[1, 2, 4, 6]]);
    expect(metricList(payloads[0]?.json).map(({ name }) => name)).toEqual(['g', 's', 'h']);
  });

  test('with infinities go on as the bytes they came in', async () => {
    const point = { timeUnixNano: '1', asDouble: '-Infinity' };
    const source = batch('metrics', metrics({ name: 'g', gauge: { dataPoints: [point] } }));
    const { payloads, drops } = await encode({}, source);
    expect([drops, payloads.map(({ body }) => body)]).toEqual([[], [source.otlp()]]);
  });

  test.each([
    [62, 64],
    [63, 34],
  ])(
    'with an exponential histogram of %i buckets have %i boundaries, which are never more than 64',
    async (n, length) => {
      const positive = { offset: 0, bucketCounts: Array.from({ length: n }, () => '1') };
      const point = { timeUnixNano: '1', count: String(n + 1), scale: 0, zeroCount: '1', positive };
      const histogram = { name: 'h', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [point] } };
      const { payloads } = await encode(CLOUD, batch('metrics', metrics(histogram)));
      const [converted] = metricList(payloads[0]?.json) as {
        histogram: { dataPoints: { explicitBounds: number[] }[] };
      }[];
      expect(converted?.histogram.dataPoints[0]?.explicitBounds).toHaveLength(length);
    },
  );

  test('that are NaN only make no request', async () => {
    const source = batch(
      'metrics',
      metrics({ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '1', asDouble: 'NaN' }] } }),
    );
    const { payloads, drops } = await encode({}, source);
    expect([payloads, drops]).toMatchObject([[], [{ dropped: [0] }]]);
  });
});

describe('logs', () => {
  function logs(...logRecords: object[]): object {
    return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  }

  test('without event names are the bytes as received', async () => {
    const source = batch('logs', logs({ timeUnixNano: '1', body: { stringValue: 'x' } }));
    const { payloads } = await encode(CLOUD, source);
    expect(payloads[0]?.body).toBe(source.otlp());
  });

  test('with event names carry them as attribute too, where there is none of that name', async () => {
    const own = [{ key: 'event.name', value: { stringValue: 'mine' } }];
    const source = batch(
      'logs',
      logs(
        { timeUnixNano: '1', eventName: 'ev' },
        { timeUnixNano: '2', eventName: 'ev', attributes: own },
        { timeUnixNano: '3' },
      ),
    );
    const { payloads } = await encode(CLOUD, source);
    expect(logList(payloads[0]?.json)).toEqual([
      { timeUnixNano: '1', attributes: [{ key: 'event.name', value: { stringValue: 'ev' } }], eventName: 'ev' },
      { timeUnixNano: '2', attributes: own, eventName: 'ev' },
      { timeUnixNano: '3' },
    ]);
  });

  test('are wrapped into maps on request', async () => {
    const map = { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } };
    const source = batch(
      'logs',
      logs({ timeUnixNano: '1', body: { stringValue: 'x' } }, { timeUnixNano: '2', body: map }),
    );
    const { payloads } = await encode({ log_body: 'wrap' }, source);
    expect(logList(payloads[0]?.json).map(({ body }) => body)).toEqual([
      { kvlistValue: { values: [{ key: 'message', value: { stringValue: 'x' } }] } },
      map,
    ]);
  });
});

describe('logs and spans older than max_age', () => {
  const DAY_MS = 24 * 3_600_000;
  const old = { startMs: FAKE_EPOCH - 16 * DAY_MS } as const;
  const batches = [
    batchFromRecords('logs', [...logRecords(1), ...logRecords(1, old)]),
    batchFromRecords('traces', [...spans(1), ...spans(1, old)]),
  ] as const;

  test.each(batches)('are dropped and counted: the server would skip them with a success', async (source) => {
    const { payloads, drops } = await throughEncoder(signoz, {}, source as Batch);
    expect(drops).toEqual([{ dropped: [1], reason: 'too_old', detail: 'older than max_age (1296000 s)' }]);
    expect(payloads.map(({ items }) => items)).toEqual([[0]]);
    expect((await throughEncoder(signoz, { max_age: '0s' }, source as Batch)).drops).toEqual([]);
  });
});
