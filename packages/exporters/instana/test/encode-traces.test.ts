import { describe, expect, test } from '@jest/globals';
import type { AttributeMap, SpanRecord } from '@telemetryflow/otlp';
import { ALL_VALUE_TYPES, deepFreeze, spans as makeSpans, NON_FINITE, readInstanaSpans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { SpansMessage } from '../src/encode-traces.ts';
import { golden, PARENT_ID, SHOP, SPAN_ID, span, spansOf, TIME, TRACE_ID } from './setup.ts';

const parentSpanContext = { traceId: TRACE_ID, spanId: PARENT_ID, traceFlags: 1 };

describe('a span', () => {
  test('of a server that failed is written as Instana shows it', async () => {
    const { texts, payloads, drops } = await spansOf([
      span({
        kind: 1,
        parentSpanContext,
        status: { code: 2, message: 'boom' },
        attributes: { 'http.response.status_code': 500 },
      }),
    ]);
    expect(texts).toEqual([golden('spans.json')]);
    expect(texts[0]).toHaveLength(367);
    expect(drops).toEqual([]);
    expect(payloads).toMatchObject([{ items: { from: 0, to: 1 }, body: { headers: { 'x-instana-host': 'web-1' } } }]);
  });

  test('without parent has neither p nor tp', async () => {
    const { spans } = await spansOf([span()]);
    expect(spans[0]).toMatchObject({ ec: 0, data: { kind: 'client' } });
    for (const name of ['p', 'tp']) expect(spans[0]).not.toHaveProperty(name);
    for (const name of ['error', 'error_detail', 'events']) expect(spans[0]?.data).not.toHaveProperty(name);
  });

  test.each([
    [1, true],
    [4, true],
    [0, undefined],
    [2, undefined],
    [3, undefined],
  ])('of kind %i with a parent has tp %s', async (kind, tp) => {
    const { spans } = await spansOf([span({ kind, parentSpanContext })]);
    expect(spans[0]).toMatchObject({ p: PARENT_ID, t: TRACE_ID.slice(16), lt: TRACE_ID, s: SPAN_ID });
    expect(spans[0]?.tp).toBe(tp);
  });

  test('whose parent is all zeros is a root', async () => {
    const { spans } = await spansOf([
      span({ kind: 1, parentSpanContext: { ...parentSpanContext, spanId: '0'.repeat(16) } }),
    ]);
    expect(spans[0]).not.toHaveProperty('p');
  });

  test('carries its trace state as the header would', async () => {
    const spanContext = () => ({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceFlags: 1,
      traceState: { serialize: () => 'in=a;b' },
    });
    expect((await spansOf([span({ spanContext })])).spans[0]?.data.trace_state).toBe('in=a;b');
    const empty = () => ({ ...spanContext(), traceState: { serialize: () => '' } });
    expect((await spansOf([span({ spanContext: empty })])).spans[0]?.data).not.toHaveProperty('trace_state');
  });

  test.each<[string, SpanRecord['startTime'], SpanRecord['endTime'], number, number]>([
    ['half a millisecond is rounded up', TIME, [TIME[0], TIME[1] + 50_500_000], 1_767_225_600_123, 51],
    ['less is rounded down', TIME, [TIME[0], TIME[1] + 50_499_999], 1_767_225_600_123, 50],
    ['an end before the start', TIME, [TIME[0] - 1, 0], 1_767_225_600_123, 0],
    ['no end', TIME, [0, 0], 1_767_225_600_123, 0],
    ['a year', [0, 0], [31_536_000, 999_999_999], 0, 31_536_000_000],
    ['a fraction of a second as seconds', [1.5, 0], [2, 0], 1500, 500],
    ['nanoseconds above a second', [1, 2_000_000_000], [4, 0], 3000, 1000],
    ['no number', [Number.NaN, 0], [Number.NaN, 0], 0, 0],
  ])('has whole milliseconds: %s', async (_name, startTime, endTime, ts, d) => {
    expect((await spansOf([span({ startTime, endTime })])).spans[0]).toMatchObject({ ts, d });
  });

  test('keeps the nanoseconds of its duration when asked to', async () => {
    const endTime: SpanRecord['endTime'] = [TIME[0], TIME[1] + 1];
    const { spans } = await spansOf([span({ endTime })], { keep_precision: true });
    expect(spans[0]).toMatchObject({ d: 0, data: { tags: { 'otel.duration_ns': 1 } } });
  });

  test.each<[AttributeMap, string]>([
    [{ 'service.instance.id': 'i-1', 'process.pid': 7 }, 'i-1'],
    [{ 'process.pid': 7 }, '7'],
    [{}, 'web-1'],
    [{ 'host.id': 'h' }, 'h'],
  ])('comes from the entity that %j names', async (attributes, e) => {
    expect((await spansOf([span({ resource: { attributes } })])).spans[0]?.f).toEqual({ hl: true, e });
  });

  test.each([
    ['aws', 'aws'],
    ['azure', 'azure'],
    ['heroku', undefined],
  ])('in the cloud %s has cp %s', async (provider, cp) => {
    const { spans } = await spansOf([span({ resource: { attributes: { 'cloud.provider': provider } } })]);
    expect(spans[0]?.f.cp).toBe(cp);
    expect(spans[0]?.data.tags['cloud.provider']).toBe(provider);
  });
});

describe('tags', () => {
  test('are the attributes of the span, then of its scope, then of its resource, each name once', async () => {
    const { texts, spans } = await spansOf(
      [
        span({
          attributes: { a: 'span', 'otel.scope.version': 'mine' },
          instrumentationScope: { name: 'lib', version: '1', attributes: { a: 'scope', b: 'scope', c: 'scope' } },
          resource: { attributes: { 'service.name': 'shop', b: 'resource', d: 'resource' } },
        }),
      ],
      { zone: 'z' },
    );
    expect(spans[0]?.data.tags).toEqual({
      'otel.scope.name': 'lib',
      'otel.scope.version': 'mine',
      a: 'span',
      b: 'scope',
      c: 'scope',
      d: 'resource',
      'instana.zone': 'z',
    });
    expect(spans[0]?.data.service).toBe('shop');
    expect(() => readInstanaSpans(Buffer.from(texts[0] ?? ''))).not.toThrow();
  });

  test('hold the zone of the resource rather than that of the configuration', async () => {
    const { spans } = await spansOf([span({ resource: { attributes: { 'instana.zone': 'own' } } })], { zone: 'z' });
    expect(spans[0]?.data.tags).toEqual({ 'instana.zone': 'own' });
  });

  test('keep their types; maps and bytes become text', async () => {
    const { spans } = await spansOf([span({ attributes: ALL_VALUE_TYPES })]);
    expect(spans[0]?.data.tags).toMatchObject({
      string: 'text',
      boolean_true: true,
      zero: 0,
      integer: 42,
      int64_max: '9223372036854775807',
      double: 3.25,
      tiny: 5e-324,
      bytes: 'AAF/gP8=',
      null: null,
      strings: ['a', 'b', ''],
      numbers: [1, 2.5, -3],
      mixed: ['a', 1, true, null, '["nested",2]'],
      empty_array: [],
      map: '{"key":"value","deeper":{"deepest":[1,{"end":true}]}}',
    });
  });

  test('that are no numbers for JSON are texts', async () => {
    const { spans } = await spansOf([span({ attributes: { list: NON_FINITE, nan: Number.NaN, zero: -0 } })]);
    expect(spans[0]?.data.tags).toMatchObject({
      list: ['NaN', 'Infinity', '-Infinity', 0],
      nan: 'NaN',
      zero: 0,
    });
  });

  test('hold links and what the SDK dropped, unless the span has attributes of these names', async () => {
    const parts: Partial<SpanRecord> = {
      links: [
        { context: { traceId: TRACE_ID, spanId: PARENT_ID, traceFlags: 1 }, attributes: { why: 'retry "1"' } },
        {
          context: { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState: { serialize: () => 'a=b' } },
        },
      ],
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    };
    const { spans } = await spansOf([
      span(parts),
      span({ ...parts, attributes: { 'otel.links': 'mine' } }),
      span({ ...parts, resource: { attributes: { 'otel.dropped_links_count': 'mine' } } }),
    ]);
    const tags = spans[0]?.data.tags ?? {};
    expect(JSON.parse(String(tags['otel.links']))).toEqual([
      { traceId: TRACE_ID, spanId: PARENT_ID, attributes: { why: 'retry "1"' } },
      { traceId: TRACE_ID, spanId: SPAN_ID, traceState: 'a=b' },
    ]);
    expect(tags).toMatchObject({
      'otel.dropped_attributes_count': 1,
      'otel.dropped_events_count': 2,
      'otel.dropped_links_count': 3,
    });
    expect(spans[1]?.data.tags).toMatchObject({ 'otel.links': 'mine', 'otel.dropped_links_count': 3 });
    expect(spans[2]?.data.tags).toMatchObject({ 'otel.dropped_links_count': 'mine', 'otel.dropped_events_count': 2 });
  });
});

test('events keep name, attributes and time', async () => {
  const events = [
    { name: 'exception', time: TIME, attributes: { 'exception.message': 'a\nb', code: 7 }, droppedAttributesCount: 2 },
    { name: '', time: [1, 0] as SpanRecord['startTime'] },
  ];
  expect((await spansOf([span({ events })])).spans[0]?.data.events).toEqual([
    {
      name: 'exception',
      attributes: { 'exception.message': 'a\nb', code: 7 },
      time: TIME,
      droppedAttributesCount: 2,
    },
    { name: '', attributes: {}, time: [1, 0], droppedAttributesCount: 0 },
  ]);
});

describe('requests', () => {
  const from = (host: string, name: string) =>
    span({ name, resource: { attributes: { 'service.name': 'shop', ...(host !== '' && { 'host.id': host }) } } });

  test('carry the spans of one host each, which a header names', async () => {
    const { payloads, spans } = await spansOf([from('a', '0'), from('b', '1'), from('a', '2'), from('', '3')]);
    expect(payloads).toMatchObject([
      { items: [0, 2], body: { headers: { 'x-instana-host': 'a' } } },
      { items: { from: 1, to: 2 }, body: { headers: { 'x-instana-host': 'b' } } },
      { items: { from: 3, to: 4 }, body: { headers: { 'x-instana-host': 'web-1' } } },
    ]);
    expect(spans.map(({ data }) => data.operation)).toEqual(['0', '2', '1', '3']);
  });

  test.each(['../../x', 'a\r\nx-evil: 1', '%2f', 'süd 1', '\u0000', 'x'.repeat(400)])(
    'name the host %j in a header without what no header can hold',
    async (host) => {
      const { payloads, spans } = await spansOf([from(host, 'n')]);
      const message = payloads[0]?.body as SpansMessage | undefined;
      expect(message?.headers?.['x-instana-host']).toMatch(/^[\x21-\x7e]{1,256}$/);
      expect(spans[0]?.data.tags['host.id']).toBe(host);
    },
  );

  test('hold less than 4.5 MB, and every span is in one of them', async () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      span({ name: `${i}`, attributes: { text: 'ü'.repeat(500_000) } }),
    );
    const { payloads, spans, drops } = await spansOf(many);
    expect(payloads).toMatchObject([{ items: { from: 0, to: 4 } }, { items: { from: 4, to: 8 } }, { items: {} }]);
    for (const { body } of payloads) expect((body as { body: Buffer }).body.length).toBeLessThan(4_500_000);
    expect(spans.map(({ data }) => data.operation)).toEqual(many.map(({ name }) => name));
    expect(drops).toEqual([]);
  });

  test('hold a span that is too large with texts of 8 kB, else it is dropped', async () => {
    const long = 'ü'.repeat(3_000_000);
    const wide = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`a${i}`, 'x'.repeat(9000)]));
    const { payloads, drops, spans } = await spansOf([
      span({ attributes: wide }),
      span({ attributes: { long, short: 'short', list: [long, 'b'] }, resource: { attributes: { long, text: 'x' } } }),
      span({ attributes: wide, resource: { attributes: { 'host.id': 'other' } } }),
      span(),
    ]);
    const detail = 'larger than 4.5 MB, even with texts of 8 kB';
    expect(drops).toEqual([{ dropped: [0, 2], reason: 'too_large', detail }]);
    expect(payloads).toMatchObject([{ items: [1, 3], body: { cut: 1 } }]);
    const { tags } = spans[0]?.data ?? {};
    expect(tags).toMatchObject({ long: 'ü'.repeat(4000), short: 'short', text: 'x' });
    expect(Buffer.byteLength(JSON.stringify(tags?.['list']))).toBeLessThan(9000);
  });

  test('leave out spans whose ids are none', async () => {
    const bad = (traceId: string, spanId: string) => span({ spanContext: () => ({ traceId, spanId, traceFlags: 0 }) });
    const { drops, payloads } = await spansOf([bad('', SPAN_ID), span(), bad(TRACE_ID, '0'.repeat(16))]);
    expect(drops).toMatchObject([{ dropped: [0, 2], reason: 'invalid' }]);
    expect(payloads).toMatchObject([{ items: { from: 1, to: 2 } }]);
  });

  test('are none for no spans', async () => {
    expect(await spansOf([])).toMatchObject({ payloads: [], drops: [] });
  });
});

test('every kind of span is valid, and comes to no harm', async () => {
  const records = makeSpans(600).map((each) => deepFreeze(each));
  const { texts, spans, drops } = await spansOf(records, { keep_precision: true, zone: 'z' });
  expect(drops).toEqual([]);
  for (const text of texts) expect(() => readInstanaSpans(Buffer.from(text))).not.toThrow();
  expect(spans.map(({ data }) => data.tags['item.id'])).toEqual(records.map(({ attributes }) => attributes['item.id']));
});

test('any name, text and number is valid JSON that says the same', async () => {
  const text = fc.string({ unit: 'binary' });
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.array(text, { maxLength: 3 }));
  const attributes = fc.dictionary(fc.string({ unit: 'binary' }), value, { noNullPrototype: false });
  await fc.assert(
    fc.asyncProperty(text, attributes, text, async (name, own, host) => {
      const resource = { attributes: { ...SHOP, 'host.id': host } };
      const { texts } = await spansOf([span({ name, attributes: own, status: { code: 2, message: name }, resource })]);
      const [read] = readInstanaSpans(Buffer.from(texts[0] ?? ''));
      expect(read?.data.operation).toBe(name);
      for (const key of Object.keys(own)) {
        const sent = own[key];
        const isOdd = typeof sent === 'number' && !Number.isFinite(sent);
        expect(read?.data.tags[key]).toEqual(isOdd ? String(sent) : typeof sent === 'number' ? sent + 0 : sent);
      }
    }),
    { numRuns: 100 },
  );
});
