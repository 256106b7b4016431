/**
 * What `datadog` sends, read back: traces from Datadog's own APM test agent (OTLP, and its intake for tracers), series in their legacy form from
 * VictoriaMetrics, logs and series by the models of Datadog's API client. Not compared, since Datadog does not carry
 * it: descriptions, units without a name, fractions of seconds of metrics. VictoriaMetrics keeps one value of a tag
 * and takes neither the newer form of series nor distributions.
 */
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/ObjectSerializer.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import { fakeDatadog, ITEM_ID, logs, metrics, spans } from '@telemetryflow/testkit';
import { startDdapm } from './referees/ddapm.ts';
import { eventually, type Referee } from './referees/server.ts';
import { exportedSeries, startVictoriaMetrics } from './referees/victoria-metrics.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const startMs = Math.floor(Date.now() / 1000) * 1000 - 120_000;

async function send(signal: string, records: readonly unknown[], block: Record<string, unknown>): Promise<unknown> {
  const datadog = { api_key: KEY, flush_interval: '50ms', hostname: 'web-1', traces: true, ...block };
  const pipeline = await createPipeline({ exporters: { datadog } });
  await pipeline.start();
  await pipeline.consume({ signal, records } as never);
  return pipeline.shutdown();
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface OtlpSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly name: string;
  readonly start_time_unix_nano: string;
  readonly end_time_unix_nano: string;
  readonly attributes?: readonly OtlpAttribute[];
}
interface OtlpTraces {
  readonly resource_spans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scope_spans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

describe('the APM test agent', () => {
  let agent: Awaited<ReturnType<typeof startDdapm>>;
  beforeAll(async () => {
    agent = await startDdapm();
  }, 180_000);
  afterAll(() => agent?.stop());

  test('shows every span with its ids, name and times', async () => {
    const made = spans(50, { startMs });
    const block = { traces_endpoint: `${agent.url}/v1/traces`, traces: { enabled: true, protocol: 'agent' } };
    expect(await send('traces', made, block)).toMatchObject({ delivered: 50, dropped: 0, pending: 0 });
    const response = await fetch(`${agent.url}/test/session/traces`);
    const requests = (await response.json()) as readonly OtlpTraces[];
    const groups = requests.flatMap(({ resource_spans }) => resource_spans);
    const stored = groups.flatMap(({ scope_spans }) => scope_spans.flatMap((scope) => scope.spans));
    // JSON of protobuf writes bytes as base64.
    const hex = (id: string): string => Buffer.from(id, 'base64').toString('hex');
    const nanos = ([seconds, rest]: readonly [number, number]): string =>
      String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
    expect(
      stored.map((span) => [
        hex(span.trace_id),
        hex(span.span_id),
        span.name,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
      ]),
    ).toEqual(
      made.map((span) => {
        const { traceId, spanId } = span.spanContext();
        return [traceId, spanId, span.name, nanos(span.startTime), nanos(span.endTime)];
      }),
    );
    const ids = stored.map(
      ({ attributes = [] }) => attributes.find(({ key }) => key === ITEM_ID)?.value['string_value'],
    );
    expect(ids).toEqual(made.map(({ attributes }) => attributes[ITEM_ID]));
    const service = made[0]?.resource.attributes['service.name'];
    const [resource] = groups;
    expect(resource?.resource.attributes.find(({ key }) => key === 'service.name')?.value['string_value']).toBe(
      service,
    );
  });
});

interface StoredSpan {
  readonly service: string;
  readonly resource: string;
  /** Whole numbers as they were written: JSON readers round those of 64 bits. */
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_id: string;
  readonly start: string;
  readonly duration: string;
  readonly error: string;
  readonly meta: Readonly<Record<string, string>>;
}

describe('the APM test agent, as tracers send to it', () => {
  let agent: Awaited<ReturnType<typeof startDdapm>>;
  beforeAll(async () => {
    agent = await startDdapm();
  }, 180_000);
  afterAll(() => agent?.stop());

  test('shows every span with its ids, times and attributes, and the spans of a trace together', async () => {
    const made = spans(50, { startMs });
    const block = { endpoint: agent.tracesUrl, traces: { enabled: true, protocol: 'agent_v04' } };
    expect(await send('traces', made, block)).toMatchObject({ delivered: 50, dropped: 0, pending: 0 });
    const response = await fetch(`${agent.tracesUrl}/test/session/traces`);
    const asWritten = (_key: string, value: unknown, { source }: { readonly source?: string } = {}) =>
      typeof value === 'number' ? source : value;
    const parse = JSON.parse as (text: string, read: typeof asWritten) => readonly (readonly StoredSpan[])[];
    const traces = parse(await response.text(), asWritten);
    for (const trace of traces) expect(new Set(trace.map(({ trace_id }) => trace_id)).size).toBe(1);
    expect(traces).toHaveLength(new Set(made.map((span) => span.spanContext().traceId)).size);
    const stored = new Map(traces.flat().map((span) => [span.meta[ITEM_ID], span]));
    expect(stored.size).toBe(50);
    for (const span of made) {
      const { traceId, spanId } = span.spanContext();
      const decimal = (hex: string): string => String(BigInt(`0x${hex}`));
      const nanos = (time: readonly [number, number]): bigint => BigInt(time[0]) * 1_000_000_000n + BigInt(time[1]);
      expect(stored.get(String(span.attributes[ITEM_ID]))).toMatchObject({
        service: span.resource.attributes['service.name'],
        resource: span.attributes['http.request.method'] ?? span.name.toWellFormed(),
        trace_id: decimal(traceId.slice(16)),
        span_id: decimal(spanId),
        parent_id: decimal(span.parentSpanContext?.spanId ?? '0'),
        start: String(nanos(span.startTime)),
        duration: String(nanos(span.endTime) - nanos(span.startTime)),
        error: span.status.code === 2 ? '1' : '0',
        meta: { 'otel.trace_id': traceId },
      });
    }
  });
});

describe('VictoriaMetrics', () => {
  let server: Referee;
  beforeAll(async () => {
    server = await startVictoriaMetrics();
  }, 180_000);
  afterAll(() => server?.stop());

  function points(
    records: readonly ResourceMetricsRecord[],
  ): Map<unknown, { name: string; second: number; value: number }> {
    const all = new Map<unknown, { name: string; second: number; value: number }>();
    for (const { scopeMetrics } of records) {
      for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
        for (const { attributes, endTime, value } of metric.dataPoints) {
          all.set(attributes[ITEM_ID], { name: metric.descriptor.name, second: endTime[0], value: Number(value) });
        }
      }
    }
    return all;
  }

  test('keeps gauges and differences with host, tags, times and values', async () => {
    const made = metrics(40, { startMs, variety: 'plain', kinds: ['gauge', 'counter'], temporality: 'delta' });
    const block = {
      metrics_endpoint: `${server.url}/datadog/api/v1/series`,
      metrics: { flush_interval: '50ms' },
      tags: ['team:pay'],
    };
    expect(await send('metrics', made, block)).toMatchObject({ delivered: 40, dropped: 0, pending: 0 });
    const stored = await eventually(async () => {
      const series = await exportedSeries(server.url, '{__name__=~"test.+"}');
      return series.length === 40 ? series : undefined;
    });
    const expected = points(made);
    const { attributes } = made[0]?.resource ?? { attributes: {} };
    for (const { labels, samples } of stored) {
      const point = expected.get(labels[ITEM_ID]);
      expect(labels).toMatchObject({
        __name__: point?.name,
        host: attributes['host.name'],
        service: attributes['service.name'],
        env: attributes['deployment.environment.name'],
        team: 'pay',
      });
      expect(samples).toEqual([[(point?.second ?? 0) * 1000, point?.value]]);
    }
  });
});

describe("the models of Datadog's API client", () => {
  test('read logs and series without a remainder', async () => {
    const service = await fakeDatadog(() => Date.now(), KEY);
    try {
      const entries = logs(30, { startMs, variety: 'plain' });
      await send('logs', entries, { endpoint: service.url });
      const made = metrics(30, { startMs, variety: 'plain' });
      await send('metrics', made, { endpoint: service.url, encoding: 'json', metrics: { flush_interval: '50ms' } });
      const bodies = service.requests.map(({ path, body }) => [path, JSON.parse(body.toString())] as const);
      const items = bodies.filter(([path]) => path.endsWith('/logs')).flatMap(([, body]) => body as unknown[]);
      const read = ObjectSerializer.deserialize(items, 'Array<HTTPLogItem>', '');
      expect(read).toHaveLength(30);
      for (const [i, item] of read.entries()) {
        expect(item._unparsed).toBeUndefined();
        expect(item).toMatchObject({ message: entries[i]?.body, ddsource: 'opentelemetry', service: 'shop' });
        expect(item.additionalProperties[ITEM_ID]).toBe(entries[i]?.attributes[ITEM_ID]);
      }
      const payloads = bodies.filter(([path]) => path.endsWith('/series'));
      expect(payloads.length).toBeGreaterThan(0);
      for (const [, body] of payloads) {
        const payload = ObjectSerializer.deserialize(body, 'MetricPayload', '');
        expect(payload._unparsed).toBeUndefined();
        for (const series of payload.series) {
          expect(series._unparsed).toBeUndefined();
          expect(series.additionalProperties).toBeUndefined();
          expect(series).toMatchObject({ type: 3, resources: [{ type: 'host', name: 'host-1' }] });
        }
        expect(JSON.parse(JSON.stringify(ObjectSerializer.serialize(payload, 'MetricPayload', '')))).toEqual(body);
      }
    } finally {
      await service.close();
    }
  });
});
