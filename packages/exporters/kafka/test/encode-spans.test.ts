/** Jaeger, Zipkin and raw values, read by protobufjs with the definitions of those projects. */
import { describe, expect, test } from '@jest/globals';
import { DOUBLES, type LogRecord, type SpanRecord } from '@telemetryflow/otlp';
import { logs, spans } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { encoded, numbers, recordsOf } from './encoding.ts';

const proto = protobuf.parse(`syntax = "proto3";
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
  message KeyValue { string key = 1; ValueType v_type = 2; string v_str = 3; bool v_bool = 4; int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7; }
  enum ValueType { STRING = 0; BOOL = 1; INT64 = 2; FLOAT64 = 3; BINARY = 4; }
  message SpanRef { bytes trace_id = 1; bytes span_id = 2; RefType ref_type = 3; }
  enum RefType { CHILD_OF = 0; FOLLOWS_FROM = 1; }
  message Log { Timestamp timestamp = 1; repeated KeyValue fields = 2; }
  message Process { string service_name = 1; repeated KeyValue tags = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated SpanRef references = 4; uint32 flags = 5;
    Timestamp start_time = 6; Timestamp duration = 7; repeated KeyValue tags = 8; repeated Log logs = 9; Process process = 10; }
  message ListOfSpans { repeated ZSpan spans = 1; }
  message ZSpan { bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; uint32 kind = 4; string name = 5; fixed64 timestamp = 6; uint64 duration = 7;
    Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9; repeated Annotation annotations = 10; map<string, string> tags = 11; }
  message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
  message Annotation { fixed64 timestamp = 1; string value = 2; }`).root;

const JAEGER = proto.lookupType('Span');
const ZIPKIN = proto.lookupType('ListOfSpans');
const plain = (type: protobuf.Type, value: Buffer): Record<string, unknown> =>
  type.toObject(type.decode(value), { longs: String, enums: String, bytes: String });

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = '00f067aa0ba902b7';

function span(
  over: Partial<SpanRecord> & { readonly traceId?: string; readonly parent?: string; readonly flags?: number } = {},
): SpanRecord {
  const { traceId = TRACE, parent, ...rest } = over;
  return {
    name: 'op',
    kind: 0,
    spanContext: () => ({ traceId, spanId: SPAN, traceFlags: 1 }),
    ...(parent !== undefined && { parentSpanContext: { traceId, spanId: parent, traceFlags: 1 } }),
    startTime: [1_700_000_000, 123_456_789],
    endTime: [1_700_000_000, 124_956_789],
    duration: [0, 1_500_000],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource: { attributes: { 'service.name': 's' } },
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...rest,
  };
}

const one = (encoding: 'jaeger_proto' | 'jaeger_json' | 'zipkin_json' | 'zipkin_proto', record: SpanRecord) => {
  const [first] = recordsOf(encoded('traces', [record], { encoding }).payloads);
  if (first === undefined) throw new Error('nothing was encoded');
  return first;
};

describe('jaeger_proto', () => {
  test('is byte for byte the span that Jaeger reads', () => {
    const { key, value } = one('jaeger_proto', span({ parent: PARENT, attributes: { ok: true } }));
    expect(value.toString('hex')).toBe(
      '0a100af7651916cd43dd8448eb211c80319c1208b7ad6b71692033311a026f70221c0a100af7651916cd43dd8448eb211c80319c120800f067aa0ba902b7' +
        '2801320b0880e2cfaa0610959aef3a3a0410e0c65b42080a026f6b1001200152030a0173',
    );
    expect(key).toBe(TRACE);
  });

  test('the key of a 64-bit trace id is its 16 digits', () => {
    expect(one('jaeger_proto', span({ traceId: '00000000000000008448eb211c80319c' })).key).toBe('8448eb211c80319c');
  });

  test('every type of value arrives as what it is', () => {
    const attributes = {
      text: 'x',
      yes: false,
      int: -3,
      whole: 2,
      big: 2n ** 63n - 1n,
      huge: 2n ** 70n,
      half: 0.5,
      nan: Number.NaN,
      bytes: Uint8Array.of(1, 2),
      list: ['a', 'b'],
      [DOUBLES]: new Set(['whole']),
    };
    const { tags } = plain(JAEGER, one('jaeger_proto', span({ attributes })).value);
    expect(tags).toEqual([
      { key: 'text', vStr: 'x' },
      { key: 'yes', vType: 'BOOL' },
      { key: 'int', vType: 'INT64', vInt64: '-3' },
      { key: 'whole', vType: 'FLOAT64', vFloat64: 2 },
      { key: 'big', vType: 'INT64', vInt64: '9223372036854775807' },
      { key: 'huge', vStr: '1180591620717411303424' },
      { key: 'half', vType: 'FLOAT64', vFloat64: 0.5 },
      { key: 'nan', vStr: 'NaN' },
      { key: 'bytes', vType: 'BINARY', vBinary: 'AQI=' },
      { key: 'list', vStr: '["a","b"]' },
    ]);
  });

  test('status, kind, scope and state become tags, events logs, links references', () => {
    const other = { traceId: `1${TRACE.slice(1)}`, spanId: PARENT, traceFlags: 1 };
    const record = span({
      parent: PARENT,
      kind: 1,
      status: { code: 2, message: 'boom' },
      attributes: { error: 'mine' },
      events: [{ time: [1_700_000_000, 5], name: 'e', attributes: { a: 1 } }],
      links: [{ context: other, attributes: { why: 'x' } }],
      instrumentationScope: { name: 'lib', version: '1' },
      droppedEventsCount: 2,
    });
    const { tags, logs: written, references } = plain(JAEGER, one('jaeger_proto', record).value);
    expect(tags).toEqual(
      expect.arrayContaining([
        { key: 'error', vType: 'BOOL', vBool: true },
        { key: 'span.kind', vStr: 'server' },
        { key: 'otel.status_code', vStr: 'ERROR' },
        { key: 'otel.status_description', vStr: 'boom' },
        { key: 'otel.scope.name', vStr: 'lib' },
        { key: 'otel.library.version', vStr: '1' },
        { key: 'otel.dropped_events_count', vType: 'INT64', vInt64: '2' },
      ]),
    );
    expect(new Set((tags as { key: string }[]).map(({ key }) => key)).size).toBe((tags as unknown[]).length);
    expect(written).toEqual([
      {
        timestamp: { seconds: '1700000000', nanos: 5 },
        fields: [
          { key: 'event', vStr: 'e' },
          { key: 'a', vType: 'INT64', vInt64: '1' },
        ],
      },
      { timestamp: { seconds: '1700000000', nanos: 123456789 }, fields: expect.any(Array) },
    ]);
    expect(references).toHaveLength(2);
    expect((references as { refType?: string }[])[1]?.refType).toBe('FOLLOWS_FROM');
  });

  test('the times of a span that begins at zero are written, too', () => {
    const { startTime, duration } = plain(
      JAEGER,
      one('jaeger_proto', span({ startTime: [0, 0], endTime: [0, 0] })).value,
    );
    expect([startTime, duration]).toEqual([{}, {}]);
  });

  test('a span with ids that Jaeger would refuse is dropped, and the others are not', () => {
    const records = [span(), span({ traceId: '' }), span({ traceId: '0'.repeat(32) }), span()];
    const { payloads, dropped } = encoded('traces', records, { encoding: 'jaeger_proto' });
    expect(numbers(payloads.map(({ items }) => items))).toEqual([0, 3]);
    expect(dropped.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('invalid: invalid_id'),
      expect.stringContaining('invalid: invalid_id'),
    ]);
  });
});

test('jaeger_json says the same as jaeger_proto, in the form of jsonpb', () => {
  const record = span({ parent: PARENT, attributes: { ok: true, n: 5, d: 0.5 } });
  expect(JSON.parse(String(one('jaeger_json', record).value))).toEqual({
    traceId: 'CvdlGRbNQ92ESOshHIAxnA==',
    spanId: 't61rcWkgMzE=',
    operationName: 'op',
    references: [{ traceId: 'CvdlGRbNQ92ESOshHIAxnA==', spanId: 'APBnqgupArc=' }],
    flags: 1,
    startTime: '2023-11-14T22:13:20.123456789Z',
    duration: '0.001500s',
    tags: [
      { key: 'ok', vType: 'BOOL', vBool: true },
      { key: 'n', vType: 'INT64', vInt64: '5' },
      { key: 'd', vType: 'FLOAT64', vFloat64: 0.5 },
    ],
    process: { serviceName: 's' },
  });
  for (const each of spans(30)) {
    const read = JAEGER.fromObject(fromJsonpb(JSON.parse(String(one('jaeger_json', each).value))));
    const written = JAEGER.decode(one('jaeger_proto', each).value);
    // JSON has no negative zero.
    const zeroes = (message: protobuf.Message): unknown =>
      JSON.parse(
        JSON.stringify(plain(JAEGER, Buffer.from(JAEGER.encode(message).finish()))).replace(
          /,"vFloat64":0(?=[,}])/g,
          '',
        ),
      );
    expect(zeroes(read)).toEqual(zeroes(written));
  }
});

/** Times of jsonpb as messages; everything else protobufjs reads as it is. */
function fromJsonpb(value: unknown, key = ''): never {
  if (Array.isArray(value)) return value.map((item) => fromJsonpb(item)) as never;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fromJsonpb(inner, name)])) as never;
  if (key === 'startTime' || key === 'timestamp') {
    const [whole = '', fraction = ''] = String(value).replace('Z', '').split('.');
    return { seconds: Date.parse(`${whole}Z`) / 1000, nanos: Number(fraction.padEnd(9, '0')) } as never;
  }
  if (key === 'duration') {
    const [seconds = '', fraction = ''] = String(value).replace('s', '').split('.');
    return { seconds: Number(seconds), nanos: Number(fraction.padEnd(9, '0')) } as never;
  }
  return value as never;
}

test('more links than the Collector reads are left out', () => {
  const context = { traceId: TRACE, spanId: PARENT, traceFlags: 1 };
  const links = Array.from({ length: 130 }, () => ({ context }));
  const [written] = JSON.parse(String(one('zipkin_json', span({ links })).value));
  expect(Object.keys(written.tags).filter((name) => name.startsWith('otlp.link.'))).toHaveLength(128);
});

test.each([
  ['zipkin_json', (value: Buffer) => JSON.parse(String(value))[0]],
  ['zipkin_proto', (value: Buffer) => (plain(ZIPKIN, value)['spans'] as object[])[0]],
] as const)('%s holds nothing for which readers refuse the whole list', (encoding, read) => {
  const traceState = { serialize: () => 'a=x|y' } as never;
  const context = { traceId: TRACE, spanId: PARENT, traceFlags: 1, traceState };
  const record = span({
    startTime: [0.5, 0.75],
    endTime: [0, 0],
    events: [
      { time: [Number.NaN, Number.NaN], name: '' },
      { time: [1_700_000_000, 1.5], name: 'fraction' },
    ],
    links: [{ context }],
  });
  const { timestamp, duration, annotations, tags } = read(one(encoding, record).value) as {
    timestamp: unknown;
    duration?: unknown;
    annotations: { timestamp: unknown; value: string }[];
    tags: Record<string, string>;
  };
  expect([Number(timestamp), duration]).toEqual([500_000, undefined]);
  expect(annotations.map((each) => [Number(each.timestamp), each.value])).toEqual([
    [500_000, '""'],
    [1_700_000_000_000_000, 'fraction'],
  ]);
  const timeless = span({ startTime: [0, 0], endTime: [0, 0], events: [{ time: [0, 0], name: 'e' }] });
  const [only] = (read(one(encoding, timeless).value) as { annotations: { timestamp: unknown }[] }).annotations;
  expect(Number(only?.timestamp)).toBe(1);
  expect(tags['otlp.link.0']).toBe(`${TRACE}|${PARENT}||{}|0`);
});

describe('zipkin', () => {
  const Z1 = span({
    name: 'GET /',
    kind: 1,
    parent: PARENT,
    attributes: { n: 5, d: 0.5, ok: true, arr: ['a', 'b'] },
    status: { code: 2, message: 'boom' },
    resource: { attributes: { 'service.name': 'svc', 'host.name': 'h1' } },
    instrumentationScope: { name: 'lib' },
    events: [
      { time: [1_700_000_000, 124_000_400], name: 'e0' },
      { time: [1_700_000_000, 124_000_400], name: 'e1', attributes: { k: 'a|b', n: 1 } },
    ],
  });

  test('zipkin_json is the list that Zipkin reads', () => {
    const [read] = JSON.parse(String(one('zipkin_json', Z1).value));
    expect(read).toEqual(
      JSON.parse(
        '{"traceId":"0af7651916cd43dd8448eb211c80319c","parentId":"00f067aa0ba902b7","id":"b7ad6b7169203331","kind":"SERVER","name":"GET /","timestamp":1700000000123456,"duration":1500,"localEndpoint":{"serviceName":"svc"},"annotations":[{"timestamp":1700000000124000,"value":"e0"},{"timestamp":1700000000124000,"value":"\\"e1\\": {\\"k\\":\\"a\\\\u007cb\\",\\"n\\":1}"}],"tags":{"n":"5","d":"0.5","ok":"true","arr":"[\\"a\\",\\"b\\"]","otel.status_code":"ERROR","error":"boom","host.name":"h1","otel.scope.name":"lib","otel.library.name":"lib"}}',
      ),
    );
  });

  test('zipkin_proto is byte for byte the list that Zipkin reads', () => {
    const record = span({ kind: 1, parent: PARENT, attributes: { ok: true } });
    expect(one('zipkin_proto', record).value.toString('hex')).toBe(
      '0a490a100af7651916cd43dd8448eb211c80319c120800f067aa0ba902b71a08b7ad6b716920333120022a026f703140222018240a060038dc0b42030a01735a0a0a026f6b120474727565',
    );
  });

  test('both say the same', () => {
    const kinds = [undefined, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];
    for (const each of spans(30)) {
      const [json] = JSON.parse(String(one('zipkin_json', each).value));
      const { spans: list } = plain(ZIPKIN, one('zipkin_proto', each).value) as { spans: Record<string, unknown>[] };
      const [read = {}] = list;
      expect({
        traceId: Buffer.from(String(read['traceId']), 'base64').toString('hex'),
        kind: kinds[Number(read['kind'] ?? 0)],
        name: read['name'],
        timestamp: Number(read['timestamp']),
        duration: Number(read['duration']),
        tags: read['tags'],
        annotations: (read['annotations'] as { timestamp: string; value: string }[] | undefined)?.map((a) => ({
          timestamp: Number(a.timestamp),
          value: a.value ?? '',
        })),
      }).toEqual({
        traceId: json.traceId,
        kind: json.kind,
        name: json.name,
        timestamp: json.timestamp,
        duration: json.duration,
        tags: json.tags,
        annotations: json.annotations,
      });
    }
  });

  test('the other side is named by the first attribute that does', () => {
    const record = span({
      kind: 2,
      attributes: { 'server.address': '::ffff:10.0.0.1', 'server.port': 5432, 'peer.hostname': 'later' },
    });
    const [read] = JSON.parse(String(one('zipkin_json', record).value));
    expect(read.remoteEndpoint).toEqual({ serviceName: '::ffff:10.0.0.1', ipv4: '10.0.0.1', port: 5432 });
    const { spans: list } = plain(
      ZIPKIN,
      one(
        'zipkin_proto',
        span({ kind: 4, attributes: { 'network.peer.address': '[fe80::1%eth0]', 'network.peer.port': 70_000 } }),
      ).value,
    ) as { spans: { remoteEndpoint: unknown }[] };
    expect(list[0]?.remoteEndpoint).toEqual({
      ipv6: Buffer.from('fe800000000000000000000000000001', 'hex').toString('base64'),
    });
  });

  test.each([
    [[5, 0], 1],
    [[5, 999], 1],
    [[5, 1234], 1],
    [[5, 2000], 2],
  ] as [[number, number], number][])('a span that ends at %j takes %d us', (endTime, duration) => {
    const [read] = JSON.parse(String(one('zipkin_json', span({ startTime: [5, 0], endTime })).value));
    expect(read.duration).toBe(duration);
  });

  test('a tag error that says no is left out, and links are in the form of the Collector', () => {
    const context = { traceId: TRACE, spanId: PARENT, traceFlags: 0 };
    const record = span({
      status: { code: 1 },
      attributes: { error: false },
      links: [{ context, attributes: { a: 1 } }],
    });
    const [read] = JSON.parse(String(one('zipkin_json', record).value));
    expect(read.tags).toEqual({ 'otel.status_code': 'OK', 'otlp.link.0': `${TRACE}|${PARENT}||{"a":1}|0` });
    expect(read.kind).toBeUndefined();
  });

  test('nothing in a list looks like the format before', () => {
    const text = String(
      one('zipkin_json', span({ attributes: { binaryAnnotations: 'x', y: 'ends in yAnnotations' } })).value,
    );
    expect(text).not.toContain('yAnnotations"');
    expect(JSON.parse(text)[0].tags).toEqual({ binaryAnnotations: 'x', y: 'ends in yAnnotations' });
  });

  test('lists are cut at the limit, between spans', () => {
    const { payloads } = encoded('traces', spans(50), {
      encoding: 'zipkin_json',
      maxMessageBytes: 8000,
      layout: { packBytes: 8000 },
    });
    expect(payloads.length).toBeGreaterThan(2);
    expect(numbers(payloads.map(({ items }) => items))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    for (const { value } of recordsOf(payloads)) expect(JSON.parse(String(value))).toEqual(expect.any(Array));
  });
});

describe('raw', () => {
  test.each([
    ['plain ✓', 'plain ✓'],
    [Uint8Array.of(0xff, 0), Buffer.of(0xff, 0).toString('latin1')],
    [{ a: [1, true] }, '{"a":[1,true]}'],
    [5, '5'],
    [undefined, ''],
  ])('%p becomes the bytes of the record', (body, expected) => {
    const [log] = logs(1, { variety: 'plain' }) as [LogRecord];
    const [record] = recordsOf(encoded('logs', [{ ...log, body }], { encoding: 'raw' }).payloads);
    const value = record?.value;
    expect(body instanceof Uint8Array ? value?.toString('latin1') : value?.toString()).toBe(expected);
  });

  test('is one record per log', () => {
    const { payloads } = encoded('logs', logs(7), { encoding: 'raw' });
    expect(recordsOf(payloads)).toHaveLength(7);
  });
});

describe.each(['jaeger_proto', 'jaeger_json', 'zipkin_json', 'zipkin_proto', 'otlp_proto', 'otlp_json'] as const)(
  '%s',
  (encoding) => {
    test.each([undefined, null, 7])('carries a span, an event and a scope whose name is %p', (given) => {
      const name = given as unknown as string;
      const nameless = span({
        name,
        events: [{ time: [1_700_000_000, 5], name }],
        status: { code: 2, message: name },
        instrumentationScope: { name, version: name },
      });
      const { payloads, dropped } = encoded('traces', [span(), nameless, span()], { encoding });
      expect(dropped).toEqual([]);
      expect(numbers(payloads.map(({ items }) => items))).toEqual([0, 1, 2]);
      const text = Buffer.concat(recordsOf(payloads).map(({ value }) => value)).toString('latin1');
      expect(text).not.toMatch(/undefined|null/);
    });
  },
);
