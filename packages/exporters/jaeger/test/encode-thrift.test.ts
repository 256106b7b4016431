import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { AttributeValue, SpanRecord } from '@telemetryflow/otlp';
import {
  corpus,
  deepFreeze,
  itemIds,
  readThriftBatch,
  spans,
  type ThriftSpan,
  throughEncoder,
} from '@telemetryflow/testkit';
import fc from 'fast-check';
import jaeger from '../src/index.ts';
import { G1, goldenSpan, PARENT, SPAN, TRACE } from './golden.ts';

async function encoded(records: readonly SpanRecord[], block: Record<string, unknown> = {}) {
  const batch = batchFromRecords('traces', deepFreeze(records));
  const { payloads, drops } = await throughEncoder(jaeger, { protocol: 'http/thrift', ...block }, batch);
  return { payloads: payloads.map(({ body, items }) => ({ body: body as Buffer, items })), drops };
}

async function read(parts: Partial<SpanRecord>, block: Record<string, unknown> = {}): Promise<ThriftSpan> {
  const { payloads } = await encoded([goldenSpan(parts)], block);
  const [span] = readThriftBatch(payloads[0]?.body as Buffer).spans;
  if (span === undefined) throw new Error('nothing was encoded');
  return span;
}

async function tagsOf(parts: Partial<SpanRecord>): Promise<Record<string, unknown>> {
  return Object.fromEntries((await read(parts)).tags.map(({ key, type, value }) => [key, [type, value]]));
}

test('a batch is byte for byte what Jaeger takes (golden 1)', async () => {
  const { payloads } = await encoded([goldenSpan()]);
  expect(payloads[0]?.body.toString('hex')).toBe(G1);
  expect(payloads[0]?.body).toHaveLength(133);
});

describe('tags', () => {
  test.each<[AttributeValue, string, unknown]>([
    ['text', 'STRING', 'text'],
    [5, 'LONG', 5n],
    [-7, 'LONG', -7n],
    [0.5, 'DOUBLE', 0.5],
    [true, 'BOOL', true],
    [Uint8Array.of(1, 2), 'BINARY', Buffer.of(1, 2)],
    [9_223_372_036_854_775_807n, 'LONG', 9_223_372_036_854_775_807n],
    [9_223_372_036_854_775_808n, 'STRING', '9223372036854775808'],
    [['a', 'b'], 'STRING', '["a","b"]'],
    [{ a: [1] }, 'STRING', '{"a":[1]}'],
    [Number.NaN, 'STRING', 'NaN'],
    [Number.NEGATIVE_INFINITY, 'STRING', '-Infinity'],
    [null, 'STRING', ''],
    [undefined, 'STRING', ''],
  ])('of %p have the type %s (golden 4, 7 and 8)', async (value, type, expected) => {
    expect(await tagsOf({ attributes: { n: value } })).toEqual({ n: [type, expected] });
  });

  test('have the bytes of the golden examples (golden 4)', async () => {
    const { payloads } = await encoded([goldenSpan({ attributes: { n: 5, d: 0.5, b: Uint8Array.of(1, 2) } })]);
    const hex = payloads[0]?.body.toString('hex') ?? '';
    expect(hex).toContain('0b0001000000016e080002000000030a0006000000000000000500');
    expect(hex).toContain('0b00010000000164080002000000010400043fe000000000000000');
    expect(hex).toContain('0b00010000000162080002000000040b000700000002010200');
  });

  test('tell kind and status (golden 5)', async () => {
    const span = { attributes: { error: 'mine' }, kind: 1, status: { code: 2, message: 'boom' } };
    expect(await tagsOf(span)).toEqual({
      'span.kind': ['STRING', 'server'],
      'otel.status_code': ['STRING', 'ERROR'],
      'otel.status_description': ['STRING', 'boom'],
      error: ['BOOL', true],
    });
  });

  test('tell scope, dropped counts and trace state', async () => {
    const context = { traceId: TRACE, spanId: SPAN, traceFlags: 0, traceState: { serialize: () => 'a=b' } };
    const tags = await tagsOf({
      spanContext: () => context,
      attributes: {},
      instrumentationScope: { name: 'lib', version: '1', attributes: { own: 1 } },
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    expect(tags).toEqual({
      own: ['LONG', 1n],
      'otel.scope.name': ['STRING', 'lib'],
      'otel.library.name': ['STRING', 'lib'],
      'otel.scope.version': ['STRING', '1'],
      'otel.library.version': ['STRING', '1'],
      'w3c.tracestate': ['STRING', 'a=b'],
      'otel.dropped_attributes_count': ['LONG', 1n],
      'otel.dropped_events_count': ['LONG', 2n],
      'otel.dropped_links_count': ['LONG', 3n],
    });
  });
});

describe('references', () => {
  const parent = { traceId: TRACE, spanId: PARENT, traceFlags: 1 };
  const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };

  test('the parent has a field of its own', async () => {
    expect(await read({ parentSpanContext: parent })).toMatchObject({ parentId: PARENT, references: [] });
  });

  test('links of a root follow from others (golden 6)', async () => {
    expect(await read({ links: [link] })).toMatchObject({
      parentId: '0'.repeat(16),
      references: [{ type: 'FOLLOWS_FROM', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    });
  });

  test('links may be children, and the parent is not repeated', async () => {
    const child = { ...link, attributes: { 'opentracing.ref_type': 'child_of' } };
    const span = await read({ parentSpanContext: parent, links: [child, { context: parent }] });
    expect(span.parentId).toBe(PARENT);
    expect(span.references).toEqual([{ type: 'CHILD_OF', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }]);
  });

  test('attributes and trace state of links are logs, unless link_logs is off', async () => {
    const traceState = { serialize: () => 'a=b' };
    const parts = {
      parentSpanContext: parent,
      links: [link, { ...link, attributes: { why: 'retry' } }, { context: { ...link.context, traceState } }],
    };
    const ids = [
      { key: 'event', type: 'STRING', value: 'link' },
      { key: 'trace_id', type: 'STRING', value: 'a'.repeat(32) },
      { key: 'span_id', type: 'STRING', value: 'b'.repeat(16) },
    ];
    const on = await read(parts);
    expect(on.logs.map(({ fields }) => fields)).toEqual([
      [...ids, { key: 'why', type: 'STRING', value: 'retry' }],
      [...ids, { key: 'w3c.tracestate', type: 'STRING', value: 'a=b' }],
    ]);
    expect(on.logs.map(({ time }) => time)).toEqual([on.start, on.start]);
    const off = await read(parts, { link_logs: false });
    expect([off.logs, off.references]).toEqual([[], on.references]);
    expect((await read({ links: [{ context: parent }] }, { link_logs: false })).logs).toHaveLength(1);
  });

  test('links of a root into its own trace are logs: Jaeger would take them for its parent', async () => {
    const span = await read({ links: [{ context: parent }] });
    expect(span.references).toEqual([]);
    expect(span.logs).toHaveLength(1);
    expect(span.logs[0]?.fields).toContainEqual({ key: 'span_id', type: 'STRING', value: PARENT });
  });
});

describe('times', () => {
  test.each([
    [0, 0n],
    [1, 1n],
    [400, 1n],
    [999, 1n],
    [1999, 1n],
    [2000, 2n],
  ])('%i ns take %i µs (golden 9)', async (nanos, micros) => {
    const endTime = [1_700_000_000, 123_456_000 + nanos] as const;
    const expected = nanos === 0 ? 1n : micros;
    expect((await read({ endTime })).duration).toBe(expected);
  });

  test('of a span that ends before it starts, or never, are zero', async () => {
    expect((await read({ endTime: [1_700_000_000, 0] })).duration).toBe(0n);
    expect((await read({ endTime: [0, 0] })).duration).toBe(0n);
  });

  test('of a clock that counts in fractions, or past a second, are carried over', async () => {
    const span = await read({
      startTime: [10.5, 0],
      endTime: [10, 1_500_002_000],
      events: [{ time: [11, -1], name: 'e' }],
    });
    expect([span.start, span.duration, span.logs[0]?.time]).toEqual([10_500_000n, 1_000_002n, 10_999_999n]);
  });

  test('are cut off to whole microseconds, never rounded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 1n, max: 4_000_000_000_000_000_000n }), async (nanos) => {
        const startTime = [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)] as const;
        const event = { time: startTime, name: 'e' };
        const span = await read({ startTime, endTime: startTime, events: [event] });
        expect([span.start, span.logs[0]?.time]).toEqual([nanos / 1000n, nanos / 1000n]);
      }),
    );
  });
});

test('events are logs, whose own attribute `event` wins', async () => {
  const time = [1_700_000_001, 0] as const;
  const span = await read({
    events: [
      { time, name: 'e', attributes: { a: 1 }, droppedAttributesCount: 2 },
      { time, name: 'e', attributes: { event: 'own' } },
    ],
  });
  expect(span.logs.map(({ fields }) => fields)).toEqual([
    [
      { key: 'event', type: 'STRING', value: 'e' },
      { key: 'otel.dropped_attributes_count', type: 'LONG', value: 2n },
      { key: 'a', type: 'LONG', value: 1n },
    ],
    [{ key: 'event', type: 'STRING', value: 'own' }],
  ]);
});

describe('a request', () => {
  const resource = (name: string) => ({ attributes: { 'service.name': name, x: 1 } });

  test('holds the spans of one resource; resources of equal content share one', async () => {
    const records = ['a', 'b', 'a', 'b', 'a'].map((name, i) =>
      goldenSpan({ name: String(i), resource: resource(name) }),
    );
    const { payloads } = await encoded(records);
    expect(payloads.map(({ items }) => items)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
    expect(payloads.map(({ body }) => readThriftBatch(body).serviceName)).toEqual(['a', 'b']);
    expect(readThriftBatch(payloads[0]?.body as Buffer).tags).toEqual([{ key: 'x', type: 'LONG', value: 1n }]);
  });

  test('holds every span of the corpus once, and nothing after the batch', async () => {
    const { traces } = corpus();
    const { payloads, drops } = await encoded(traces);
    expect(drops).toEqual([]);
    const ids = payloads.flatMap(({ body }) =>
      readThriftBatch(body).spans.map(({ tags }) => tags.find(({ key }) => key === 'item.id')?.value),
    );
    expect(ids.sort()).toEqual(itemIds(traces).sort());
  });

  test('is cut at max_request_bytes, every span in one and none above', async () => {
    const { payloads, drops } = await encoded(spans(100), { max_request_bytes: '4000' });
    expect(drops).toEqual([]);
    expect(payloads.length).toBeGreaterThan(5);
    const items = payloads.flatMap((payload) => payload.items as readonly number[]);
    expect(items).toEqual(Array.from({ length: 100 }, (_, i) => i));
    for (const { body, items: own } of payloads) {
      expect(body.length).toBeLessThanOrEqual(4000);
      expect(readThriftBatch(body).spans).toHaveLength((own as readonly number[]).length);
    }
  });

  test('is never above max_request_bytes, and as full as that allows, whatever it is', async () => {
    const records = Array.from({ length: 12 }, (_, i) => goldenSpan({ name: `operation ${'x'.repeat(i)}` }));
    const [whole = 0] = (await encoded(records)).payloads.map(({ body }) => (body as Buffer).length);
    for (let limit = whole - 150; limit <= whole + 10; limit++) {
      const { payloads } = await encoded(records, { max_request_bytes: String(limit) });
      for (const { body } of payloads) expect((body as Buffer).length).toBeLessThanOrEqual(limit);
      expect(payloads).toHaveLength(limit < whole ? 2 : 1);
    }
  });

  test('leaves out the events of a span that would not fit, then the span', async () => {
    const long = 'x'.repeat(3000);
    const events = [{ time: [1, 0] as const, name: long }];
    const records = [
      goldenSpan(),
      goldenSpan({ events, droppedEventsCount: 1 }),
      goldenSpan({ attributes: { long } }),
      goldenSpan(),
    ];
    const { payloads, drops } = await encoded(records, { max_request_bytes: '2000' });
    expect(drops).toMatchObject([{ dropped: [2], reason: 'too_large', detail: expect.stringContaining(SPAN) }]);
    expect(payloads.flatMap(({ items }) => items as readonly number[])).toEqual([0, 1, 3]);
    const read1 = payloads.flatMap(({ body }) => readThriftBatch(body).spans)[1];
    expect(read1?.logs).toEqual([]);
    expect(read1?.tags).toContainEqual({ key: 'otel.dropped_events_count', type: 'LONG', value: 2n });
  });

  test.each([
    ['0'.repeat(32), SPAN],
    [TRACE, '0'.repeat(16)],
    ['short', SPAN],
    [TRACE.toUpperCase(), SPAN],
  ])('holds no span with the ids %s and %s', async (traceId, spanId) => {
    const bad = goldenSpan({ spanContext: () => ({ traceId, spanId, traceFlags: 1 }) });
    const { payloads, drops } = await encoded([goldenSpan(), bad]);
    expect(payloads.map(({ items }) => items)).toEqual([[0]]);
    expect(drops).toMatchObject([{ dropped: [1], reason: 'invalid', detail: expect.stringContaining('invalid_id') }]);
  });
});
