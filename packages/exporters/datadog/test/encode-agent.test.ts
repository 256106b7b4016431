/** Spans for the Agent's own intake, read back by another library and by the rules of the strict Agent. */
import { describe, expect, test } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import { type Batch, batchFromRecords, type Payload } from '@telemetryflow/kernel';
import type { AttributeMap, SpanRecord } from '@telemetryflow/otlp';
import { corpus, type DatadogSpan, spans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { DatadogMessage } from '../src/message.ts';
import { CHECKOUT, encode, exporterOf, NOW, numbers } from './setup.ts';

const AGENT = { traces: { enabled: true, protocol: 'agent_v04' } };
const TRACE_ID = '5b8efff798038103d269b633813fc60c';

function span(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'GET /items/7',
    kind: 1,
    spanContext: () => ({ traceId: TRACE_ID, spanId: 'eee19b7ec3c1b174', traceFlags: 1 }),
    startTime: [1_700_000_000, 123_456_789],
    endTime: [1_700_000_000, 173_456_790],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    duration: [0, 50_000_001],
    ended: true,
    resource: { attributes: CHECKOUT },
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  };
}

async function read(records: readonly SpanRecord[], block: Readonly<Record<string, unknown>> = {}) {
  const { payloads, drops } = await encode('traces', records, { ...AGENT, ...block });
  const requests = payloads.map(({ body, items }) => {
    const [{ body: bytes, headers } = { body: '' }] = body.requests;
    const traces = decode(bytes as Uint8Array, { useBigInt64: true }) as DatadogSpan[][];
    return { traces, headers, items: numbers(items) };
  });
  return { requests, drops, spans: requests.flatMap(({ traces }) => traces.flat()) };
}

async function one(parts: Partial<SpanRecord>, block: Readonly<Record<string, unknown>> = {}): Promise<DatadogSpan> {
  const { spans: all, drops } = await read([span(parts)], block);
  expect(drops).toEqual([]);
  return all[0] as DatadogSpan;
}

describe('a span', () => {
  test('has ids and times of 64 bits, and what it is called at Datadog', async () => {
    const { requests } = await read([
      span({
        parentSpanContext: { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 1 },
        status: { code: 2, message: 'boom' },
        attributes: { 'http.request.method': 'GET', 'http.route': '/items/{id}', 'http.response.status_code': 500 },
      }),
    ]);
    expect(requests).toMatchObject([{ headers: { 'x-datadog-trace-count': '1' }, items: [0] }]);
    expect(requests[0]?.traces).toEqual([
      [
        {
          service: 'checkout',
          name: 'http.server.request',
          resource: 'GET /items/{id}',
          type: 'web',
          trace_id: 0xd269b633813fc60cn,
          span_id: 0xeee19b7ec3c1b174n,
          parent_id: 0x00f067aa0ba902b7n,
          start: 1_700_000_000_123_456_789n,
          duration: 50_000_001n,
          error: 1,
          meta: {
            'span.kind': 'server',
            'otel.trace_id': TRACE_ID,
            'otel.status_code': 'Error',
            '_dd.p.tid': '5b8efff798038103',
            'otel.status_description': 'boom',
            'error.msg': 'boom',
            'http.method': 'GET',
            'http.route': '/items/{id}',
            env: 'production',
            '_dd.hostname': 'web-1',
            'deployment.environment.name': 'production',
            'host.name': 'web-1',
          },
          metrics: { 'http.status_code': 500, _sampling_priority_v1: 1 },
        },
      ],
    ]);
  });

  test('without a parent is a root, and its trace id may be of 64 bits only', async () => {
    const traceId = `${'0'.repeat(16)}d269b633813fc60c`;
    const root = await one({ spanContext: () => ({ traceId, spanId: 'eee19b7ec3c1b174', traceFlags: 1 }) });
    expect(root).toMatchObject({ parent_id: 0n, trace_id: 0xd269b633813fc60cn });
    expect(root.meta).not.toHaveProperty(['_dd.p.tid']);
  });

  test('keeps numbers that a double holds as numbers, and all else as text', async () => {
    const { meta, metrics } = await one({
      attributes: {
        int: 42,
        double: -0.5,
        big: 9_007_199_254_740_993n,
        small: 7n,
        nan: Number.NaN,
        bool: true,
        list: ['a', 1],
        map: { a: { b: 1 } },
        bytes: new Uint8Array([1, 2]),
        empty: null,
      },
    });
    expect(metrics).toMatchObject({ int: 42, double: -0.5, small: 7 });
    expect(meta).toMatchObject({
      big: '9007199254740993',
      nan: 'NaN',
      bool: 'true',
      list: '["a",1]',
      map: '{"a":{"b":1}}',
      bytes: 'AQI=',
    });
    expect(meta).not.toHaveProperty('empty');
  });

  test('wins over its scope, and that over the resource; an attribute with the name of a tag stays', async () => {
    const { meta, metrics } = await one({
      attributes: { a: 'span', env: 'own', 'http.method': 'PUT', 'http.request.method': 'GET', c: 1 },
      instrumentationScope: { name: 'lib', version: '2', attributes: { a: 'scope', b: 'scope', c: 'scope' } },
      resource: { attributes: { ...CHECKOUT, a: 'resource', b: 'resource', d: 'resource' } },
    });
    expect(meta).toMatchObject({ a: 'span', b: 'scope', d: 'resource', env: 'own', 'http.method': 'PUT' });
    expect(meta).toMatchObject({ 'otel.scope.name': 'lib', 'otel.scope.version': '2' });
    expect(meta).not.toHaveProperty('c');
    expect(metrics).toMatchObject({ c: 1 });
  });

  test('has one value for each tag of its own, even where an attribute is a number of that name', async () => {
    const { meta, metrics } = await one({ attributes: { 'span.kind': 7, 'otel.status_code': 2, n: 1 } });
    expect(meta).toMatchObject({ 'span.kind': 'server', 'otel.status_code': 'Unset' });
    expect(metrics).toEqual({ n: 1, _sampling_priority_v1: 1 });
  });

  test('has times of zero where they are no numbers', async () => {
    const nothing = [Number.NaN, Number.NaN] as const;
    expect(await one({ startTime: nothing, endTime: nothing })).toMatchObject({ start: 0n, duration: 0n });
  });

  test('says that an exception is among its events, as the Agent does', async () => {
    const named = async (...names: readonly string[]) => {
      const { meta } = await one({ events: names.map((name) => ({ time: [1, 5], name })) });
      return meta['_dd.span_events.has_exception'];
    };
    expect(await named('retry', 'exception')).toBe('true');
    expect(await named('retry', 'Exception')).toBeUndefined();
    expect(await named()).toBeUndefined();
  });

  test('carries events and links as JSON, and its trace state', async () => {
    const traceState = { serialize: () => 'dd=s:1' };
    const { meta } = await one({
      spanContext: () => ({ traceId: TRACE_ID, spanId: 'eee19b7ec3c1b174', traceFlags: 1, traceState }) as never,
      events: [{ time: [1, 5], name: 'it "is"', attributes: { a: [1], b: true }, droppedAttributesCount: 2 }],
      links: [
        { context: { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 0 }, attributes: { n: 1, '"': 'x' } },
      ],
    });
    expect(meta['w3c.tracestate']).toBe('dd=s:1');
    expect(JSON.parse(meta['events'] as string)).toEqual([
      { time_unix_nano: 1_000_000_005, name: 'it "is"', attributes: { a: [1], b: true }, dropped_attributes_count: 2 },
    ]);
    expect(JSON.parse(meta['_dd.span_links'] as string)).toEqual([
      { trace_id: TRACE_ID, span_id: '00f067aa0ba902b7', attributes: { n: '1', '"': 'x' } },
    ]);
  });

  test('has its priority from whoever decided it', async () => {
    const { meta, metrics } = await one({ attributes: { 'sampling.priority': 2 } });
    expect(metrics).toEqual({ _sampling_priority_v1: 2 });
    expect(meta).not.toHaveProperty('sampling.priority');
    const text = await one({ attributes: { 'sampling.priority': 'high' } });
    expect(text.metrics).toEqual({ _sampling_priority_v1: 1 });
    expect(text.meta).not.toHaveProperty(['_sampling_priority_v1']);
  });

  test('has the tags of its own resource and scope, whatever was before it', async () => {
    const of = (name: string, own: AttributeMap) =>
      span({ attributes: own, instrumentationScope: { name }, resource: { attributes: { shared: name } } });
    const exporter = await exporterOf('traces', AGENT);
    for (let batch = 0; batch < 2; batch++) {
      const records = [of('a', {}), of('b', { shared: 1 }), of('a', { other: 'x' }), of('b', {})];
      const [payload] = [
        ...exporter.encode(batchFromRecords('traces', records) as Batch, { now: NOW, id: 'b', mode: undefined }),
      ] as Payload<DatadogMessage>[];
      const traces = decode(payload?.body.requests[0]?.body as Uint8Array, { useBigInt64: true }) as DatadogSpan[][];
      const metas = traces.flat().map(({ meta }) => [meta['otel.scope.name'], meta['shared'], meta['other']]);
      expect(metas).toEqual([
        ['a', 'a', undefined],
        ['b', undefined, undefined],
        ['a', 'a', 'x'],
        ['b', 'b', undefined],
      ]);
      exporter.release?.(payload as Payload);
    }
  });

  test('has service, environment, version and host of the options where telemetry has none', async () => {
    const parts = { resource: { attributes: {} } };
    const options = { environment: 'staging', version: '9', hostname: 'h', host_tags: ['team:pay'] };
    expect(await one(parts, options)).toMatchObject({
      service: 'unnamed-service',
      meta: { env: 'staging', version: '9', '_dd.hostname': 'h', team: 'pay' },
    });
    expect(await one({ attributes: { 'service.name': 'own' } }, options)).toMatchObject({ service: 'own' });
  });

  test('is cut where the Agent would cut it, and never within a character', async () => {
    const long = await one({ name: 'ä'.repeat(4000), attributes: { 'service.name': '😀'.repeat(90) } });
    expect(Buffer.byteLength(long.service)).toBe(100);
    expect(Buffer.byteLength(long.resource)).toBe(5000);
    expect([long.service.isWellFormed(), long.resource.isWellFormed()]).toEqual([true, true]);
  });
});

describe('operation, resource and type', () => {
  test.each<[number, AttributeMap, string, string, string]>([
    [0, {}, 'internal', 'n', 'custom'],
    [1, {}, 'server.request', 'n', 'web'],
    [2, {}, 'client.request', 'n', 'http'],
    [3, {}, 'producer', 'n', 'custom'],
    [4, {}, 'consumer', 'n', 'custom'],
    [1, { 'http.method': 'POST', 'http.route': '/a' }, 'http.server.request', 'POST /a', 'web'],
    [2, { 'http.request.method': '_OTHER', 'http.route': '/a' }, 'http.client.request', 'HTTP', 'http'],
    [2, { 'db.system': 'PostgreSQL', 'db.statement': 'SELECT 1' }, 'postgresql.query', 'SELECT 1', 'sql'],
    [2, { 'db.system.name': 'redis' }, 'redis.query', 'n', 'redis'],
    [2, { 'db.system': 'neo4j', 'db.query.text': 'MATCH' }, 'neo4j.query', 'MATCH', 'db'],
    [
      4,
      { 'messaging.system': 'kafka', 'messaging.operation': 'receive', 'messaging.destination.name': 't' },
      'kafka.receive',
      'receive t',
      'custom',
    ],
    [2, { 'rpc.system': 'grpc', 'rpc.method': 'Get', 'rpc.service': 'S' }, 'grpc.client.request', 'Get S', 'http'],
    [1, { 'rpc.system': 'grpc' }, 'grpc.server.request', 'n', 'web'],
    [2, { 'rpc.system': 'aws-api', 'rpc.service': 'S3' }, 'aws.s3.request', 'n', 'http'],
    [2, { 'rpc.system': 'aws-api' }, 'aws.client.request', 'n', 'http'],
    [2, { 'faas.invoked_provider': 'aws', 'faas.invoked_name': 'f' }, 'aws.f.invoke', 'n', 'http'],
    [1, { 'faas.trigger': 'timer' }, 'timer.invoke', 'n', 'web'],
    [
      1,
      { 'graphql.operation.type': 'query', 'graphql.operation.name': 'q' },
      'graphql.server.request',
      'query q',
      'web',
    ],
    [2, { 'network.protocol.name': 'AMQP' }, 'amqp.client.request', 'n', 'http'],
    [1, { 'operation.name': 'Op', 'resource.name': 'r', 'span.type': 't' }, 'op', 'r', 't'],
  ])('of kind %i with %j are %s, %s, %s', async (kind, attributes, name, resource, type) => {
    expect(await one({ name: 'n', kind, attributes })).toMatchObject({ name, resource, type });
  });
});

describe('a request', () => {
  test('groups spans by trace, whatever their order, and only the first of a trace speaks for it', async () => {
    const of = (traceId: string, spanId: string) =>
      span({ spanContext: () => ({ traceId, spanId: spanId.padStart(16, '0'), traceFlags: 1 }) });
    const [a, b] = ['a', 'b'].map((digit) => digit.repeat(32)) as [string, string];
    const { requests } = await read([of(a, '1'), of(b, '2'), of(a, '3')]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ items: [0, 1, 2], headers: { 'x-datadog-trace-count': '2' } });
    expect(requests[0]?.traces.map((trace) => trace.map(({ span_id }) => span_id))).toEqual([[1n, 3n], [2n]]);
    const [[first, second] = []] = requests[0]?.traces ?? [];
    expect([first?.metrics, second?.metrics]).toEqual([{ _sampling_priority_v1: 1 }, {}]);
    expect([first?.meta['_dd.p.tid'], second?.meta['_dd.p.tid']]).toEqual(['a'.repeat(16), undefined]);
  });

  test('ends at eight MiB, and the rest of a trace leads the next one', async () => {
    const large = (i: number) =>
      span({
        spanContext: () => ({ traceId: TRACE_ID, spanId: `${i + 1}`.padStart(16, '0'), traceFlags: 1 }),
        attributes: { big: 'x'.repeat(3_000_000) },
      });
    const { requests, drops } = await read([large(0), large(1), large(2), large(3), large(4)]);
    expect(drops).toEqual([]);
    expect(requests.map(({ items }) => items)).toEqual([[0, 1], [2, 3], [4]]);
    for (const { traces, headers } of requests) {
      expect(headers).toEqual({ 'x-datadog-trace-count': '1' });
      expect(traces[0]?.[0]?.metrics).toEqual({ _sampling_priority_v1: 1 });
    }
  });

  test('never holds a span that is larger than a request, or whose ids are none', async () => {
    const { requests, drops } = await read([
      span({ attributes: { big: 'x'.repeat(9_000_000) } }),
      span({ spanContext: () => ({ traceId: '0'.repeat(32), spanId: 'eee19b7ec3c1b174', traceFlags: 1 }) }),
      span(),
    ]);
    expect(requests.map(({ items }) => items)).toEqual([[2]]);
    expect(drops).toMatchObject([
      { items: [1], reason: 'invalid' },
      { items: [0], reason: 'too_large' },
    ]);
  });

  test('says the same of every pair of properties to another library', async () => {
    const { traces } = corpus();
    const { spans: stored, drops } = await read(traces);
    expect(drops).toEqual([]);
    const byId = new Map(stored.map((each) => [each.meta['item.id'], each]));
    expect(byId.size).toBe(traces.length);
    for (const { attributes, spanContext, startTime, status } of traces) {
      const each = byId.get(String(attributes['item.id']));
      expect(each?.span_id).toBe(BigInt(`0x${spanContext().spanId}`));
      expect(each?.start).toBe(BigInt(startTime[0]) * 1_000_000_000n + BigInt(startTime[1]));
      expect(each?.error).toBe(status.code === 2 ? 1 : 0);
    }
  });

  test('holds any names and values', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null));
    // The reader here takes no such name.
    const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__proto__');
    const attributes = fc.dictionary(name, value, { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(attributes, attributes, async (own, shared) => {
        const { meta, metrics } = await one({ attributes: own, resource: { attributes: shared } } as never);
        for (const [key, each] of Object.entries(own)) {
          if (typeof each === 'number' && Number.isFinite(each)) expect(metrics[key]).toBe(each);
          else if (typeof each === 'string') expect(meta[key.toWellFormed()]).toBe(each.toWellFormed());
        }
      }),
      { numRuns: 100 },
    );
  });

  test('gives the loop back at least every 256 spans', async () => {
    const exporter = await exporterOf('traces', AGENT);
    const batch = batchFromRecords('traces', spans(1000)) as Batch;
    const encoded = [...exporter.encode(batch, { now: NOW, id: 'b', mode: undefined })];
    expect(encoded.map((each) => each === undefined)).toEqual([true, true, true, false]);
  });
});
