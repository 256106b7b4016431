/** `jaeger` in all its protocols before Jaeger 1.76, and in the older ones before the Collector's receiver. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SpanRecord } from '@telemetryflow/otlp';
import { spans } from '@telemetryflow/testkit';
import { bySpan, expectedSpan, type ShownSpan, shownSpans } from './jaeger-expected.ts';
import { receivedTexts, sendAll } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { type Jaeger, startJaeger } from './referees/jaeger.ts';
import { eventually, freePort } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

/** Spans without links: those of a root into its own trace, and of any span to others, are in a test of their own. */
function spansFrom(from: number): SpanRecord[] {
  return spans(100, { from, variety: 'plain' }).map((span) => ({ ...span, links: [] }));
}

const allExpected = (records: readonly SpanRecord[], own: boolean): ShownSpan[] =>
  records.map((span) => expectedSpan(span, own)).sort(bySpan);

describeWithBinary('jaeger-all-in-one', 'Jaeger 1.76', () => {
  let jaeger: Jaeger;
  beforeAll(async () => {
    jaeger = (await startJaeger()) as Jaeger;
  });
  afterAll(() => jaeger.stop());

  async function stored(records: readonly SpanRecord[]): Promise<ShownSpan[]> {
    const ids = [...new Set(records.map((span) => span.spanContext().traceId))];
    const shown = await eventually(async () => {
      const traces = await Promise.all(ids.map((id) => jaeger.trace(id)));
      const all = traces.flatMap((trace) => (trace === undefined ? [] : shownSpans(trace)));
      return all.length >= records.length ? all : undefined;
    });
    return shown.sort(bySpan);
  }

  const protocols: readonly (readonly [string, () => object])[] = [
    ['OTLP over HTTP', () => ({ endpoint: `http://127.0.0.1:${jaeger.otlpHttp}` })],
    ['OTLP over gRPC', () => ({ endpoint: `http://127.0.0.1:${jaeger.otlpGrpc}`, protocol: 'otlp/grpc' })],
    ['api_v2 over gRPC', () => ({ endpoint: `http://127.0.0.1:${jaeger.grpc}`, protocol: 'grpc' })],
    ['Thrift over HTTP', () => ({ endpoint: `http://127.0.0.1:${jaeger.thrift}`, protocol: 'http/thrift' })],
  ];

  test.each(protocols.map(([name, block], i) => [name, block, i * 1000] as const))(
    'shows every span with its parent, times, tags and logs, sent by %s',
    async (name, block, from) => {
      const records = spansFrom(from);
      const report = await sendAll({ jaeger: { flush_interval: '50ms', ...block() } }, { traces: records });
      expect(report).toMatchObject({ delivered: records.length, pending: 0, dropped: 0 });
      expect(await stored(records)).toEqual(allExpected(records, !name.startsWith('OTLP')));
    },
  );

  test.each(protocols.map(([name, block], i) => [name, block, 10_000 + i * 1000] as const))(
    'can show a trace with NaN, odd characters and every type of attribute, sent by %s',
    async (_name, block, from) => {
      const records = spans(100, { from });
      const report = await sendAll({ jaeger: { flush_interval: '50ms', ...block() } }, { traces: records });
      expect(report).toMatchObject({ delivered: records.length, dropped: 0 });
      const names = (list: readonly ShownSpan[]) => list.map(({ spanId, name }) => `${spanId} ${name}`);
      expect(names(await stored(records))).toEqual(names(allExpected(records, true)));
    },
  );

  test.each([
    ['api_v2 over gRPC', () => ({ endpoint: `http://127.0.0.1:${jaeger.grpc}`, protocol: 'grpc' }), 20_000],
    ['Thrift over HTTP', () => ({ endpoint: `http://127.0.0.1:${jaeger.thrift}`, protocol: 'thrift' }), 21_000],
  ] as const)('shows every type of attribute as a tag, sent by %s', async (_name, block, from) => {
    const records = spans(40, { from, variety: 'types' }).map((span) => ({ ...span, links: [] }));
    await sendAll({ jaeger: { flush_interval: '50ms', ...block() } }, { traces: records });
    expect(await stored(records)).toEqual(allExpected(records, true));
  });

  test('is found by the block of the specification: gRPC first, Thrift where nobody answers', async () => {
    const endpoint = `http://127.0.0.1:${jaeger.thrift}/api/traces`;
    for (const [port, from] of [
      [jaeger.grpc, 30_000],
      [await freePort(), 31_000],
    ] as const) {
      const records = spansFrom(from);
      const block = { endpoint, protocol: 'grpc', grpc_endpoint: `127.0.0.1:${port}`, flush_interval: '50ms' };
      expect(await sendAll({ jaeger: block }, { traces: records })).toMatchObject({ delivered: 100, dropped: 0 });
      expect(await stored(records)).toHaveLength(100);
    }
  });
});

const withOldReceivers =
  (grpc: number, thrift: number): CollectorConfig =>
  (ports, outputFile) =>
    `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  jaeger:
    protocols:
      grpc: { endpoint: 127.0.0.1:${grpc} }
      thrift_http: { endpoint: 127.0.0.1:${thrift} }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [jaeger], exporters: [file] }
`;

interface ReceivedItem {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly item: {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly name: string;
    readonly startTimeUnixNano: string;
    readonly endTimeUnixNano: string;
    readonly attributes?: readonly KeyValue[];
  };
}
interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

describeWithBinary('otelcol-referee', "the Collector's receiver for Jaeger", () => {
  let collector: Collector;
  let grpc: number;
  let thrift: number;
  beforeAll(async () => {
    [grpc, thrift] = [await freePort(), await freePort()];
    collector = (await startCollector(withOldReceivers(grpc, thrift))) as Collector;
  });
  afterAll(() => collector.stop());
  let before = 0;

  test.each<[string, () => object, number]>([
    ['api_v2 over gRPC, to the nanosecond', () => ({ endpoint: `http://127.0.0.1:${grpc}`, protocol: 'grpc' }), 1],
    [
      'Thrift over HTTP, to the microsecond',
      () => ({ endpoint: `http://127.0.0.1:${thrift}`, protocol: 'thrift' }),
      1000,
    ],
    ['api_v2 with gzip', () => ({ endpoint: `http://127.0.0.1:${grpc}`, protocol: 'grpc', compression: 'gzip' }), 1],
    [
      'Thrift with gzip',
      () => ({ endpoint: `http://127.0.0.1:${thrift}`, protocol: 'thrift', compression: 'gzip' }),
      1000,
    ],
  ])('takes every span with ids, names, times and attributes by %s', async (_name, block, unit) => {
    const records = spans(200, { variety: 'plain' });
    const report = await sendAll({ jaeger: { flush_interval: '50ms', ...block() } }, { traces: records });
    expect(report).toMatchObject({ delivered: 200, pending: 0, dropped: 0 });
    const texts = await receivedTexts(collector, 200, before);
    before = collector.received().length;
    const read = texts.map((text) => readBack(JSON.parse(text) as ReceivedItem));
    expect(read.sort(byId)).toEqual(records.map((span) => expectation(span, BigInt(unit))).sort(byId));
  });
});

type Comparable = Readonly<Record<string, unknown>> & { readonly spanId: string };
const byId = (a: Comparable, b: Comparable): number => (a.spanId < b.spanId ? -1 : 1);
const OWN = /^(item\.id|http\..*|cached|ratio)$/;

function readBack({ resource, item }: ReceivedItem): Comparable {
  return {
    traceId: item.traceId,
    spanId: item.spanId,
    parent: item.parentSpanId ?? '',
    name: item.name,
    start: item.startTimeUnixNano,
    end: item.endTimeUnixNano,
    attributes: (item.attributes ?? [])
      .filter(({ key }) => OWN.test(key))
      .map(({ key, value }) => `${key}=${Object.values(value)[0]}`)
      .sort(),
    service: resource.attributes.find(({ key }) => key === 'service.name')?.value['stringValue'],
  };
}

function expectation(span: SpanRecord, unit: bigint): Comparable {
  const { traceId, spanId } = span.spanContext();
  const nanos = ([seconds, rest]: SpanRecord['startTime']): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
  const start = nanos(span.startTime);
  const cut = (value: bigint): bigint => (value / unit) * unit;
  return {
    traceId,
    spanId,
    parent: span.parentSpanContext?.spanId ?? '',
    name: span.name,
    start: String(cut(start)),
    end: String(cut(start) + cut(nanos(span.endTime) - start)),
    attributes: Object.entries(span.attributes)
      .map(([key, value]) => `${key}=${String(value)}`)
      .sort(),
    service: span.resource.attributes['service.name'],
  };
}
