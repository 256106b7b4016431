import { describe, expect, test } from '@jest/globals';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { batchFromRecords, type Encoded, type Payload, type Undeliverable } from '@telemetryflow/kernel';
import type { DataPointRecord, LogRecord, ResourceMetricsRecord, Signal, SpanRecord } from '@telemetryflow/otlp';
import { corpus, logs, metrics, spans } from '@telemetryflow/testkit';
import { encodeForSdk } from '../src/encode.ts';
import type { SdkResource } from '../src/sdk.ts';

type Adapted = { readonly resource: SdkResource; readonly [key: string]: unknown };

function encoded(signal: Signal, records: readonly unknown[]) {
  const all: Encoded<unknown>[] = [...encodeForSdk(batchFromRecords(signal, records as never))];
  const payloads = all.filter((each): each is Payload => each !== undefined && 'body' in each);
  const dropped = all.filter((each): each is Undeliverable => each !== undefined && 'dropped' in each);
  return { payloads, dropped, body: payloads.flatMap(({ body }) => body) as Adapted[] };
}

test('what the SDK made is handed on untouched', () => {
  const resource = resourceFromAttributes({ a: 1 });
  const made: { readonly spans: unknown[]; readonly logs: unknown[] } = { spans: [], logs: [] };
  const nothing = async (): Promise<void> => {};
  const tail = { forceFlush: nothing, shutdown: nothing };
  const onEnd = (span: unknown): void => void made.spans.push(span);
  new TracerProvider({ resource, spanProcessors: [{ onStart() {}, onEnd, ...tail }] })
    .getTracer('a')
    .startSpan('a')
    .end();
  const onEmit = (log: unknown): void => void made.logs.push(log);
  new LoggerProvider({ resource, processors: [{ onEmit, ...tail }] }).getLogger('a').emit({ body: 'b' });
  expect(encoded('traces', made.spans).body[0]).toBe(made.spans[0]);
  expect(encoded('logs', made.logs).body[0]).toBe(made.logs[0]);
  const collected = { resource, scopeMetrics: (metrics(1)[0] as ResourceMetricsRecord).scopeMetrics };
  expect(encoded('metrics', [collected]).body[0]).toBe(collected);
});

describe('what was decoded', () => {
  test('has resources with the methods of the SDK, the same for the same resource', () => {
    const [first, second] = encoded('traces', spans(2)).body;
    expect(first?.resource).toBe(second?.resource);
    const { resource } = first as Adapted;
    expect(resource.asyncAttributesPending).toBe(false);
    expect(resource.getRawAttributes()).toEqual(Object.entries(resource.attributes));
    expect(resource.merge(null)).toBe(resource);
    const other = resourceFromAttributes({ 'service.name': 'other', zone: 'a' });
    expect(resource.merge(other as never).attributes).toEqual({
      ...resource.attributes,
      'service.name': 'other',
      zone: 'a',
    });
  });

  test('has int64 beyond 2^53, integral doubles beyond int64, and what is not finite, as text wherever they are', () => {
    const big = {
      wide: 1e300,
      nothing: Number.NaN,
      endless: Number.NEGATIVE_INFINITY,
      fits: 2 ** 62,
      n: 2n ** 60n,
      list: [1, 2n, 2n ** 60n],
      map: { inner: 2n ** 60n },
      bytes: new Uint8Array([1]),
    };
    const plain = {
      wide: '1e+300',
      nothing: 'NaN',
      endless: '-Infinity',
      fits: 2 ** 62,
      n: '1152921504606846976',
      list: [1, 2, '1152921504606846976'],
      map: { inner: '1152921504606846976' },
      bytes: new Uint8Array([1]),
    };
    const [span] = spans(1) as [SpanRecord];
    const event = { time: [1, 0], name: 'e', attributes: big } as const;
    const resource = { attributes: big };
    const [adapted] = encoded('traces', [{ ...span, attributes: big, events: [event], resource }]).body;
    expect({ ...(adapted?.['attributes'] as object) }).toEqual(plain);
    expect({ ...(adapted as unknown as SpanRecord).events[0]?.attributes }).toEqual(plain);
    expect({ ...adapted?.resource.attributes }).toEqual(plain);
    const [log] = logs(1) as [LogRecord];
    expect(encoded('logs', [{ ...log, body: 2n ** 60n }]).body[0]?.['body']).toBe('1152921504606846976');
  });

  test('has counts as numbers', () => {
    const text = JSON.stringify(encoded('metrics', metrics(12)).body);
    expect(text).toContain('bucketCounts');
    const [record] = metrics(1, { kinds: ['histogram'] }) as [ResourceMetricsRecord];
    const wide = JSON.parse(JSON.stringify(record), (key, value) => (key === 'count' ? 2n ** 60n : value));
    const [adapted] = encoded('metrics', [wide]).body as unknown as [ResourceMetricsRecord];
    const [metric] = adapted.scopeMetrics[0]?.metrics ?? [];
    const points = metric?.dataPoints as unknown as readonly DataPointRecord<unknown>[];
    expect(points[0]?.value).toMatchObject({ count: 2 ** 60 });
  });

  test.each([
    [[1, 2n ** 62n], 0],
    [[1, 2n ** 63n - 1n], 1],
    [[1, Number.NaN], 1],
    [[1, 1.5], 1],
  ])('has the integers %p of one metric as the type %i of the SDK', (values, expected) => {
    const [record] = metrics(2, { kinds: ['gauge'], variety: 'plain' }) as [ResourceMetricsRecord];
    const [metric] = record.scopeMetrics[0]?.metrics ?? [];
    const dataPoints = values.map((value) => ({ ...metric?.dataPoints[0], value }));
    const descriptor = { ...metric?.descriptor, valueType: 0 };
    const scopeMetrics = [{ ...record.scopeMetrics[0], metrics: [{ ...metric, descriptor, dataPoints }] }];
    const [adapted] = encoded('metrics', [{ ...record, scopeMetrics }]).body as unknown as [ResourceMetricsRecord];
    expect(adapted.scopeMetrics[0]?.metrics[0]?.descriptor.valueType).toBe(expected);
  });

  test('without a word in the SDK is dropped and named: summaries, points without a value', () => {
    const records = metrics(12);
    const kinds = records.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
    const summaries = kinds.filter(({ dataPointType }) => dataPointType === 4).length;
    expect(summaries).toBeGreaterThan(0);
    const { payloads, dropped } = encoded('metrics', records);
    expect(dropped).toEqual([
      { dropped: expect.anything(), reason: 'unsupported', detail: 'the SDK has no summaries' },
    ]);
    const [gauge] = metrics(1, { kinds: ['gauge'] }) as [ResourceMetricsRecord];
    const empty = JSON.parse(JSON.stringify(gauge), (key, value) => (key === 'value' ? undefined : value));
    expect(encoded('metrics', [empty])).toMatchObject({
      payloads: [],
      dropped: [{ dropped: { from: 0, to: 1 }, detail: 'the SDK has no points without a value' }],
    });
    expect(payloads.length).toBeGreaterThan(0);
  });

  test.each(['traces', 'metrics', 'logs'] as const)('every item of %s is in one payload or one drop', (signal) => {
    const records = corpus()[signal];
    const { payloads, dropped } = encoded(signal, records);
    const named = [...payloads.map(({ items }) => items), ...dropped.map((each) => each.dropped)];
    const numbers = named.flatMap((items) =>
      'from' in items ? Array.from({ length: items.to - items.from }, (_, at) => items.from + at) : items,
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(
      Array.from({ length: batchFromRecords(signal, records as never).count }, (_, at) => at),
    );
  });
});
