/**
 * A real Zipkin stores what was sent and gives it back: names and services in lower case, tags and annotations sorted.
 * It has no types of values, no nanoseconds and no structure of links: these are text, cut and a tag. Through the
 * Collector's receiver, in its dialect, status, links and typed values of events come back too.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import zipkin from '@telemetryflow/exporter-zipkin';
import { createPipeline } from '@telemetryflow/kernel';
import { hrTimeToNanos, type SpanRecord, toPlainJson, valueToText } from '@telemetryflow/otlp';
import { configureExporter, contextOf, corpus, ITEM_ID, spans, type ZipkinSpanJson } from '@telemetryflow/testkit';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { eventually, type Referee } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';
import { startZipkin } from './referees/zipkin.ts';

const COUNT = 300;
const startMs = Date.now() - 60_000;
const KINDS = [undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

async function send(url: string, records: readonly SpanRecord[], block: object = {}) {
  const exporters = { zipkin: { endpoint: url, flush_interval: '50ms', ...block } };
  const pipeline = await createPipeline({ exporters } as never);
  await pipeline.start();
  await pipeline.consume({ signal: 'traces', records } as never);
  return pipeline.shutdown({ timeoutMs: 10_000 });
}

/** The records under ids that no other test has. */
function renamed(records: readonly SpanRecord[], series: number): SpanRecord[] {
  return records.map((record, i) => {
    const context = { ...record.spanContext(), ...contextOf(series * 10_000 + i) };
    return { ...record, spanContext: () => context };
  });
}

/** Time in microseconds, name and attributes of an event; empty names and those of events with attributes are quoted. */
function readAnnotation({ timestamp, value }: { readonly timestamp: number; readonly value: string }): string {
  const [, quoted, json = '{}'] = /^("(?:[^"\\]|\\.)*")(?:: (\{.*\}))?$/s.exec(value) ?? [];
  return JSON.stringify([timestamp, quoted === undefined ? value : JSON.parse(quoted), JSON.parse(json)]);
}

describe('Zipkin', () => {
  let server: Referee;
  beforeAll(async () => {
    server = await startZipkin();
  }, 180_000);
  afterAll(() => server.stop());

  function stored(record: SpanRecord): Promise<ZipkinSpanJson> {
    const { traceId, spanId } = record.spanContext();
    return eventually(async () => {
      const answer = await fetch(`${server.url}/api/v2/trace/${traceId}`);
      if (!answer.ok) return undefined;
      // Zipkin takes U+2028 for longer than it writes it: what is left over follows its JSON.
      const text = (await answer.text()).replace(/\]\0+$/, ']');
      return (JSON.parse(text) as ZipkinSpanJson[]).find(({ id }) => id === spanId);
    });
  }

  test.each([
    ['json', 'gzip', 1],
    ['json', 'none', 2],
    ['proto', 'gzip', 3],
    ['proto', 'none', 4],
  ])(
    'gives back every span with its ids, times, tags and annotations, sent as %s with %s',
    async (format, compression, series) => {
      const records = renamed(spans(COUNT, { variety: 'plain', startMs }), series);
      expect(await send(server.url, records, { format, compression })).toMatchObject({ delivered: COUNT, dropped: 0 });
      for (const record of records) {
        const span = await stored(record);
        const { attributes, kind, name, parentSpanContext, resource, events } = record;
        const start = hrTimeToNanos(record.startTime);
        expect(span).toMatchObject({
          traceId: record.spanContext().traceId,
          name: name.toLowerCase(),
          timestamp: Number(start / 1000n),
          duration: Number((hrTimeToNanos(record.endTime) - start) / 1000n) || 1,
          localEndpoint: { serviceName: valueToText(resource.attributes['service.name']) },
        });
        expect(span.kind).toBe(KINDS[kind]);
        expect(span.parentId).toBe(parentSpanContext?.spanId);
        for (const [key, value] of Object.entries({ ...resource.attributes, ...attributes })) {
          if (key !== 'service.name') expect(span.tags?.[key]).toBe(valueToText(value));
        }
        expect(span.tags?.['otel.status_code']).toBe([undefined, 'OK', 'ERROR'][record.status.code]);
        expect((span.annotations ?? []).map(readAnnotation).sort()).toEqual(
          events
            .map(({ name: event, time, attributes: own = {} }) =>
              JSON.stringify([Number(hrTimeToNanos(time) / 1000n), event, toPlainJson(own)]),
            )
            .sort(),
        );
      }
    },
  );

  test('takes spans of every kind of value, odd Unicode included', async () => {
    const records = renamed(corpus().traces, 5);
    expect(await send(server.url, records)).toMatchObject({ delivered: records.length, dropped: 0 });
    for (const record of records) {
      const { tags } = await stored(record);
      expect(tags?.[ITEM_ID]).toBe(record.attributes[ITEM_ID]);
      const { value } = record.attributes;
      if (typeof value === 'string') expect(tags?.['value']).toBe(value.toWellFormed());
    }
  });

  test('takes a tag that looks like its first format, times below a microsecond, and pipes', async () => {
    const [base] = spans(1, { variety: 'plain', startMs }) as [SpanRecord];
    const odd: SpanRecord = {
      ...base,
      endTime: base.startTime,
      attributes: { k: 'ends in yAnnotations' },
      events: [{ name: 'a|b', time: base.startTime, attributes: { c: 'd|e' } }],
    };
    const [record] = renamed([odd], 6) as [SpanRecord];
    expect(await send(server.url, [record])).toMatchObject({ delivered: 1, dropped: 0 });
    const span = await stored(record);
    expect(span).toMatchObject({ duration: 1, tags: { k: 'ends in yAnnotations' } });
    const [, name = '', json = ''] = /^("[^"]*"): (.*)$/.exec(span.annotations?.[0]?.value ?? '') ?? [];
    expect([JSON.parse(name), JSON.parse(json)]).toEqual(['a|b', { c: 'd|e' }]);
  });

  test('draws the dependency of a call', async () => {
    const [base] = spans(1, { variety: 'plain', startMs }) as [SpanRecord];
    const attributes = { 'server.address': 'database', 'network.peer.address': '10.0.0.1', 'network.peer.port': 5432 };
    const [record] = renamed([{ ...base, kind: 2, attributes }], 7) as [SpanRecord];
    await send(server.url, [record]);
    expect((await stored(record)).remoteEndpoint).toEqual({ serviceName: 'database', ipv4: '10.0.0.1', port: 5432 });
    const links = await eventually(async () => {
      const answer = await fetch(`${server.url}/api/v2/dependencies?endTs=${Date.now()}`);
      const all = (await answer.json()) as { parent: string; child: string }[];
      return all.find(({ child }) => child === 'database');
    });
    expect(links.parent).toBe(valueToText(base.resource.attributes['service.name']));
  });

  test('refuses a list for one bad span: the exporter itself never sends one', async () => {
    const bad = '[{"traceId":"1","id":"1","tags":{"n":null}},{"traceId":"2","id":"2"}]';
    const answer = await fetch(`${server.url}/api/v2/spans`, { method: 'POST', body: bad });
    expect(answer.status).toBe(400);
    const records = renamed(spans(3, { variety: 'plain', startMs }), 8);
    const zero = {
      ...(records[1] as SpanRecord),
      spanContext: () => ({ traceId: '0'.repeat(32), spanId: 'x', traceFlags: 0 }),
    };
    const report = await send(server.url, [records[0] as SpanRecord, zero, records[2] as SpanRecord]);
    expect(report).toMatchObject({ delivered: 2, dropped: 1 });
  });

  test('answers the health check', async () => {
    const { config } = await configureExporter(zipkin, { endpoint: `${server.url}/api/v2/spans` });
    expect(await zipkin.healthcheck?.(config, { signal: AbortSignal.timeout(10_000) })).toMatchObject({ ok: true });
  });
});

const zipkinToFile: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers: { zipkin: { endpoint: 127.0.0.1:${ports.http} } }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [zipkin], exporters: [file] }
`;

type Pairs = readonly { readonly key: string; readonly value?: Readonly<Record<string, unknown>> }[];
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind?: number;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: Pairs;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly events?: readonly { readonly name?: string; readonly attributes?: Pairs }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string; readonly attributes?: Pairs }[];
}

describeWithBinary('otelcol-referee', "the Collector's zipkin receiver", () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(zipkinToFile)) as Collector;
  }, 60_000);
  afterAll(() => collector.stop());

  const url = () => `${collector.url}/api/v2/spans`;

  async function sent(records: readonly SpanRecord[], block: object): Promise<Map<string, OtlpSpan>> {
    const from = collector.received().length;
    expect(await send(url(), records, block)).toMatchObject({ delivered: records.length, dropped: 0 });
    return eventually(async () => {
      const requests = collector.received().slice(from) as {
        resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
      }[];
      const found = requests.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: all }) => all)),
      );
      return found.length >= records.length ? new Map(found.map((span) => [span.spanId, span])) : undefined;
    });
  }

  test.each(['json', 'proto'])(
    'its dialect brings back status, kind, times, events and links, sent as %s',
    async (format) => {
      const records = renamed(spans(COUNT, { startMs }), 9);
      const received = await sent(records, { format, dialect: 'otelcol' });
      expect(received.size).toBe(COUNT);
      for (const record of records) {
        const span = received.get(record.spanContext().spanId);
        const start = hrTimeToNanos(record.startTime);
        const micros = (hrTimeToNanos(record.endTime) - start) / 1000n || 1n;
        expect(span).toMatchObject({
          traceId: record.spanContext().traceId,
          name: record.name,
          kind: record.kind + 1,
          startTimeUnixNano: String((start / 1000n) * 1000n),
          endTimeUnixNano: String((start / 1000n + micros) * 1000n),
        });
        expect(span?.parentSpanId ?? '').toBe(record.parentSpanContext?.spanId ?? '');
        const texts = new Map(span?.attributes?.map(({ key, value }) => [key, value?.['stringValue']]));
        for (const [key, value] of Object.entries(record.attributes)) {
          expect([key, texts.get(key.toWellFormed())]).toEqual([key, valueToText(value).toWellFormed()]);
        }
        const { code, message } = record.status;
        expect(span?.status?.code ?? 0).toBe(code);
        if (code === 2) expect(span?.status?.message ?? '').toBe(message ?? '');
        expect((span?.events ?? []).map(({ name = '' }) => name).sort()).toEqual(
          record.events.map(({ name }) => name.replaceAll('|', '_').toWellFormed()).sort(),
        );
        expect((span?.links ?? []).map(({ traceId, spanId }) => traceId + spanId)).toEqual(
          record.links.map(({ context }) => context.traceId + context.spanId),
        );
      }
    },
  );

  test('types of the attributes of events survive its dialect', async () => {
    const [base] = spans(1, { variety: 'plain', startMs }) as [SpanRecord];
    const event = { name: 'e|f', time: base.startTime, attributes: { n: 1, text: 'a|b', flag: true } };
    const [record] = renamed([{ ...base, events: [event] }], 10) as [SpanRecord];
    const span = (await sent([record], { dialect: 'otelcol' })).get(record.spanContext().spanId);
    const [received] = span?.events ?? [];
    expect(received?.name).toBe('e_f');
    const values = Object.fromEntries((received?.attributes ?? []).map(({ key, value }) => [key, value]));
    expect(values).toEqual({ n: { intValue: '1' }, text: { stringValue: 'a|b' }, flag: { boolValue: true } });
  });

  test('the dialect of Zipkin passes it too: no pipe spoils a request or cuts a name', async () => {
    const records = renamed(corpus().traces, 11);
    const piped = records.map((record) => ({
      ...record,
      events: [{ name: 'a|b|c', time: record.startTime, attributes: { k: 'x|y' } }],
    }));
    expect((await sent(piped, { dialect: 'zipkin' })).size).toBe(records.length);
  });
});
