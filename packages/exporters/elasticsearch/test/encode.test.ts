import { describe, expect, test } from '@jest/globals';
import { DOUBLES, type LogRecord } from '@telemetryflow/otlp';
import { FAKE_EPOCH, hrTime, logs, metrics, spans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { ClusterMode } from '../src/mode.ts';
import { documents, encodeAll, instanceOf, lines, linesOf, payloadsOf, record } from './setup.ts';

const GOLDEN: Partial<LogRecord> = {
  hrTime: [1_700_000_000, 123_456_789],
  severityText: 'INFO',
  severityNumber: 9,
  attributes: { 'http.status_code': 200, ratio: 1, [DOUBLES]: new Set(['ratio']) },
  instrumentationScope: { name: 'lib', version: '1.0' },
  body: 'hi',
};
const NO_ID = { document_id: 'none' };
const ELASTICSEARCH: ClusterMode = { opensearch: false, dynamicTemplates: true, requireDataStream: true };

async function source(parts: Partial<LogRecord>, block: object = {}, mode?: ClusterMode) {
  const [first] = await documents({ ...NO_ID, ...block }, 'logs', [record(parts)], { mode });
  return first?.source ?? {};
}

describe('golden log records', () => {
  test('in a dated index, byte for byte', async () => {
    expect(await lines(NO_ID, 'logs', [record(GOLDEN)])).toEqual([
      '{"create":{"_index":"telemetryflow-2023.11.14"}}',
      '{"@timestamp":"2023-11-14T22:13:20.123456789Z","severity_text":"INFO","severity_number":9,"attributes":{"http.status_code":200,"ratio":1.0},"resource":{"attributes":{"service.name":"checkout"}},"scope":{"name":"lib","version":"1.0"},"body":{"text":"hi"}}',
    ]);
  });

  test('in a data stream', async () => {
    const [action, document] = await lines({ ...NO_ID, data_stream: {} }, 'logs', [record(GOLDEN)]);
    expect(action).toBe('{"create":{"_index":"logs-generic.otel-default"}}');
    expect(document).toContain('"data_stream":{"type":"logs","dataset":"generic.otel","namespace":"default"}');
  });
});

describe('log records', () => {
  test.each<[string, LogRecord['body'], unknown]>([
    ['text', 'a "b"\n', { text: 'a "b"\n' }],
    ['a number', 7, { text: '7' }],
    ['a boolean', false, { text: 'false' }],
    ['bytes', Uint8Array.of(1, 2), { text: 'AQI=' }],
    ['a map', { a: { b: [1] } }, { structured: { a: { b: [1] } } }],
    ['an array of maps', [{ a: 1 }], { structured: [{ a: 1 }] }],
    ['another array', [1, 'a'], { structured: { value: [1, 'a'] } }],
    ['nothing', '', undefined],
    ['the empty value', null, undefined],
  ])('with %s as body', async (_name, body, expected) => {
    expect((await source({ body }))['body']).toEqual(expected);
  });

  test('take the time, else the observed one, else now', async () => {
    const observed = hrTime(FAKE_EPOCH - 5000, 7);
    const iso = (ms: number, nanos: string): string => new Date(ms).toISOString().replace(/Z$/, `${nanos}Z`);
    expect(await source({ hrTime: [0, 0], hrTimeObserved: observed })).toMatchObject({
      '@timestamp': iso(FAKE_EPOCH - 5000, '000007'),
      observed_timestamp: iso(FAKE_EPOCH - 5000, '000007'),
    });
    expect((await source({ hrTime: [0, 0] }))['@timestamp']).toBe(iso(FAKE_EPOCH, '000000'));
  });

  test('carry trace context, event name and dropped counts', async () => {
    const traceId = '0102030405060708090a0b0c0d0e0f10';
    const made = await source({
      spanContext: { traceId, spanId: '0000000000000000', traceFlags: 1 },
      attributes: { 'event.name': 'login' },
      droppedAttributesCount: 2,
      resource: { attributes: {}, schemaUrl: 'https://schema', droppedAttributesCount: 1 },
    });
    expect(made).toMatchObject({
      trace_id: traceId,
      event_name: 'login',
      dropped_attributes_count: 2,
      resource: { schema_url: 'https://schema', dropped_attributes_count: 1 },
    });
    expect(made).not.toHaveProperty('span_id');
  });

  test('go to the index of today when their time is beyond the window', async () => {
    const old = record({ hrTime: hrTime(FAKE_EPOCH - 10 * 86_400_000) });
    const [far] = await documents({ index_date_window: '24h' }, 'logs', [old]);
    const [now] = await documents({}, 'logs', [record()]);
    expect(far?.create['_index']).toBe(now?.create['_index']);
    const edge = [24 * 3600, 24 * 3600 + 1].map((s) => record({ hrTime: hrTime(FAKE_EPOCH - s * 1000) }));
    const [kept, moved] = await documents({ index_date_window: '24h' }, 'logs', edge);
    expect([kept?.create['_index'] === now?.create['_index'], moved?.create['_index']]).toEqual([
      false,
      now?.create['_index'],
    ]);
    expect(far?.source['@timestamp']).not.toBe(now?.source['@timestamp']);
  });
});

describe('values', () => {
  test('keep what dynamic mapping needs: radix points, all digits, names for what is no number', async () => {
    const [, text = ''] = await lines(NO_ID, 'logs', [
      record({
        attributes: {
          one: 1,
          int: 1,
          half: 0.5,
          huge: 1e300,
          big: 2 ** 60,
          minus: -0,
          max: 9_223_372_036_854_775_807n,
          over: 18_446_744_073_709_551_615n,
          nan: Number.NaN,
          inf: Number.NEGATIVE_INFINITY,
          [DOUBLES]: new Set(['one']),
        },
      }),
    ]);
    expect(text).toContain(
      '{"one":1.0,"int":1,"half":0.5,"huge":1e+300,"big":1152921504606847000.0,"minus":-0.0,"max":9223372036854775807,"over":9223372036854775807,"nan":"NaN","inf":"-Infinity"}',
    );
  });

  test('never name a member twice, whatever the keys', async () => {
    const attributes = { 'a\ud800': 1, 'a\udfff': 2, 'a\ufffd': 3, 'z\0': 4, ['k'.repeat(5000)]: 5 };
    const [, text = ''] = await lines(NO_ID, 'logs', [record({ attributes })]);
    const names = Object.keys((JSON.parse(text) as { attributes: object }).attributes);
    expect(names).toHaveLength(5);
    expect(names.join()).not.toContain('\0');
  });

  test('deeper than a server takes become JSON text, and cycles end', async () => {
    let deep: LogRecord['attributes'] = { end: 1 };
    for (let i = 0; i < 30; i++) deep = { deeper: deep };
    const text = JSON.stringify((await source({ attributes: { deep } }))['attributes']);
    expect(text.split('{"deeper":').length - 1).toBeLessThanOrEqual(17);
    expect(text).toContain('\\"end\\"');
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    cycle['again'] = cycle;
    expect(await source({ attributes: cycle as LogRecord['attributes'] })).toHaveProperty('attributes');
  });

  test('read back as they were written, for any text', async () => {
    const exporter = await instanceOf(NO_ID);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (key, value) => {
        const [made] = await documents({}, 'logs', [record({ attributes: { [`k${key}`]: value } })], { exporter });
        const map = made?.source['attributes'] as Record<string, unknown>;
        expect(Object.values(map)).toEqual([value.toWellFormed()]);
      }),
      { numRuns: 200 },
    );
  });

  test('are cut for OpenSearch, whose flat objects refuse long terms; bodies are not', async () => {
    const long = 'x'.repeat(40_000);
    const mode = { opensearch: true, dynamicTemplates: false, requireDataStream: false };
    const cut = await source({ attributes: { long }, body: long }, {}, mode);
    expect((cut['attributes'] as { long: string }).long).toHaveLength(8191);
    expect(cut['body']).toEqual({ text: long });
    expect(((await source({ attributes: { long } }))['attributes'] as { long: string }).long).toHaveLength(40_000);
    const pairs = await source({ attributes: { pairs: `x${'😀'.repeat(5000)}` } }, {}, mode);
    expect((pairs['attributes'] as { pairs: string }).pairs).toBe(`x${'😀'.repeat(4095)}`);
    const odd = await source({ attributes: { pairs: '😀'.repeat(5000) } }, {}, mode);
    expect((odd['attributes'] as { pairs: string }).pairs).toBe('😀'.repeat(4095));
  });
});

describe('where telemetry chooses', () => {
  test('index and id come from its attributes, and leave the document', async () => {
    const attributes = { 'elasticsearch.index': 'chosen', 'elasticsearch.document_id': 'id-1', kept: 1 };
    const [made] = await documents({}, 'logs', [record({ attributes })]);
    expect(made?.create).toEqual({ _index: 'chosen', _id: 'id-1' });
    expect(made?.source['attributes']).toEqual({ kept: 1 });
  });

  test.each([
    '../x',
    'a/b',
    'a\r\n{"create":{}}',
    'a%2fb\\',
    'UPPER',
    '.security',
    '-x',
    '',
    '*',
    'ü\ud800',
    'x'.repeat(256),
  ])('never goes to the index %j', async (index) => {
    for (const signal of ['logs', 'traces', 'metrics'] as const) {
      const attributes = { 'elasticsearch.index': index, 'data_stream.dataset': index };
      const resource = { attributes };
      const made =
        signal === 'logs'
          ? await documents({}, signal, [record({ attributes, resource })])
          : signal === 'traces'
            ? await documents(
                {},
                signal,
                spans(1, { resource }).map((span) => ({ ...span, attributes })),
              )
            : await documents({}, signal, metrics(1, { resource, variety: 'plain' }));
      for (const { create } of made) expect(create['_index']).toMatch(/^telemetryflow-\d{4}\.\d\d\.\d\d$/);
    }
  });
});

describe('document ids', () => {
  const idsOf = async (records: readonly LogRecord[], id: string, exporter: Awaited<ReturnType<typeof instanceOf>>) =>
    (await documents({}, 'logs', records, { id, exporter })).map(({ create }) => create['_id']);

  test('are unique, and the same when part of a batch is encoded again', async () => {
    const exporter = await instanceOf({});
    const records = logs(300, { variety: 'plain' });
    const first = await idsOf(records, 'b1', exporter);
    expect(new Set(first).size).toBe(300);
    expect(first.every((id) => /^[\w-]{22}$/.test(String(id)))).toBe(true);
    expect(await idsOf(records.slice(100, 103), 'b1', exporter)).toEqual(first.slice(100, 103));
    expect(await idsOf(records.slice(0, 1), 'b2', exporter)).not.toEqual(first.slice(0, 1));
    expect(await idsOf(records, 'b1', await instanceOf({}))).not.toEqual(first);
  });

  test('are left to the server for an object that comes twice', async () => {
    const [one] = logs(1, { variety: 'plain' });
    const ids = await idsOf([one as LogRecord, one as LogRecord], 'b', await instanceOf({}));
    expect(ids[0]).toMatch(/^[\w-]{22}$/);
    expect(ids[1]).toBeUndefined();
  });

  test('of span events differ from that of their span', async () => {
    const made = await documents({}, 'traces', spans(6, { variety: 'plain' }));
    expect(new Set(made.map(({ create }) => create['_id'])).size).toBe(made.length);
    expect(made.length).toBeGreaterThan(6);
  });
});

describe('spans', () => {
  test('are documents of their own, and so is each event', async () => {
    const [span] = spans(1, { variety: 'plain' });
    if (span === undefined) throw new Error('no span');
    const made = await documents({ data_stream: {} }, 'traces', [{ ...span, duration: [1, 5] }]);
    expect(made.map(({ create }) => create['_index'])).toEqual([
      'traces-generic.otel-default',
      ...span.events.map(() => 'logs-generic.otel-default'),
    ]);
    expect(made[0]?.source).toMatchObject({
      trace_id: span.spanContext().traceId,
      span_id: span.spanContext().spanId,
      name: span.name,
      kind: 'Internal',
      duration: 1_000_000_005,
      status: { code: 'Unset' },
      data_stream: { type: 'traces', dataset: 'generic.otel', namespace: 'default' },
    });
    expect(made[1]?.source).toMatchObject({
      trace_id: span.spanContext().traceId,
      event_name: 'started',
      attributes: { 'event.name': 'started' },
      data_stream: { type: 'logs' },
    });
  });

  test('carry status, links and parents', async () => {
    const made = await documents({}, 'traces', spans(30, { variety: 'plain' }));
    const documentsOfSpans = made.filter(({ source: each }) => 'kind' in each);
    expect(documentsOfSpans).toHaveLength(30);
    expect(documentsOfSpans[2]?.source['status']).toEqual({ code: 'Error', message: 'connection refused' });
    const [parent] = spans(30, { variety: 'plain' }).flatMap(({ parentSpanContext: own }, i) =>
      i === 5 && own ? own : [],
    );
    expect(documentsOfSpans[5]?.source['parent_span_id']).toBe(parent?.spanId);
    expect(documentsOfSpans[5]?.source).toMatchObject({
      parent_span_id: expect.stringMatching(/^[\da-f]{16}$/),
      links: [{ trace_state: 'vendor=value,other=1', trace_id: expect.stringMatching(/^[\da-f]{32}$/) }],
    });
  });
});

describe('requests', () => {
  test('are cut at flush_bytes, with every item in exactly one', async () => {
    const records = Array.from({ length: 50 }, (_, i) => record({ body: `${i} `.padEnd(3000, 'ä') }));
    const payloads = payloadsOf(await encodeAll({ flush_bytes: '40000' }, 'logs', records));
    expect(payloads.length).toBeGreaterThan(5);
    const items = payloads.flatMap(({ items: own }) =>
      'from' in own ? Array.from({ length: own.to - own.from }, (_, i) => own.from + i) : own,
    );
    expect(items).toEqual(records.map((_, i) => i));
    for (const { body } of payloads) {
      expect(body.body.length).toBeLessThanOrEqual(40_000);
      expect(body.documents).toHaveLength(body.items);
      expect(Buffer.from(body.body).at(-1)).toBe(0x0a);
    }
    const bodies = linesOf(payloads).filter((_, i) => i % 2 === 1);
    expect(bodies.map((line) => (JSON.parse(line) as { body: { text: string } }).body.text)).toEqual(
      records.map(({ body }) => body),
    );
  });

  test('are as full as flush_bytes lets them, and never fuller', async () => {
    const records = Array.from({ length: 500 }, (_, i) => record({ body: 'é'.repeat(i % 50) }));
    const payloads = payloadsOf(await encodeAll({ flush_bytes: '4000' }, 'logs', records));
    const lines = payloads.map((payload) => linesOf([payload]));
    for (const [i, { body }] of payloads.slice(0, -1).entries()) {
      const [action = '', source = ''] = lines[i + 1] ?? [];
      const next = Buffer.byteLength(`${action}\n${source}\n`);
      expect(body.body.length).toBeLessThanOrEqual(4000);
      expect(body.body.length + next).toBeGreaterThan(4000);
    }
  });

  test('never part a span from its events', async () => {
    const payloads = payloadsOf(await encodeAll({ flush_bytes: '5000' }, 'traces', spans(60, { variety: 'plain' })));
    expect(payloads.length).toBeGreaterThan(3);
    const seen = new Set<number>();
    for (const { body } of payloads) {
      const own = new Set(body.documents.map(Number));
      for (const item of own) expect(seen.has(item)).toBe(false);
      for (const item of own) seen.add(item);
    }
    expect(seen.size).toBe(60);
  });
});

describe('the Elastic Common Schema', () => {
  test('names no member twice, whatever attributes are called', async () => {
    const attributes = { '@timestamp': 'odd', '@timestamp.us': 1, 'data_stream.other': 2, data_stream: 3, message: 4 };
    const [, text = ''] = await lines({ ...NO_ID, mapping: 'ecs', data_stream: {} }, 'logs', [
      record({ attributes, body: 'hi' }),
    ]);
    // Once at the root, and once under `attributes`.
    for (const name of ['"@timestamp":', '"data_stream":']) expect(text.split(name)).toHaveLength(3);
    expect(JSON.parse(text)).toMatchObject({
      '@timestamp': expect.stringMatching(/Z$/),
      data_stream: { type: 'logs' },
      attributes: { '@timestamp': { value: 'odd', us: 1 }, data_stream: { value: 3, other: 2 } },
      message: 'hi',
    });
  });

  test('has attributes at the root, dots as objects, and values where objects are', async () => {
    const made = await source(
      {
        ...GOLDEN,
        attributes: { http: 'x', 'http.method': 'GET', 'exception.type': 'Error', '.odd': 1, constructor: 2 },
        resource: {
          attributes: {
            'service.name': 'shop',
            'service.instance.id': 'i1',
            'host.name': 'h',
            'k8s.pod.name': 'p',
            'os.name': 'Linux',
          },
        },
      },
      { mapping: 'ecs' },
    );
    expect(made).toEqual({
      '@timestamp': '2023-11-14T22:13:20.123456789Z',
      message: 'hi',
      log: { level: 'INFO' },
      event: { severity: 9 },
      http: { value: 'x', method: 'GET' },
      error: { type: 'Error' },
      _: { odd: 1 },
      constructor: 2,
      service: { name: 'shop', node: { name: 'i1' } },
      host: { name: 'h', hostname: 'h', os: { name: 'Linux' } },
      kubernetes: { pod: { name: 'p' } },
      scope: { name: 'lib', version: '1.0' },
    });
  });
});

test('a metric document names dynamic templates only where the mapping is known to hold them', async () => {
  const records = metrics(2, { variety: 'plain', kinds: ['gauge', 'counter'] });
  const [known] = await documents({}, 'metrics', records, { mode: ELASTICSEARCH });
  const [unknown] = await documents({}, 'metrics', records);
  expect(known?.create).toHaveProperty('dynamic_templates');
  expect(unknown?.create).not.toHaveProperty('dynamic_templates');
});
