/**
 * The splunk_hec receiver of the Collector reads what is sent to Splunk. It takes any token and index, makes gauges of
 * all metrics, doubles of all numbers, and passes times through a double, so they agree to the microsecond only.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import splunk from '@telemetryflow/exporter-splunk';
import { batchFromRecords, createPipeline, type Payload } from '@telemetryflow/kernel';
import { hrTimeToNanos, type LogRecord, toPlainJson } from '@telemetryflow/otlp';
import { configureExporter, exporterFor, logs, metrics, spans } from '@telemetryflow/testkit';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { eventually } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const COUNT = 300;
const startMs = Date.now() - 60_000;
const plain = { variety: 'plain', startMs } as const;

const splunkToFile: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers: { splunk_hec: { endpoint: 127.0.0.1:${ports.http} } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [splunk_hec], exporters: [file] }
    logs: { receivers: [splunk_hec], exporters: [file] }
`;

type Value = Readonly<Record<string, unknown>>;
type Pairs = readonly { readonly key: string; readonly value?: Value }[];
interface Group {
  readonly resource?: { readonly attributes?: Pairs };
  readonly scopeLogs?: readonly { readonly logRecords: readonly Stored[] }[];
  readonly scopeMetrics?: readonly { readonly metrics: readonly StoredMetric[] }[];
}
interface Stored {
  readonly timeUnixNano: string;
  readonly body?: Value;
  readonly attributes?: Pairs;
}
interface StoredMetric {
  readonly name: string;
  readonly gauge: { readonly dataPoints: readonly (Stored & { asInt?: string; asDouble?: number })[] };
}

function plainOf(value: Value = {}): unknown {
  const [[kind, inner] = ['', undefined]] = Object.entries(value);
  if (kind === 'kvlistValue') return mapOf((inner as { values?: Pairs }).values);
  if (kind === 'arrayValue') return ((inner as { values?: Value[] }).values ?? []).map(plainOf);
  return kind === 'intValue' ? Number(inner) : inner;
}

function mapOf(pairs: Pairs = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));
}

describeWithBinary('otelcol-referee', 'the Collector, as Splunk, receives', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(splunkToFile)) as Collector;
  }, 60_000);
  afterAll(() => collector.stop());

  async function send(signal: 'logs' | 'metrics' | 'traces', records: readonly unknown[], block: object) {
    const exporters = { splunk: { endpoint: collector.url, token: 't', flush_interval: '50ms', ...block } };
    const pipeline = await createPipeline({ exporters } as never);
    await pipeline.start();
    await pipeline.consume({ signal, records } as never);
    return pipeline.shutdown({ timeoutMs: 10_000 });
  }

  /** Log records with what the receiver makes resource attributes of, from request `from` on. */
  function storedLogs(count: number, from: number) {
    return eventually(async () => {
      const groups = collector.received().slice(from) as { resourceLogs?: Group[] }[];
      const found = groups.flatMap(({ resourceLogs = [] }) =>
        resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
          scopeLogs.flatMap(({ logRecords }) =>
            logRecords.map(({ timeUnixNano, body, attributes }) => ({
              micros: Math.round(Number(timeUnixNano) / 1000),
              body: plainOf(body),
              // Where a request is about one thing only, its metadata stands at the record.
              all: { ...mapOf(resource?.attributes), ...mapOf(attributes) },
            })),
          ),
        ),
      );
      return found.length >= count ? found : undefined;
    });
  }

  /** To the millisecond, which is what Splunk is sent. */
  function microsOf(time: LogRecord['hrTime']): number {
    return Number((hrTimeToNanos(time) + 500_000n) / 1_000_000n) * 1000;
  }

  test.each(['gzip', 'none'])(
    'log records with time, body, metadata and every attribute, sent with %s',
    async (compression) => {
      const from = collector.received().length;
      const records = logs(COUNT, plain);
      const report = await send('logs', records, { compression, index: 'main', source: 's', source_type: 'st' });
      expect(report).toMatchObject({ delivered: COUNT, pending: 0, dropped: 0 });
      const byId = new Map((await storedLogs(COUNT, from)).map((each) => [each.all['item.id'], each]));
      expect(byId.size).toBe(COUNT);
      for (const record of records) {
        const { attributes, resource, spanContext: context } = record;
        const stored = byId.get(String(attributes['item.id']));
        expect(stored?.micros).toBe(microsOf(record.hrTime));
        expect(stored?.body).toBe(record.body);
        expect(stored?.all).toEqual({
          ...(toPlainJson(resource.attributes) as object),
          ...(toPlainJson(attributes) as object),
          'com.splunk.index': 'main',
          'com.splunk.source': 's',
          'com.splunk.sourcetype': 'st',
          'otel.scope.name': record.instrumentationScope.name,
          'otel.scope.version': record.instrumentationScope.version,
          'otel.log.severity.text': record.severityText,
          'otel.log.severity.number': record.severityNumber,
          ...(context !== undefined && { trace_id: context.traceId, span_id: context.spanId, trace_flags: 1 }),
          ...(record.eventName !== undefined && { 'otel.event.name': record.eventName }),
          ...(record.droppedAttributesCount > 0 && { 'otel.dropped_attributes_count': record.droppedAttributesCount }),
        });
      }
    },
  );

  test('log records of every shape: none of them spoils a request', async () => {
    const from = collector.received().length;
    const records = logs(COUNT, { startMs });
    expect(await send('logs', records, {})).toMatchObject({ delivered: COUNT, dropped: 0 });
    const ids = new Set((await storedLogs(COUNT, from)).map(({ all }) => all['item.id']));
    expect(ids).toEqual(new Set(records.map(({ attributes }) => attributes['item.id'])));
  });

  test.each([true, false])('data points with time, value and dimensions, several in an event: %s', async (multi) => {
    const from = collector.received().length;
    const records = metrics(COUNT, { ...plain, kinds: ['gauge', 'counter'] });
    const report = await send('metrics', records, { metrics_index: 'm', multi_metric: multi });
    expect(report).toMatchObject({ delivered: COUNT, pending: 0, dropped: 0 });
    const stored = await storedPoints(COUNT, from);
    const byId = new Map(stored.map((each) => [each.all['item.id'], each]));
    expect(byId.size).toBe(COUNT);
    for (const { resource, scopeMetrics } of records) {
      for (const { metrics: all } of scopeMetrics) {
        for (const metric of all) {
          for (const { attributes, endTime, value } of metric.dataPoints) {
            const point = byId.get(String(attributes['item.id']));
            expect(point).toMatchObject({
              name: metric.descriptor.name,
              value: Number(value),
              micros: microsOf(endTime),
            });
            expect(point?.all).toMatchObject({
              'com.splunk.index': 'm',
              'host.name': resource.attributes['host.name'],
              metric_type: metric.dataPointType === 3 ? 'Sum' : 'Gauge',
            });
            for (const [name, dimension] of Object.entries(attributes))
              expect(point?.all[name]).toBe(String(dimension));
          }
        }
      }
    }
  });

  test('histograms and summaries, as sums, counts and cumulative buckets', async () => {
    const from = collector.received().length;
    const records = metrics(60, { ...plain, kinds: ['histogram', 'exponential_histogram', 'summary'] });
    expect(await send('metrics', records, { metrics_index: 'm' })).toMatchObject({ delivered: 60, dropped: 0 });
    const stored = await eventually(async () => {
      const points = pointsFrom(from);
      return new Set(points.map(({ all }) => all['item.id'])).size === 60 ? points : undefined;
    });
    for (const { metrics: all } of records.flatMap(({ scopeMetrics }) => scopeMetrics)) {
      for (const { descriptor, dataPoints, dataPointType } of all) {
        for (const { attributes, value } of dataPoints) {
          const own = stored.filter((each) => each.all['item.id'] === attributes['item.id']);
          const { count, sum } = value as { count: number; sum?: number };
          expect(own.find(({ name }) => name === `${descriptor.name}_count`)?.value).toBe(Number(count));
          expect(own.find(({ name }) => name === `${descriptor.name}_sum`)?.value).toBe(sum);
          const last = own.find((each) => each.name === `${descriptor.name}_bucket` && each.all['le'] === '+Inf');
          if (dataPointType !== 4) expect(last?.value).toBe(Number(count));
        }
      }
    }
  });

  test('metrics and spans as events', async () => {
    const from = collector.received().length;
    const points = metrics(50, plain);
    expect(await send('metrics', points, { index: 'main' })).toMatchObject({ delivered: 50 });
    expect(await send('traces', spans(50, plain), { traces: true })).toMatchObject({ delivered: 50 });
    const stored = await storedLogs(100, from);
    expect(stored.filter(({ all }) => all['com.splunk.sourcetype'] === 'tfo-agent:metrics')).toHaveLength(50);
    const traceIds = stored.flatMap(({ body }) => (body as { trace_id?: string }).trace_id ?? []);
    expect(new Set(traceIds)).toEqual(new Set(spans(50, plain).map((span) => span.spanContext().traceId)));
  });

  test('the receiver names the bad event, and the exporter drops that one alone', async () => {
    const records = logs(3, plain);
    const exporter = await exporterFor(splunk, { endpoint: collector.url, token: 't' }, 'logs');
    const context = { now: Date.now(), id: 'b', mode: undefined };
    const [payload] = [...exporter.encode(batchFromRecords('logs', records), context)] as [Payload<object>];
    const lines = Buffer.from((payload.body as { body: Uint8Array }).body)
      .toString()
      .split('\n');
    const spoiled = lines.map((line, i) => (i === 1 ? line.replace('"fields":{', '"fields":{"x":{"y":1},') : line));
    const sent = { ...payload, body: { ...payload.body, body: Buffer.from(spoiled.join('\n')) } };
    const outcome = await exporter.send(sent, { signal: AbortSignal.timeout(10_000), attempt: 1 });
    await exporter.stop?.();
    expect(outcome).toMatchObject({
      dropped: [{ items: [1], reason: 'invalid' }],
      retry: { items: [0, 2], afterMs: 0 },
    });
  });

  test('the health check finds the collector', async () => {
    const block = { endpoint: collector.url, token: 't' };
    const { config } = await configureExporter(splunk, block);
    expect(await splunk.healthcheck?.(config, { signal: AbortSignal.timeout(10_000) })).toMatchObject({ ok: true });
  });

  function pointsFrom(from: number) {
    const groups = collector.received().slice(from) as { resourceMetrics?: Group[] }[];
    return groups.flatMap(({ resourceMetrics = [] }) =>
      resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
        scopeMetrics.flatMap(({ metrics: all }) =>
          all.flatMap(({ name, gauge }) =>
            gauge.dataPoints.map(({ timeUnixNano, attributes, asInt, asDouble }) => ({
              name,
              micros: Math.round(Number(timeUnixNano) / 1000),
              value: Number(asInt ?? asDouble),
              all: { ...mapOf(resource?.attributes), ...mapOf(attributes) },
            })),
          ),
        ),
      ),
    );
  }

  function storedPoints(count: number, from: number) {
    return eventually(async () => {
      const points = pointsFrom(from);
      return points.length >= count ? points : undefined;
    });
  }
});
