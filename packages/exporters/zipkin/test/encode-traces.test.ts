import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { SpanRecord } from '@telemetryflow/otlp';
import { corpus, deepFreeze, spans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { durationMicros, microsOf } from '../src/micros.ts';
import { TagName } from '../src/tag-names.ts';
import { ProtoWriter } from '../src/write-proto.ts';
import { bodiesOf, CONTEXT, encodeAll, PARENT_ID, SPAN_ID, span, spanOf, spansOf, TRACE_ID, tagsOf } from './setup.ts';

const PARENT = { ...CONTEXT, spanId: PARENT_ID };
const FORMATS = ['json', 'proto'] as const;

const ListOfSpans = protobuf
  .parse(
    `syntax = "proto3";
     message ListOfSpans { repeated Span spans = 1; }
     message Span {
       enum Kind { SPAN_KIND_UNSPECIFIED = 0; CLIENT = 1; SERVER = 2; PRODUCER = 3; CONSUMER = 4; }
       bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; Kind kind = 4; string name = 5;
       fixed64 timestamp = 6; uint64 duration = 7; Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9;
       repeated Annotation annotations = 10; map<string, string> tags = 11; bool debug = 12; bool shared = 13;
     }
     message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
     message Annotation { fixed64 timestamp = 1; string value = 2; }`,
  )
  .root.lookupType('ListOfSpans');

describe('golden requests', () => {
  test('a span with everything as JSON, byte for byte', async () => {
    const made = span({
      name: 'GET /',
      kind: 1,
      parentSpanContext: PARENT,
      resource: { attributes: { 'service.name': 'svc', 'host.name': 'h1' } },
      instrumentationScope: { name: 'lib' },
      attributes: { n: 5, d: 0.5, ok: true, arr: ['a', 'b'] },
      status: { code: 2, message: 'boom' },
      events: [
        { name: 'e0', time: [1_700_000_000, 124_000_400] },
        { name: 'e1', time: [1_700_000_000, 124_000_400], attributes: { k: 'a|b', n: 1 } },
      ],
    });
    const [body] = await bodiesOf([made]);
    expect(body?.toString()).toBe(readFileSync(new URL('../testdata/spans.json', import.meta.url), 'utf8').trim());
  });

  test('a span as protobuf, byte for byte', async () => {
    const made = span({ kind: 1, parentSpanContext: PARENT, attributes: { ok: true } });
    const [body] = await bodiesOf([made], { format: 'proto' });
    expect(body?.toString('hex')).toBe(
      '0a490a100af7651916cd43dd8448eb211c80319c120800f067aa0ba902b71a08b7ad6b716920333120022a026f703140222018240a060038dc0b42030a01735a0a0a026f6b120474727565',
    );
  });

  test('endpoints, annotations and empty values as protobuf, byte for byte', () => {
    const tags = { names: [new TagName('error')], values: [''], shared: undefined };
    const none = { names: [], values: [] };
    const bytes = new ProtoWriter().write({
      traceId: TRACE_ID,
      id: SPAN_ID,
      parentId: '',
      kind: 2,
      name: 'op',
      timestamp: 1_700_000_000_123_456,
      duration: 1,
      group: { local: { serviceName: 's', ipv4: '', ipv6: '', port: 0 }, tags: none },
      remote: { serviceName: 'db', ipv4: '10.0.0.1', ipv6: '', port: 5432 },
      annotations: [{ timestamp: 1_700_000_000_123_457, value: 'e' }],
      tags,
    });
    expect(bytes.toString('hex')).toBe(
      '0a5a0a100af7651916cd43dd8448eb211c80319c1a08b7ad6b716920333120012a026f703140222018240a0600380142030a01734a0d0a02646212040a00000120b82a520c0941222018240a06001201655a090a056572726f721200',
    );
  });
});

describe.each(FORMATS)('in %s', (format) => {
  const block = { format };

  test('a root has no parent, nor has a span that is its own', async () => {
    expect(await spanOf({}, block)).not.toHaveProperty('parentId');
    expect(await spanOf({ parentSpanContext: CONTEXT }, block)).not.toHaveProperty('parentId');
    expect(await spanOf({ parentSpanContext: PARENT }, block)).toHaveProperty('parentId', PARENT_ID);
  });

  test.each([
    [0, undefined],
    [1, 'SERVER'],
    [2, 'CLIENT'],
    [3, 'PRODUCER'],
    [4, 'CONSUMER'],
    [9, undefined],
  ])('kind %i is %s', async (kind, expected) => {
    expect((await spanOf({ kind }, block)).kind).toBe(expected);
  });

  test('ids that Zipkin refuses cost their span only', async () => {
    const bad = ['', '0'.repeat(32), 'A'.repeat(32), 'zz'].map((traceId) =>
      span({ spanContext: () => ({ ...CONTEXT, traceId }) }),
    );
    const noSpanId = span({ spanContext: () => ({ ...CONTEXT, spanId: '0'.repeat(16) }) });
    const { payloads, drops } = await encodeAll([span(), ...bad, span(), noSpanId], block);
    expect(payloads.map(({ items }) => items)).toEqual([[0, 5]]);
    expect(drops).toMatchObject([{ dropped: [1, 2, 3, 4, 6], reason: 'invalid' }]);
  });

  test('every kind of value, status, event and link is something Zipkin takes, with its values', async () => {
    const { traces } = corpus();
    const made = await spansOf(deepFreeze(traces), block);
    expect(made.map(({ tags }) => tags?.['item.id'])).toEqual(traces.map(({ attributes }) => attributes['item.id']));
    for (const [i, { attributes }] of traces.entries()) {
      const { value } = attributes;
      if (typeof value === 'string') expect(made[i]?.tags?.['value']).toBe(value.toWellFormed());
    }
  });

  test('requests keep to max_request_bytes; annotations go before a span does', async () => {
    const big = span({ attributes: { blob: 'ä'.repeat(2000) } });
    const talkative = span({ events: [{ name: 'x'.repeat(2000), time: [1, 0] }] });
    const { payloads, drops } = await encodeAll([span(), big, talkative, span(), span(), span()], {
      ...block,
      max_request_bytes: '1024',
    });
    expect(drops).toMatchObject([{ dropped: { from: 1, to: 2 }, reason: 'too_large' }]);
    expect(payloads.flatMap(({ items }) => items as number[])).toEqual([0, 2, 3, 4, 5]);
    for (const { body } of payloads) expect((body as { body: Buffer }).body.length).toBeLessThanOrEqual(1024);
  });

  test('requests are never above the limit, and as full as it allows, whatever it is', async () => {
    const all = Array.from({ length: 24 }, (_, i) => span({ name: `operation ${'x'.repeat(i)}` }));
    const sizes = async (limit: number) =>
      (await bodiesOf(all, { ...block, max_request_bytes: String(limit) })).map(({ length }) => length);
    const [whole = 0] = await sizes(100_000);
    for (let limit = whole - 150; limit <= whole + 5; limit++) {
      const made = await sizes(limit);
      expect(Math.max(...made)).toBeLessThanOrEqual(limit);
      expect(made).toHaveLength(limit < whole ? 2 : 1);
    }
  });

  test('text of any kind arrives as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (name, value) => {
        fc.pre(!/^(otlp\.link\.|error$|otel\.|span\.kind|w3c)/.test(name) && name !== '__proto__');
        const made = await spanOf({ name: value || 'x', attributes: { [name]: value } }, block);
        expect(made.name).toBe((value || 'x').toWellFormed());
        expect(made.tags?.[name.toWellFormed()]).toBe(value.toWellFormed());
      }),
      { numRuns: 100 },
    );
  });
});

test('both formats say the same, and the official schema reads it', async () => {
  const all = spans(200);
  const [json, proto] = [await spansOf(all), await spansOf(all, { format: 'proto' })];
  expect(proto).toEqual(json);
  const [body = Buffer.alloc(0)] = await bodiesOf(all, { format: 'proto' });
  const decoded = ListOfSpans.toObject(ListOfSpans.decode(body), { longs: Number, enums: String }) as {
    spans: { traceId: Buffer; name: string; timestamp: number; tags: object }[];
  };
  expect(
    decoded.spans.map(({ traceId, name, timestamp, tags }) => [traceId.toString('hex'), name, timestamp, tags]),
  ).toEqual(json.map(({ traceId, name, timestamp, tags }) => [traceId, name, timestamp, tags]));
});

describe('times', () => {
  const lasting = (nanos: number): SpanRecord => span({ startTime: [100, 0], endTime: [100, nanos] });

  test.each([
    [0, 1],
    [999, 1],
    [1234, 1],
    [2000, 2],
  ])('%i ns are %i us', (nanos, micros) => {
    expect(durationMicros(lasting(nanos))).toBe(micros);
  });

  test('a span without end, or with one before its start, has no duration', async () => {
    expect(await spanOf({ endTime: [0, 0] })).not.toHaveProperty('duration');
    expect(await spanOf({ endTime: [1, 0] })).not.toHaveProperty('duration');
  });

  test('a span without start has no timestamp', async () => {
    expect(await spanOf({ startTime: [0, 0] })).not.toHaveProperty('timestamp');
  });

  test('are whole and exact, whatever the parts', () => {
    const seconds = fc.oneof(fc.integer({ min: 0, max: 4_000_000_000 }), fc.double({ min: 0, max: 4e9, noNaN: true }));
    const nanos = fc.integer({ min: 0, max: 3_000_000_000 });
    fc.assert(
      fc.property(seconds, nanos, (s, n) => {
        const micros = microsOf([s, n]);
        expect(Number.isSafeInteger(micros)).toBe(true);
        if (Number.isInteger(s)) expect(micros).toBe(Number((BigInt(s) * 1_000_000_000n + BigInt(n)) / 1000n));
      }),
    );
  });

  test('long spans and odd clocks keep their microseconds', () => {
    expect(durationMicros(span({ startTime: [0, 1], endTime: [2_000_000_000, 2001] }))).toBe(2_000_000_000_000_002);
    expect(durationMicros(span({ startTime: [10, 0], endTime: [10, 1_500_000_000] }))).toBe(1_500_000);
  });
});

describe('tags', () => {
  test('are text of every value', async () => {
    const attributes = {
      none: null,
      big: 2n ** 63n,
      nan: Number.NaN,
      up: Number.POSITIVE_INFINITY,
      zero: -0,
      bytes: new Uint8Array([255]),
      map: { a: [1, null] },
    };
    expect(await tagsOf({ attributes })).toEqual({
      none: '',
      big: '9223372036854775808',
      nan: 'NaN',
      up: 'Infinity',
      zero: '0',
      bytes: '/w==',
      map: '{"a":[1,null]}',
    });
  });

  test('of one name: the exporter wins, then the span, the resource, the scope', async () => {
    const tags = await tagsOf({
      attributes: { k: 'span', 'otel.status_code': 'user' },
      resource: { attributes: { 'service.name': 's', k: 'resource', r: 'resource' } },
      instrumentationScope: { name: 'lib', version: '2', attributes: { k: 'scope', r: 'scope', s: 'scope' } },
      status: { code: 1 },
    });
    expect(tags).toEqual({
      k: 'span',
      r: 'resource',
      s: 'scope',
      'attributes.otel.status_code': 'user',
      'otel.status_code': 'OK',
      'otel.scope.name': 'lib',
      'otel.scope.version': '2',
      'otel.library.name': 'lib',
      'otel.library.version': '2',
    });
  });

  test('of the resource can be left out', async () => {
    const resource = { attributes: { 'service.name': 's', r: 'x' } };
    expect(await tagsOf({ resource }, { resource_tags: false })).toEqual({});
  });

  test('say what was lost, and the trace state', async () => {
    const spanContext = () => ({ ...CONTEXT, traceState: { serialize: () => 'a=1' } });
    const counts = { droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 3 };
    expect(await tagsOf({ spanContext, ...counts })).toEqual({
      'otel.dropped_attributes_count': '1',
      'otel.dropped_events_count': '2',
      'otel.dropped_links_count': '3',
      'w3c.tracestate': 'a=1',
    });
  });

  test('hold links as the Collector writes them, and nobody else does', async () => {
    const traceState = { serialize: () => 'k=a|b' };
    const links = [
      { context: { traceId: TRACE_ID, spanId: PARENT_ID, traceFlags: 0 }, attributes: { a: 1 } },
      { context: { ...CONTEXT, traceState }, attributes: { a: 'x|y' }, droppedAttributesCount: 2 },
    ];
    expect(await tagsOf({ links, attributes: { 'otlp.link.7': 'user' } })).toEqual({
      'otlp.link.0': `${TRACE_ID}|${PARENT_ID}||{"a":1}|0`,
      'otlp.link.1': `${TRACE_ID}|${SPAN_ID}||{"a":"x\\u007cy"}|2`,
      'attributes.otlp.link.7': 'user',
    });
  });

  test('hold no link with ids that are none, and 128 links at most: the Collector refuses the list, or reads no more', async () => {
    const good = { context: CONTEXT };
    const bad = { context: { traceId: 'a|b', spanId: '|||', traceFlags: 0 } };
    expect(Object.keys(await tagsOf({ links: [bad, good, bad, good] }))).toEqual(['otlp.link.0', 'otlp.link.1']);
    const names = Object.keys(await tagsOf({ links: Array.from({ length: 200 }, () => good) }));
    expect([names.length, names.at(-1)]).toEqual([128, 'otlp.link.127']);
  });

  test('of a resource never mark all of its spans as failed', async () => {
    const resource = { attributes: { 'service.name': 's', error: 'x' } };
    expect(await tagsOf({ resource })).toEqual({ 'attributes.error': 'x' });
  });

  test('that look like JSON v1 pass', async () => {
    const attributes = { binaryAnnotations: 'ends in yAnnotations', 'yAnnotations"': '"' };
    expect(await tagsOf({ attributes })).toEqual(attributes);
  });
});

describe('status', () => {
  test.each<[Partial<SpanRecord>, Record<string, string>]>([
    [{ status: { code: 0 } }, {}],
    [{ status: { code: 0 }, attributes: { error: false } }, {}],
    [{ status: { code: 0 }, attributes: { error: 'false' } }, {}],
    [{ status: { code: 0 }, attributes: { error: 'own' } }, { error: 'own' }],
    [{ status: { code: 1 }, attributes: { error: false } }, { 'otel.status_code': 'OK' }],
    [{ status: { code: 2 } }, { 'otel.status_code': 'ERROR', error: '' }],
    [
      { status: { code: 2, message: 'm' }, attributes: { error: 'own' } },
      { 'otel.status_code': 'ERROR', error: 'm', 'attributes.error': 'own' },
    ],
  ])('%j', async (parts, expected) => {
    expect(await tagsOf(parts)).toEqual(expected);
  });

  test('in words of the Collector', async () => {
    const block = { dialect: 'otelcol' };
    expect(await tagsOf({ kind: 1, status: { code: 2, message: 'm' } }, block)).toEqual({
      'otel.status_code': 'STATUS_CODE_ERROR',
      'otel.status_description': 'm',
      error: 'true',
    });
    expect(await tagsOf({ kind: 0, status: { code: 1 } }, block)).toEqual({
      'otel.status_code': 'STATUS_CODE_OK',
      'span.kind': 'internal',
    });
  });
});

describe('annotations', () => {
  const valuesOf = async (dialect: string, event: Partial<SpanRecord['events'][number]>) =>
    (await spanOf({ events: [{ name: 'e', time: [1_700_000_000, 0], ...event }] }, { dialect })).annotations?.[0]
      ?.value;

  test.each<[string, Partial<SpanRecord['events'][number]>, string]>([
    ['zipkin', {}, 'e'],
    ['zipkin', { attributes: {} }, 'e'],
    ['zipkin', { name: '' }, '""'],
    ['zipkin', { name: 'a|b' }, '"a\\u007cb"'],
    ['zipkin', { name: '"', attributes: { a: '|' } }, '"\\"": {"a":"\\u007c"}'],
    ['otelcol', {}, 'e'],
    ['otelcol', { name: 'a|b' }, 'a_b'],
    ['otelcol', { name: 'a|b', attributes: { k: '|', n: 1 } }, 'a_b|{"k":"\\u007c","n":1}|0'],
    ['otelcol', { droppedAttributesCount: 3 }, 'e|{}|3'],
  ])('%s %j', async (dialect, event, expected) => {
    expect(await valuesOf(dialect, event)).toBe(expected);
  });

  test('without a time have that of the span', async () => {
    const { annotations } = await spanOf({ events: [{ name: 'e', time: [0, 0] }] });
    expect(annotations?.[0]?.timestamp).toBe(1_700_000_000_123_456);
  });
});

describe('endpoints', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ 'service.name': 'own' }, 'own'],
    [{}, 'tfo-agent'],
    [{ 'service.name': 'unknown_service' }, 'tfo-agent'],
    [{ 'service.name': 'unknown_service:node' }, 'tfo-agent'],
    [{ 'service.name': 'unknown_services' }, 'unknown_services'],
  ])('the service of %j is %s', async (attributes, serviceName) => {
    const resource = { attributes } as SpanRecord['resource'];
    const made = await spanOf({ resource });
    expect(made.localEndpoint).toEqual({ serviceName });
  });

  test.each<[string, object]>([
    ['10.0.0.1', { serviceName: 's', ipv4: '10.0.0.1' }],
    ['10.0.0.1:80', { serviceName: 's', ipv4: '10.0.0.1', port: 80 }],
    ['[2001:db8::1]:8080', { serviceName: 's', ipv6: '2001:db8::1', port: 8080 }],
  ])('its address can be %s', async (local_endpoint, expected) => {
    expect((await spanOf({}, { local_endpoint })).localEndpoint).toEqual(expected);
  });

  test.each<[number, Record<string, unknown>, object | undefined]>([
    [2, {}, undefined],
    [0, { 'peer.service': 'x' }, undefined],
    [2, { 'peer.service': 'ps', 'server.address': 'sa' }, { serviceName: 'ps' }],
    [2, { 'server.address': 'sa', 'server.port': 80 }, { serviceName: 'sa', port: 80 }],
    [3, { 'server.address': 'sa', 'server.port': '80' }, { serviceName: 'sa', port: 80 }],
    [2, { 'server.address': 'sa', 'server.port': 70_000 }, { serviceName: 'sa' }],
    [2, { 'net.peer.name': 'n', 'net.peer.port': 0 }, { serviceName: 'n' }],
    [2, { 'db.name': 'd' }, { serviceName: 'd' }],
    [
      2,
      { 'server.address': 'db', 'network.peer.address': '10.0.0.1', 'network.peer.port': 5432 },
      { serviceName: 'db', ipv4: '10.0.0.1', port: 5432 },
    ],
    [
      2,
      { 'network.peer.address': '::ffff:10.0.0.1', 'network.peer.port': 1 },
      { serviceName: '::ffff:10.0.0.1', ipv4: '10.0.0.1', port: 1 },
    ],
    [2, { 'server.address': '[fe80::1%eth0]' }, { serviceName: '[fe80::1%eth0]', ipv6: 'fe80::1' }],
    [1, { 'peer.service': 'x' }, undefined],
    [1, { 'network.peer.address': '10.0.0.9', 'network.peer.port': 4242 }, { ipv4: '10.0.0.9', port: 4242 }],
    [4, { 'network.peer.address': 'no-ip' }, undefined],
  ])('of kind %i with %j the other side is %j, and the attributes stay', async (kind, attributes, expected) => {
    const made = await spanOf({ kind, attributes: attributes as SpanRecord['attributes'] });
    expect(made.remoteEndpoint).toEqual(expected);
    expect(Object.keys(made.tags ?? {})).toEqual(Object.keys(attributes));
  });

  test('IPv6 addresses are their 16 bytes in protobuf', async () => {
    const of = async (address: string) =>
      (await spanOf({ kind: 2, attributes: { 'server.address': address } }, { format: 'proto' })).remoteEndpoint?.ipv6;
    expect(await of('2001:db8::1')).toBe('2001:0db8:0000:0000:0000:0000:0000:0001');
    expect(await of('::1')).toBe('0000:0000:0000:0000:0000:0000:0000:0001');
    expect(await of('1:2:3:4:5:6:7:8')).toBe('0001:0002:0003:0004:0005:0006:0007:0008');
    expect(await of('64:ff9b::192.0.2.33')).toBe('0064:ff9b:0000:0000:0000:0000:c000:0221');
    expect(await of('fe80::')).toBe('fe80:0000:0000:0000:0000:0000:0000:0000');
  });
});
