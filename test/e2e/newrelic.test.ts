/**
 * The OTLP that goes to New Relic, read by the Collector's receiver: New Relic answers without a body, the Collector
 * with one. There is no server for the JSON APIs; their requests are held against those of New Relic's own client.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type AttributeMap, type RecordOf, toPlainJson } from '@telemetryflow/otlp';
import {
  ALL_VALUE_TYPES,
  type FakeNewrelic,
  fakeNewrelic,
  ITEM_ID,
  logs,
  METRIC_KINDS,
  metrics,
  spans,
} from '@telemetryflow/testkit';
import { logBatch, metricBatch, spanBatch } from '../bench/payloads/newrelic.ts';
import { receivedTexts, sendAll, textsOf } from './otlp-preset.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const LICENSE_KEY = '0123456789abcdef0123456789abcdef0123NRAL';
const COUNT = 300;
const startMs = Date.now() - 60_000;

describeWithBinary('otelcol-referee', 'the Collector, as New Relic, receives', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector()) as Collector;
  });
  afterAll(() => collector.stop());

  const exporters = (options: object = {}) => ({
    newrelic: { endpoint: collector.url, license_key: LICENSE_KEY, flush_interval: '50ms', ...options },
  });

  test.each(['gzip', 'zstd', 'none'])('every item with all its fields, sent with %s', async (compression) => {
    const plain = { variety: 'plain', startMs } as const;
    const telemetry = {
      traces: spans(COUNT, plain),
      metrics: metrics(COUNT, { ...plain, temporality: 'delta', kinds: ['gauge', 'counter', 'histogram'] }),
      logs: logs(COUNT, plain),
    };
    const from = collector.received().length;
    const report = await sendAll(exporters({ compression }), telemetry);
    expect(report).toMatchObject({ delivered: 3 * COUNT, pending: 0, dropped: 0 });
    expect(await receivedTexts(collector, 3 * COUNT, from)).toEqual(textsOf(telemetry));
  });

  test('every kind of metric: deltas of what only rises, levels of what can fall', async () => {
    const kinds = METRIC_KINDS.filter((kind) => kind !== 'updown');
    const from = collector.received().length;
    const delta = metrics(COUNT, { variety: 'plain', startMs, temporality: 'delta', kinds });
    const levels = metrics(COUNT, { variety: 'plain', startMs, kinds: ['updown'], from: COUNT });
    // Summaries carry no temporality: theirs are taken for running totals, and each series is seen once only.
    const summaries = COUNT / kinds.length;
    const report = await sendAll(exporters(), { metrics: [...delta, ...levels] });
    expect(report).toMatchObject({ delivered: 2 * COUNT - summaries, dropped: summaries });
    const expected = textsOf({ metrics: [...delta, ...levels] }).filter((text) => !text.includes('"summary"'));
    expect(await receivedTexts(collector, 2 * COUNT - summaries, from)).toEqual(expected);
  });

  test('attributes that New Relic does not know as text', async () => {
    const from = collector.received().length;
    const [record] = logs(1, { variety: 'plain', startMs }) as [RecordOf['logs']];
    const attributes = { [ITEM_ID]: 'types', ...ALL_VALUE_TYPES } as AttributeMap;
    expect(await sendAll(exporters(), { logs: [{ ...record, attributes }] })).toMatchObject({ delivered: 1 });
    const [text = ''] = await receivedTexts(collector, 1, from);
    const { item } = JSON.parse(text) as {
      item: { attributes: { key: string; value?: Record<string, unknown> }[] };
    };
    const received = Object.fromEntries(item.attributes.map(({ key, value }) => [key, Object.entries(value ?? {})[0]]));
    for (const name of ['map', 'empty_map', 'mixed']) {
      expect(received[name]).toEqual(['stringValue', JSON.stringify(toPlainJson(attributes[name]))]);
    }
    expect(received['bytes']).toEqual(['stringValue', toPlainJson(attributes['bytes'])]);
    expect(received['int64_max']).toEqual(['intValue', '9223372036854775807']);
    expect(received['strings']?.[0]).toBe('arrayValue');
  });
});

describe('the JSON APIs get what the telemetry SDK of New Relic would send', () => {
  let service: FakeNewrelic | undefined;
  afterEach(() => service?.close());

  const plain = { variety: 'plain', startMs } as const;
  const traces = spans(COUNT, plain);
  const points = metrics(COUNT, { ...plain, temporality: 'delta', kinds: ['gauge', 'counter'] });
  const records = logs(COUNT, plain);

  test.each([
    ['spans', { traces }, spanBatch(traces)],
    ['metrics', { metrics: points }, metricBatch(points)],
    ['log records', { logs: records }, logBatch(records)],
  ])('%s', async (_name, telemetry, expected) => {
    service = await fakeNewrelic({ now: () => Date.now() });
    const block = { endpoint: service.url, license_key: LICENSE_KEY, protocol: 'api' };
    expect(await sendAll({ newrelic: block }, telemetry)).toMatchObject({ delivered: COUNT, dropped: 0 });
    expect(service.integrationErrors).toEqual([]);
    expect(service.requests.map((request) => request.json())).toEqual([[JSON.parse(JSON.stringify(expected))]]);
  });
});
