import { afterEach, describe, expect, test } from '@jest/globals';
import elasticsearch from '@telemetryflow/exporter-elasticsearch';
import { createPipeline } from '@telemetryflow/kernel';
import { decode, encode, type LogRecord, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  corpus,
  type ElasticsearchRules,
  FAKE_EPOCH,
  type FakeElasticsearch,
  fakeElasticsearch,
  logs,
  metrics,
  spans,
} from '@telemetryflow/testkit';
import { quiet } from './setup.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(rules: ElasticsearchRules = {}): Promise<FakeElasticsearch> {
  const started = await fakeElasticsearch(rules);
  closing.push(() => started.close());
  return started;
}

async function send<S extends Signal>(
  { url }: { readonly url: string },
  signal: S,
  records: readonly RecordOf[S][],
  block: object = {},
) {
  const pipeline = await createPipeline(
    { exporters: { elasticsearch: { endpoints: [url], traces: true, flush_interval: '50ms', ...block } } },
    { plugins: [elasticsearch], logger: quiet },
  );
  await pipeline.start();
  closing.push(() => pipeline.shutdown({ timeoutMs: 1000 }));
  await pipeline.consume({ signal, records } as Parameters<typeof pipeline.consume>[0]);
  await pipeline.forceFlush();
  // What waits for its next attempt is delivered now.
  return pipeline.shutdown();
}

type Attributes = Readonly<Record<string, unknown>>;
const attributesOf = (source: Readonly<Record<string, unknown>>): Attributes =>
  (source['attributes'] ?? {}) as Attributes;

describe.each(['elasticsearch', 'opensearch'] as const)('a whole pipeline before a strict %s', (product) => {
  test('stores every record of the pairwise data', async () => {
    const data = corpus();
    const items = data.logs.length;
    for (const signal of ['logs', 'traces', 'metrics'] as const) {
      const fake = await server({ product });
      const report = await send(fake, signal, data[signal] as readonly RecordOf[typeof signal][]);
      const ids = new Set(fake.cluster.stored.map(({ source }) => attributesOf(source)['item.id']));
      ids.delete(undefined);
      expect(report.pending).toBe(0);
      expect(report.delivered + report.dropped).toBe(items);
      // Points that are not finite have no number in JSON.
      expect(report.dropped).toBe(signal === 'metrics' ? items - ids.size : 0);
      expect(ids.size).toBe(report.delivered);
      expect(fake.cluster.templates.size).toBe(1);
    }
  });

  test('reads back what was sent', async () => {
    const fake = await server({ product });
    const records = logs(40, { variety: 'plain' });
    expect(await send(fake, 'logs', records)).toMatchObject({ delivered: 40, dropped: 0 });
    const byId = new Map(fake.cluster.stored.map(({ source }) => [attributesOf(source)['item.id'], source]));
    for (const record of records) {
      const source = byId.get(record.attributes['item.id']) ?? {};
      expect(source['body']).toEqual({ text: record.body });
      expect(attributesOf(source)).toEqual(record.attributes);
    }
  });
});

describe('a cluster that is found out', () => {
  test('gets one template, is asked once, and mapped values are named', async () => {
    const fake = await server();
    await send(
      fake,
      'metrics',
      metrics(6, { variety: 'plain', kinds: ['gauge', 'counter', 'summary'], temporality: 'delta' }),
      { logs: false, traces: false },
    );
    expect([...fake.cluster.templates.keys()]).toEqual(['telemetryflow']);
    expect(fake.requests.filter(({ method }) => method === 'GET').map(({ path }) => path)).toEqual([
      '/',
      '/_index_template/telemetryflow',
    ]);
    const names = fake.cluster.stored.flatMap(({ dynamicTemplates }) => Object.values(dynamicTemplates));
    expect(new Set(names)).toEqual(new Set(['gauge_long', 'gauge_double', 'summary']));
  });

  test('keeps a template that is there, and does without names it does not know', async () => {
    const fake = await server();
    fake.cluster.templates.set('telemetryflow', { index_patterns: ['telemetryflow-*'] });
    expect(await send(fake, 'metrics', metrics(4, { variety: 'plain' }))).toMatchObject({ delivered: 4, dropped: 0 });
    expect(fake.cluster.templates.get('telemetryflow')).toEqual({ index_patterns: ['telemetryflow-*'] });
  });

  test('may refuse the template, or not say what it is', async () => {
    for (const rules of [{ mayManage: false }, { info: false }]) {
      const fake = await server(rules);
      expect(await send(fake, 'logs', logs(3, { variety: 'plain' }))).toMatchObject({ delivered: 3, dropped: 0 });
    }
  });

  test('is told to write to data streams only where it knows that', async () => {
    const elastic = await server();
    await send(elastic, 'logs', logs(2, { variety: 'plain' }), { data_stream: {} });
    expect(elastic.requests.at(-1)?.path).toContain('&require_data_stream=true');
    const opensearch = await server({ product: 'opensearch' });
    expect(await send(opensearch, 'logs', logs(2, { variety: 'plain' }), { data_stream: {} })).toMatchObject({
      delivered: 2,
    });
    expect(opensearch.requests.at(-1)?.path).not.toContain('require_data_stream');
  });

  test.each([
    ['8.12.2', false, false],
    ['8.13.0', true, false],
    ['8.15.9', true, false],
    ['8.16.0', true, true],
    ['9.0.0', true, true],
  ])(
    'of version %s is asked for no more than it can: streams only %s, named mappings %s',
    async (version, only, named) => {
      const fake = await server({ version });
      const records = metrics(3, { variety: 'plain', kinds: ['gauge'], startMs: FAKE_EPOCH });
      expect(await send(fake, 'metrics', records, { data_stream: {} })).toMatchObject({ delivered: 3, dropped: 0 });
      const bulks = fake.requests.filter(({ path }) => path.startsWith('/_bulk'));
      expect(bulks.map(({ path }) => path.includes('require_data_stream=true'))).toEqual([only]);
      expect(bulks.map((request) => request.text().includes('dynamic_templates'))).toEqual([named]);
    },
  );

  test('after a batch was encoded gets that batch in the shape it takes', async () => {
    const fake = await server({ product: 'opensearch' });
    let asked = 0;
    fake.script((request) => (request.path === '/' && asked++ === 0 ? { status: 503 } : fake.cluster.answer(request)));
    const [plain] = logs(1, { variety: 'plain' }) as [LogRecord];
    const long = { ...plain, attributes: { long: 'x'.repeat(40_000) } };
    await send(fake, 'logs', [long], { metrics: false, traces: false });
    expect(fake.cluster.stored).toHaveLength(1);
    expect(asked).toBe(2);
  });
});

describe('data streams', () => {
  test('take metrics as a time series, and refuse what lies outside its window', async () => {
    const fake = await server();
    const options = { variety: 'plain', kinds: ['gauge', 'counter', 'histogram'] } as const;
    const fresh = metrics(9, { ...options, startMs: FAKE_EPOCH });
    const old = metrics(2, { ...options, from: 9, startMs: FAKE_EPOCH - 86_400_000 });
    const report = await send(fake, 'metrics', [...fresh, ...old], { data_stream: {} });
    expect(report).toMatchObject({ delivered: 9, dropped: 2, pending: 0 });
  });

  test('take spans with their events', async () => {
    const fake = await server();
    expect(await send(fake, 'traces', spans(10, { variety: 'plain' }), { data_stream: {} })).toMatchObject({
      delivered: 10,
    });
    expect([...fake.cluster.indices.keys()].sort()).toEqual([
      'logs-generic.otel-default',
      'traces-generic.otel-default',
    ]);
  });
});

test('compresses, names its type, keeps the places of items, and goes through the pipeline named', async () => {
  const fake = await server();
  await send(fake, 'logs', logs(50, { variety: 'plain' }), { pipeline: 'my pipe' });
  const bulk = fake.requests.find(({ path }) => path.startsWith('/_bulk'));
  expect(bulk?.headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' });
  for (const kept of ['items.*.status', 'items.*.error.type', 'items.*.failure_store'])
    expect(bulk?.path).toContain(kept);
  expect(bulk?.path).toContain('&pipeline=my%20pipe');
});

test('a request that was stored although its answer was lost is stored once', async () => {
  const fake = await server();
  let lost = 0;
  fake.script((request) => {
    const answer = fake.cluster.answer(request);
    return request.path.startsWith('/_bulk') && lost++ === 0 ? { ...answer, fault: 'cut_off' } : answer;
  });
  const report = await send(fake, 'logs', logs(20, { variety: 'plain' }), { retry: { initial: '10ms', jitter: 0 } });
  expect(report.dropped).toBe(0);
  expect(fake.cluster.stored).toHaveLength(20);
  expect(lost).toBeGreaterThan(1);
});

test('one node that is gone does not lose anything', async () => {
  const gone = await fakeElasticsearch();
  await gone.close();
  const fake = await server();
  const block = { endpoints: [gone.url, fake.url], retry: { initial: '10ms', jitter: 0 } };
  await send(fake, 'logs', logs(10, { variety: 'plain' }), block);
  expect(fake.cluster.stored).toHaveLength(10);
});

describe('a whole pipeline over OTLP', () => {
  const OTLP = { protocol: 'otlp' };

  test('brings every item, with its attributes, to the data stream of its signal', async () => {
    const fake = await server({ version: '9.5.0' });
    const data = corpus();
    for (const signal of ['logs', 'metrics', 'traces'] as const) {
      const report = await send(fake, signal, data[signal] as readonly RecordOf[typeof signal][], OTLP);
      expect([signal, report]).toMatchObject([signal, { dropped: 0, pending: 0 }]);
      const stored = fake.cluster.otlp.filter((item) => item.signal === signal);
      expect(stored).toHaveLength(report.delivered);
      expect(new Set(stored.map(({ index }) => index))).toEqual(new Set([`${signal}-generic.otel-default`]));
    }
    const sent = new Map(
      decode('logs', encode('logs', data.logs)).map(({ attributes }) => [attributes['item.id'], attributes]),
    );
    for (const { id, attributes } of fake.cluster.otlp.filter(({ signal }) => signal === 'logs')) {
      expect({ ...attributes }).toEqual({ ...sent.get(id) });
    }
    const [request] = fake.requests;
    expect(request?.headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' });
  });

  test('asks neither what the cluster is nor for a template', async () => {
    const fake = await server({ version: '9.5.0' });
    await send(fake, 'logs', logs(2, { variety: 'plain' }), OTLP);
    expect(fake.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /_otlp/v1/logs']);
  });

  test('goes to the data stream of the configuration, unless telemetry names its own', async () => {
    const fake = await server({ version: '9.5.0' });
    const [plain] = logs(1, { variety: 'plain' }) as [LogRecord];
    const own = { ...plain, attributes: { ...plain.attributes, 'data_stream.namespace': 'prod' } };
    const placed = { ...plain, resource: { attributes: { 'data_stream.dataset': '../a b\r\n' } } };
    const block = { ...OTLP, data_stream: { dataset: 'shop.otel', namespace: 'eu' } };
    await send(fake, 'logs', [plain, own, placed], block);
    expect(fake.cluster.otlp.map(({ index }) => index)).toEqual([
      'logs-shop.otel-eu',
      'logs-shop.otel-prod',
      'logs-.._a_b\r\n.otel-eu',
    ]);
    expect(fake.requests.map(({ path }) => path)).toEqual(['/_otlp/v1/logs']);
  });

  test.each<[string, ElasticsearchRules, Signal, number]>([
    ['8.19.2', {}, 'metrics', 0],
    ['9.1.9', {}, 'metrics', 0],
    ['9.2.0', {}, 'metrics', 4],
    ['9.4.9', {}, 'logs', 0],
    ['9.4.9', {}, 'traces', 0],
    ['9.5.0', {}, 'logs', 4],
    ['3.4.0', { product: 'opensearch' }, 'metrics', 0],
  ])('of version %s %j takes of four items of %s %d', async (version, rules, signal, delivered) => {
    const fake = await server({ version, ...rules });
    const records = {
      metrics: () => metrics(4, { variety: 'plain', kinds: ['gauge'] }),
      logs: () => logs(4, { variety: 'plain' }),
      traces: () => spans(4, { variety: 'plain' }),
    }[signal]();
    expect(await send(fake, signal, records as readonly RecordOf[Signal][], OTLP)).toMatchObject({
      delivered,
      dropped: 4 - delivered,
    });
  });

  test('counts cumulative histograms that a server before 9.5 leaves out, and brings them as changes when told to', async () => {
    const kinds = ['histogram', 'gauge'] as const;
    const records = metrics(8, { variety: 'plain', kinds: [...kinds], temporality: 'cumulative' });
    const old = await server({ version: '9.4.0' });
    expect(await send(old, 'metrics', records, OTLP)).toMatchObject({ delivered: 4, dropped: 4 });
    const again = await server({ version: '9.4.0' });
    const report = await send(again, 'metrics', records, { ...OTLP, temporality: 'delta' });
    expect(again.cluster.otlp.some(({ cumulativeHistogram }) => cumulativeHistogram)).toBe(false);
    expect(report).toMatchObject({ delivered: again.cluster.otlp.length });
    const current = await server({ version: '9.5.0' });
    expect(await send(current, 'metrics', records, OTLP)).toMatchObject({ delivered: 8, dropped: 0 });
  });

  test('loses what the server refuses for good, and sends all again when one document was throttled', async () => {
    let throttled = 0;
    const fake = await server({
      version: '9.5.0',
      refuseOtlp: ({ id }) => {
        if (id === 'item-1') return { status: 'BAD_REQUEST', reason: "Preview of field's value: 'geheim'" };
        return id === 'item-2' && throttled++ === 0 ? { status: 'TOO_MANY_REQUESTS', reason: 'rejected' } : undefined;
      },
    });
    const block = { ...OTLP, retry: { initial: '10ms', jitter: 0 } };
    const report = await send(fake, 'logs', logs(5, { variety: 'plain' }), block);
    expect(report).toMatchObject({ delivered: 4, dropped: 1, pending: 0 });
    expect(fake.requests).toHaveLength(2);
    expect(fake.cluster.otlp.some(({ id }) => id === 'item-1')).toBe(false);
    // Logs have no id over OTLP: what was stored beside the throttled one is there twice.
    expect(fake.cluster.otlp.filter(({ id }) => id === 'item-0')).toHaveLength(2);
    expect(fake.cluster.otlp.filter(({ id }) => id === 'item-2')).toHaveLength(1);
  });

  test('a repeated request of metrics that are stored already is delivered, not dropped', async () => {
    const stored = new Set<string>();
    const fake = await server({
      version: '9.5.0',
      refuseOtlp: ({ id }) => {
        if (stored.has(id)) return { status: 'CONFLICT', reason: 'version conflict, document already exists' };
        stored.add(id);
        return undefined;
      },
    });
    let taken = 0;
    fake.script((request) => {
      const answer = fake.cluster.answer(request);
      return taken++ === 0 ? { status: 504 } : answer;
    });
    const block = { ...OTLP, retry: { initial: '10ms', jitter: 0 } };
    const report = await send(fake, 'metrics', metrics(6, { variety: 'plain', kinds: ['gauge'] }), block);
    expect(report).toMatchObject({ delivered: 6, dropped: 0 });
    expect(fake.requests).toHaveLength(2);
    expect(fake.cluster.otlp).toHaveLength(6);
  });

  test('goes on with the next node when one is gone', async () => {
    const gone = await fakeElasticsearch();
    await gone.close();
    const fake = await server({ version: '9.5.0' });
    const block = { ...OTLP, endpoints: [gone.url, fake.url], retry: { initial: '10ms', jitter: 0 } };
    await send(fake, 'logs', logs(10, { variety: 'plain' }), block);
    expect(fake.cluster.otlp).toHaveLength(10);
  });
});
