/** Real servers store what was sent, and searches read it back. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import elasticsearch from '@telemetryflow/exporter-elasticsearch';
import { createPipeline, type Logger } from '@telemetryflow/kernel';
import { hrTimeToNanos, type LogRecord, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { corpus, hrTime, logs, metrics, spans } from '@telemetryflow/testkit';
import { startElasticsearch } from './referees/elasticsearch.ts';
import { startOpenSearch } from './referees/opensearch.ts';

interface Server {
  readonly url: string;
  readonly block: Readonly<Record<string, unknown>>;
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
const START = Date.now() - 60_000;
/** What the exporter logs: the reasons of refusals are there. */
const said: string[] = [];
const log = (message: string, fields?: Json): void => void said.push(`${message} ${JSON.stringify(fields ?? {})}`);
const logger: Logger = { error: log, warn: log, info: log, debug: log };

const SERVERS: Readonly<Record<string, () => Promise<Server>>> = {
  'Elasticsearch 8.19.2': async () => {
    const server = await startElasticsearch();
    const { username, password, certificate } = server;
    return { ...server, block: { username, password, tls_ca_file: certificate.cert } };
  },
  'OpenSearch 2.19.5': async () => ({ ...(await startOpenSearch()), block: {} }),
};

describe.each(Object.keys(SERVERS))('%s', (name) => {
  let server: Server;
  beforeAll(async () => {
    server = (await SERVERS[name]?.()) as Server;
  }, 120_000);
  afterAll(() => server?.stop());

  async function send<S extends Signal>(signal: S, records: readonly RecordOf[S][], block: Json) {
    said.length = 0;
    const pipeline = await createPipeline(
      { exporters: { elasticsearch: { endpoints: [server.url], traces: true, ...server.block, ...block } } },
      { plugins: [elasticsearch], logger },
    );
    await pipeline.start();
    await pipeline.consume({ signal, records } as Parameters<typeof pipeline.consume>[0]);
    return pipeline.shutdown();
  }

  async function stored(index: string): Promise<Json[]> {
    await server.request('POST', `/${index}/_refresh`);
    const answer = (await server.request('POST', `/${index}/_search`, { size: 5000, query: { match_all: {} } })) as {
      hits: { hits: { _source: Json }[] };
    };
    return answer.hits.hits.map(({ _source }) => _source);
  }

  async function count(index: string, query: object): Promise<number> {
    await server.request('POST', `/${index}/_refresh`);
    return ((await server.request('POST', `/${index}/_count`, { query })) as { count: number }).count;
  }

  const idOf = (source: Json): unknown => (source['attributes'] as Json | undefined)?.['item.id'];

  /** Nanoseconds of a time as documents write it. */
  function nanosOf(time: unknown): bigint {
    const [, seconds = '', fraction = ''] = /^(.*)\.(\d{9})Z$/.exec(String(time)) ?? [];
    return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction);
  }

  test('stores every log record with its time, text and attributes', async () => {
    const records = logs(300, { variety: 'plain', startMs: START });
    expect(await send('logs', records, { index: 'telemetryflow-plain' })).toMatchObject({ delivered: 300, dropped: 0 });
    const byId = new Map((await stored('telemetryflow-plain')).map((source) => [idOf(source), source]));
    expect(byId.size).toBe(300);
    for (const record of records) {
      const source = byId.get(record.attributes['item.id']) ?? {};
      expect(nanosOf(source['@timestamp'])).toBe(hrTimeToNanos(record.hrTime));
      expect(source['body']).toEqual({ text: record.body });
      expect(source['attributes']).toEqual(record.attributes);
      expect(source['severity_text']).toBe(record.severityText);
      expect(source['trace_id']).toBe(record.spanContext?.traceId);
    }
    // Text, attributes and severity can be searched by the fields of both worlds.
    expect(await count('telemetryflow-plain', { match_phrase: { message: 'request 7 handled' } })).toBe(1);
    expect(await count('telemetryflow-plain', { term: { 'attributes.item.id': 'item-7' } })).toBe(1);
    expect(await count('telemetryflow-plain', { term: { 'log.level': 'WARN' } })).toBeGreaterThan(0);
  });

  /** Nothing that OTLP can carry in a log record or span is refused: values of one name and all types, deep maps. */
  test('stores every kind of value, whatever came before it under the name', async () => {
    const data = corpus();
    for (const signal of ['logs', 'traces'] as const) {
      const index = `telemetryflow-corpus-${signal}`;
      const report = await send(signal, data[signal] as readonly RecordOf[typeof signal][], { index });
      expect([report, said.filter((line) => line.includes('not stored'))]).toMatchObject([
        { dropped: 0, pending: 0 },
        [],
      ]);
      const ids = new Set((await stored(index)).map(idOf));
      ids.delete(undefined);
      expect(ids.size).toBe(data[signal].length);
    }
    let deep: LogRecord['attributes'] = { end: 1 };
    for (let i = 0; i < 40; i++) deep = { deeper: deep };
    const [base] = logs(1, { variety: 'all', startMs: START });
    const odd = [
      { ...base, attributes: { deep } },
      { ...base, attributes: { 'a\ud800': 1, 'a\udfff': 2 } },
      { ...base, attributes: { long: 'ä'.repeat(40_000), 'zero\0': 'x', '': 'empty name' } },
      { ...base, body: { deep } },
      { ...base, body: [{ deep }] },
    ] as LogRecord[];
    const report = await send('logs', odd, { index: 'telemetryflow-odd' });
    expect([report, said.filter((line) => line.includes('not stored'))]).toMatchObject([{ delivered: 5 }, []]);
  });

  test('stores spans whose links have deep attributes', async () => {
    let deep: LogRecord['attributes'] = { end: 1 };
    for (let i = 0; i < 40; i++) deep = { deeper: deep };
    const [span] = spans(1, { variety: 'plain', startMs: START });
    if (span === undefined) throw new Error('no span');
    const linked = { ...span, links: [{ context: span.spanContext(), attributes: { deep } }] };
    const report = await send('traces', [linked], { index: 'telemetryflow-links' });
    expect([report, said.filter((line) => line.includes('not stored'))]).toMatchObject([{ delivered: 1 }, []]);
  });

  test('stores metrics, names of which one is the beginning of another included', async () => {
    const records = metrics(60, {
      variety: 'plain',
      kinds: ['gauge', 'counter', 'updown', 'histogram'],
      startMs: START,
      temporality: 'delta',
    });
    const report = await send('metrics', records, { index: 'telemetryflow-metrics' });
    // The stripped Elasticsearch has no type for histograms; they are sent again without asking for it.
    expect(report).toMatchObject({ delivered: 60, dropped: 0 });
    const sources = await stored('telemetryflow-metrics');
    expect(new Set(sources.map(idOf)).size).toBe(60);
    const values = Object.assign({}, ...sources.map(({ metrics: own }) => own)) as Json;
    expect(values).toHaveProperty(['test.gauge.double']);
    expect(values['test.histogram.double'] ?? values['test.histogram.int']).toMatchObject({
      counts: expect.anything(),
    });
  });

  test('stores spans, and their events as logs', async () => {
    const records = spans(100, { variety: 'plain', startMs: START });
    const block = { traces_index: 'telemetryflow-spans', logs_index: 'telemetryflow-events' };
    expect(await send('traces', records, block)).toMatchObject({ delivered: 100, dropped: 0 });
    const sources = await stored('telemetryflow-spans');
    const byId = new Map(sources.map((source) => [source['span_id'], source]));
    expect(byId.size).toBe(100);
    for (const span of records) {
      const source = byId.get(span.spanContext().spanId) ?? {};
      expect(source).toMatchObject({ name: span.name, attributes: span.attributes });
      expect(nanosOf(source['@timestamp'])).toBe(hrTimeToNanos(span.startTime));
      expect(source['duration']).toBe(Number(hrTimeToNanos(span.duration)));
    }
    const events = records.reduce((sum, { events: own }) => sum + own.length, 0);
    expect(await stored('telemetryflow-events')).toHaveLength(events);
  });

  test('takes a repeated request as one', async () => {
    const attributes = { 'elasticsearch.document_id': 'same' };
    const [base] = logs(1, { variety: 'plain', startMs: START });
    const twice = [base, base].map((record) => ({ ...record, attributes })) as LogRecord[];
    expect(await send('logs', twice, { index: 'telemetryflow-twice' })).toMatchObject({ delivered: 2, dropped: 0 });
    expect(await stored('telemetryflow-twice')).toHaveLength(1);
  });

  test('says which documents it refused, and stores the others', async () => {
    await server.request('PUT', '/strict', {
      mappings: {
        properties: { severity_number: { type: 'date', format: 'yyyy' }, body: { type: 'object', enabled: false } },
      },
    });
    const records = logs(10, { variety: 'plain', startMs: START }).map((record, i) => ({
      ...record,
      severityNumber: i < 3 ? 9 : 0,
    }));
    const report = await send('logs', records, { index: 'strict' });
    expect(report).toMatchObject({ delivered: 7, dropped: 3, pending: 0 });
    expect(await stored('strict')).toHaveLength(7);
    expect(said.join('\n')).toMatch(/document_parsing_exception|mapper_parsing_exception/);
  });

  test('takes data streams', async () => {
    await server.request('PUT', '/_index_template/streams', {
      index_patterns: ['logs-*-*'],
      priority: 300,
      data_stream: {},
      template: {
        mappings: {
          properties: { '@timestamp': { type: 'date_nanos' }, attributes: { type: 'object', enabled: false } },
        },
      },
    });
    const records = logs(5, { variety: 'plain', startMs: START });
    const report = await send('logs', records, { data_stream: { dataset: 'shop' } });
    expect([report, said.filter((line) => line.includes('not stored'))]).toMatchObject([
      { delivered: 5, dropped: 0 },
      [],
    ]);
    expect(await stored('logs-shop.otel-default')).toHaveLength(5);
  });

  test('has no OTLP, and the log names the version that has', async () => {
    const report = await send('logs', logs(3, { variety: 'plain', startMs: START }), { protocol: 'otlp' });
    expect(report).toMatchObject({ delivered: 0, dropped: 3, pending: 0 });
    expect(said.join('\n')).toMatch(/no handler found.*logs and traces from 9\.5/s);
  });

  test('writes the index of the day of each record', async () => {
    const days = [0, 1].map((day) => Date.UTC(2024, 1, 28 + day));
    const records = days.flatMap((ms) =>
      logs(2, { variety: 'plain' }).map((record) => ({ ...record, hrTime: hrTime(ms) })),
    );
    await send('logs', records, { index: 'telemetryflow-dated-%Y.%m.%d' });
    expect(await stored('telemetryflow-dated-2024.02.28')).toHaveLength(2);
    expect(await stored('telemetryflow-dated-2024.02.29')).toHaveLength(2);
  });
});
