import { describe, expect, test } from '@jest/globals';
import { DOUBLES, type LogRecord } from '@telemetryflow/otlp';
import { deepFreeze, FAKE_EPOCH, golden, hrTime, logs } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';
import { encodeAll, entriesOf, entryOf, payloadsOf, record, TIME } from './setup.ts';

const PushRequest = protobuf
  .parse(
    `syntax = "proto3";
     message PushRequest { repeated Stream streams = 1; string format = 2; }
     message Stream { string labels = 1; repeated Entry entries = 2; uint64 hash = 3; }
     message Timestamp { int64 seconds = 1; int32 nanos = 2; }
     message Entry { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3; }
     message LabelPair { string name = 1; string value = 2; }`,
  )
  .root.lookupType('PushRequest');

const NOW_2023 = { now: 1_700_000_001_000 };
const ALL_AGES = { max_age: '0s' };
const GOLDEN_4: Partial<LogRecord> = {
  hrTime: [1_700_000_000, 123_456_789],
  severityNumber: 17,
  severityText: 'ERROR',
  attributes: { 'http.status_code': 500, user: { id: 7 } },
  resource: { attributes: { 'service.name': 'checkout', 'host.name': 'h1' } },
  instrumentationScope: { name: 'lib', version: '1.0' },
  body: 'hi',
};

async function bytesOf(block: Record<string, unknown>, parts: Partial<LogRecord>): Promise<Buffer> {
  const [payload] = payloadsOf(await encodeAll({ ...ALL_AGES, ...block }, [record(parts)], NOW_2023));
  return Buffer.from(payload?.body.body ?? []);
}

describe('golden pushes', () => {
  test('one entry of one stream, byte for byte', async () => {
    const parts = { hrTime: [1, 0] as const, body: 'a', resource: { attributes: {} } };
    const block = { labels: { job: 'x' } };
    const bytes = uncompressSync(await bytesOf(block, parts)) as Buffer;
    expect(bytes.toString('hex')).toBe('0a140a097b6a6f623d2278227d12070a020801120161');
  });

  const traced: Partial<LogRecord> = {
    hrTime: [1_700_000_000, 123_456_789],
    body: 'hi',
    spanContext: { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0000000000000000', traceFlags: 0 },
  };

  test('two labels and structured metadata, byte for byte', async () => {
    const bytes = uncompressSync(await bytesOf({ labels: { job: 'tfo-agent' } }, traced)) as Buffer;
    expect(bytes.toString('hex')).toBe(
      '0a6d0a2a7b6a6f623d2274666f2d6167656e74222c20736572766963655f6e616d653d22636865636b6f7574227d123f0a0b0880e2cfaa0610959aef3a120268691a2c0a0874726163655f696412203031303230333034303530363037303830393061306230633064306530663130',
    );
  });

  test('the same as JSON, byte for byte', async () => {
    const bytes = await bytesOf({ labels: { job: 'tfo-agent' }, encoding: 'json' }, traced);
    expect(bytes.toString()).toBe(
      '{"streams":[{"stream":{"job":"tfo-agent","service_name":"checkout"},"values":[["1700000000123456789","hi",{"trace_id":"0102030405060708090a0b0c0d0e0f10"}]]}]}',
    );
  });

  test('attributes, severity, resource and scope in their order', async () => {
    const bytes = await bytesOf({ labels: { job: 'tfo-agent' } }, GOLDEN_4);
    const push = PushRequest.toObject(PushRequest.decode(uncompressSync(bytes) as Buffer), { longs: String });
    expect(push).toEqual({
      streams: [
        {
          labels: '{job="tfo-agent", service_name="checkout"}',
          entries: [
            {
              timestamp: { seconds: '1700000000', nanos: 123_456_789 },
              line: 'hi',
              structuredMetadata: [
                { name: 'http_status_code', value: '500' },
                { name: 'user_id', value: '7' },
                { name: 'severity_number', value: '17' },
                { name: 'severity_text', value: 'ERROR' },
                { name: 'host_name', value: 'h1' },
                { name: 'scope_name', value: 'lib' },
                { name: 'scope_version', value: '1.0' },
              ],
            },
          ],
        },
      ],
    });
  });

  test('forty records with every kind of value, in both forms', async () => {
    const block = { labels: { job: 'tfo-agent' }, level_label: true };
    const [proto] = payloadsOf(await encodeAll(block, deepFreeze(logs(40))));
    golden(import.meta.url, 'logs.pb').bytes(uncompressSync(Buffer.from(proto?.body.body ?? [])) as Buffer);
    const [json] = payloadsOf(await encodeAll({ ...block, encoding: 'json' }, deepFreeze(logs(40))));
    golden(import.meta.url, 'logs.json').json(Buffer.from(json?.body.body ?? []).toString());
    if (proto === undefined || json === undefined) throw new Error('nothing was encoded');
    expect(entriesOf(json, 'application/json')).toEqual(entriesOf(proto));
  });
});

describe('labels', () => {
  test('are at most fifteen besides service_name, configured ones first; the others stay metadata', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `attr.${i}`);
    const attributes = Object.fromEntries(names.map((name) => [name, 'v']));
    const { labels, metadata } = await entryOf(
      { resource: { attributes: { ...attributes, 'service.name': 's' } } },
      { labels: { a: '1', b: '2' }, label_attributes: [...names, 'service.name'] },
    );
    expect(Object.keys(labels).length).toBe(16);
    expect(labels).toMatchObject({ a: '1', b: '2', attr_0: 'v', attr_12: 'v', service_name: 's' });
    expect(metadata.map(([name]) => name)).toEqual(names.slice(13).map((name) => name.replace('.', '_')));
  });

  test('of the configuration win; the telemetry keeps its own as metadata', async () => {
    const { labels, metadata } = await entryOf({}, { labels: { service_name: 'forced' } });
    expect(labels).toEqual({ service_name: 'forced' });
    expect(metadata).toEqual([['service_name', 'checkout']]);
  });

  test('fall back to unknown_service', async () => {
    const { labels } = await entryOf({ resource: { attributes: { 'service.name': '' } } });
    expect(labels).toEqual({ service_name: 'unknown_service' });
  });

  test('carry quotes, line breaks and control characters escaped', async () => {
    const odd = 'a"b\\c\nd\u0000e"} {x="y';
    const { labels } = await entryOf({ resource: { attributes: { 'service.name': odd } } });
    expect(labels).toEqual({ service_name: odd });
  });

  test('are cut at 2048 bytes, and kept whole as metadata', async () => {
    const long = 'é'.repeat(1500);
    const { labels, metadata } = await entryOf({ resource: { attributes: { 'service.name': long } } });
    expect(Buffer.byteLength(labels['service_name'] ?? '')).toBe(2048);
    expect(metadata).toEqual([['service_name', long]]);
  });

  test('hold the level when wanted', async () => {
    expect((await entryOf({ severityNumber: 18 }, { level_label: true })).labels).toEqual({
      service_name: 'checkout',
      level: 'error',
    });
  });
});

describe('structured metadata', () => {
  test('has unique names: own fields, then the record, then the resource', async () => {
    const { metadata } = await entryOf({
      eventName: 'login',
      severityNumber: 9,
      attributes: { 'a.b': 1, a_b: 2, event_name: 'other', host_name: 'r' },
      resource: { attributes: { 'service.name': 's', 'host.name': 'h' } },
    });
    expect(Object.fromEntries(metadata)).toEqual({
      a_b: '1',
      a_b_2: '2',
      event_name: 'login',
      event_name_2: 'other',
      host_name: 'r',
      host_name_2: 'h',
      severity_number: '9',
    });
  });

  test('leaves out names that would fail the whole push, and says how many', async () => {
    const { metadata } = await entryOf({
      attributes: { '': 'x', ü: 'y', _: 'z', '1st': 'ok' },
      droppedAttributesCount: 2,
    });
    expect(metadata).toEqual([
      ['key_1st', 'ok'],
      ['dropped_attributes_count', '5'],
    ]);
  });

  test('stays within 128 pairs and 64 KiB', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, 'v']));
    const first = await entryOf({ attributes: many });
    expect(first.metadata).toHaveLength(128);
    expect(first.metadata.at(-1)).toEqual(['dropped_attributes_count', '173']);
    const second = await entryOf({ attributes: { big: 'x'.repeat(70_000), small: 'y' } });
    expect(second.metadata.map(([name]) => name)).toEqual(['big', 'small', 'dropped_attributes_count']);
    const size = second.metadata.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    expect(size).toBeLessThanOrEqual(65_536);
    expect(size).toBeGreaterThan(65_000);
  });

  test.each([
    [128, { body: 'short' }, 128],
    [128, { body: 'x'.repeat(1025) }, 128],
    [127, { body: 'x'.repeat(1025) }, 128],
    [300, { body: 'x'.repeat(1025) }, 128],
    [128, { body: 'short', droppedAttributesCount: 1 }, 127],
  ])('has room for what the exporter itself says, beside %i attributes', async (count, parts, kept) => {
    const attributes = Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, 'v']));
    const { metadata } = await entryOf({ attributes, ...parts }, { max_line_bytes: '1024' });
    expect(metadata.length).toBeLessThanOrEqual(128);
    const own = new Map(metadata);
    expect(own.get('truncated')).toBe(parts.body === 'short' ? undefined : 'true');
    const lost = count - metadata.filter(([name]) => /^a\d+$/.test(name)).length;
    const said = lost + ('droppedAttributesCount' in parts ? 1 : 0);
    expect(own.get('dropped_attributes_count')).toBe(said === 0 ? undefined : String(said));
    expect(metadata.length).toBe(kept);
  });

  test('keeps what Loki gives a meaning before attributes, and those of the record before the resource', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`a${i}`, 'v']));
    const { metadata } = await entryOf({
      attributes,
      severityNumber: 17,
      severityText: 'ERROR',
      spanContext: { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708', traceFlags: 1 },
      eventName: 'login',
      resource: { attributes: { 'service.name': 'checkout', 'host.name': 'h1' } },
    });
    expect(metadata).toHaveLength(128);
    expect(Object.fromEntries(metadata)).toMatchObject({
      severity_number: '17',
      severity_text: 'ERROR',
      trace_id: '0102030405060708090a0b0c0d0e0f10',
      span_id: '0102030405060708',
      flags: '1',
      event_name: 'login',
      a0: 'v',
      dropped_attributes_count: '8',
    });
  });

  test('never names its own marks twice, whatever the resource is called', async () => {
    const resource = { attributes: { 'service.name': 's', truncated: 'no', dropped_attributes_count: 'many' } };
    const { metadata } = await entryOf(
      { body: 'x'.repeat(1025), attributes: { '': 'nameless' }, resource },
      { max_line_bytes: '1024' },
    );
    expect(Object.fromEntries(metadata)).toEqual({
      truncated: 'true',
      truncated_2: 'no',
      dropped_attributes_count: '1',
      dropped_attributes_count_2: 'many',
    });
    expect(metadata).toHaveLength(4);
  });

  test('moves a stack trace that does not fit into the line', async () => {
    const stack = 'at somewhere\n'.repeat(6000);
    const { line, metadata } = await entryOf({ body: 'failed', attributes: { 'exception.stacktrace': stack } });
    expect(line).toBe(`failed\n${stack}`);
    expect(metadata).toEqual([]);
  });

  test('goes to the end of the line where the server takes none', async () => {
    const parts = { body: 'hello', attributes: { user: 'a b', n: 1 } };
    const off = await entryOf(parts, { structured_metadata: 'off' });
    expect([off.line, off.metadata]).toEqual(['hello user="a b" n=1', []]);
    const fallenBack = await entryOf(parts, {}, { mode: { metadata: false } });
    expect(fallenBack).toEqual(off);
    const json = await entryOf({ ...parts, body: { msg: 'm', n: 0 } }, { structured_metadata: 'off' });
    expect(JSON.parse(json.line)).toEqual({ msg: 'm', n: 0, user: 'a b', attributes_n: '1' });
  });

  test('in the line stays whole, with its marks, where the text before it must be cut', async () => {
    const parts = { body: '€'.repeat(500), attributes: { user: 'u', '': 'nameless' } };
    const { line } = await entryOf(parts, { structured_metadata: 'off', max_line_bytes: '1024' });
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1024);
    expect(line).toMatch(/^€{300,} user=u dropped_attributes_count=1 truncated=true$/);
    const fields = await entryOf(
      { body: 'b', attributes: { user: 'u'.repeat(2000) } },
      { structured_metadata: 'off', max_line_bytes: '1024' },
    );
    expect(fields.line).toBe(`user=${'u'.repeat(1019)}`);
  });
});

describe('lines', () => {
  test.each<[string, Partial<LogRecord>, string]>([
    ['text', { body: 'text' }, 'text'],
    ['maps as JSON', { body: { a: [1, { b: true }] } }, '{"a":[1,{"b":true}]}'],
    ['numbers', { body: 1.5 }, '1.5'],
    ['bytes as base64', { body: Uint8Array.of(1, 2) }, 'AQI='],
    ['the event name of an empty body', { eventName: 'login' }, 'login'],
    ['nothing', {}, ''],
    ['lone surrogates replaced', { body: 'a\ud83d' }, 'a\ufffd'],
  ])('hold %s', async (_name, parts, line) => {
    expect((await entryOf(parts)).line).toBe(line);
  });

  test('are cut between characters, and marked', async () => {
    const { line, metadata } = await entryOf({ body: '€'.repeat(500) }, { max_line_bytes: '1024' });
    expect(line).toBe('€'.repeat(341));
    expect(metadata).toEqual([['truncated', 'true']]);
  });
});

describe('times and streams', () => {
  test('fall back from time to observed time to now', async () => {
    const observed = hrTime(FAKE_EPOCH - 5000, 7);
    expect((await entryOf({ hrTime: [0, 0], hrTimeObserved: observed })).time).toBe(
      BigInt(FAKE_EPOCH - 5000) * 1_000_000n + 7n,
    );
    expect((await entryOf({ hrTime: [0, 0] })).time).toBe(BigInt(FAKE_EPOCH) * 1_000_000n);
    expect((await entryOf({ hrTime: TIME, hrTimeObserved: observed })).metadata).toEqual([
      ['observed_timestamp', `${(FAKE_EPOCH - 5000) * 1_000_000 + 0}`.replace(/0$/, '7')],
    ]);
  });

  test('drop what the server would refuse as too old, item by item', async () => {
    const old = record({ hrTime: hrTime(FAKE_EPOCH - 8 * 24 * 3_600_000) });
    const encoded = await encodeAll({}, [record(), old, record()]);
    expect(encoded[0]).toEqual({ dropped: [1], reason: 'too_old', detail: 'older than max_age' });
    expect(payloadsOf(encoded).map(({ items }) => items)).toEqual([[0, 2]]);
    expect(payloadsOf(await encodeAll(ALL_AGES, [old]))).toHaveLength(1);
    const limit = record({ hrTime: hrTime(FAKE_EPOCH - 7 * 24 * 3_600_000) });
    const [payload] = await encodeAll({}, [record(), limit]);
    // Looked at again before every attempt.
    expect(payload).toMatchObject({ items: [1, 0], oldestMs: FAKE_EPOCH - 7 * 24 * 3_600_000 });
  });

  test('drop what is too old over OTLP, too, and date the rest', async () => {
    const old = record({ hrTime: hrTime(FAKE_EPOCH - 8 * 24 * 3_600_000) });
    const aging = record({ hrTime: hrTime(FAKE_EPOCH - 6 * 24 * 3_600_000) });
    const [dropped, payload] = await encodeAll({ protocol: 'otlp' }, [record(), old, aging]);
    expect(dropped).toMatchObject({ dropped: [1], reason: 'too_old' });
    expect(payload).toMatchObject({ items: [0, 2], oldestMs: FAKE_EPOCH - 6 * 24 * 3_600_000 });
    expect(payloadsOf(await encodeAll({ protocol: 'otlp', ...ALL_AGES }, [old]))).toHaveLength(1);
  });

  test('clamp the future only when told', async () => {
    const future = hrTime(FAKE_EPOCH + 3_600_000);
    expect((await entryOf({ hrTime: future })).time).toBe(BigInt(FAKE_EPOCH + 3_600_000) * 1_000_000n);
    expect((await entryOf({ hrTime: future }, { clamp_future: true })).time).toBe(BigInt(FAKE_EPOCH) * 1_000_000n);
    for (const [ms, clamped] of [
      [600_000, false],
      [600_001, true],
    ] as const) {
      const { time } = await entryOf({ hrTime: hrTime(FAKE_EPOCH + ms) }, { clamp_future: true });
      expect(time).toBe(BigInt(clamped ? FAKE_EPOCH : FAKE_EPOCH + ms) * 1_000_000n);
    }
  });

  test('are in order within a stream, whatever the order of the batch', async () => {
    const records = [3, 1, 2].map((ms) => record({ hrTime: hrTime(FAKE_EPOCH + ms), body: String(ms) }));
    const [payload] = payloadsOf(await encodeAll({}, records));
    expect(payload?.items).toEqual([1, 2, 0]);
    expect(payload === undefined ? [] : entriesOf(payload).map(({ line }) => line)).toEqual(['1', '2', '3']);
  });

  test.each(['protobuf', 'json'])('never make a push of more than max_batch_bytes, in %s', async (encoding) => {
    const records = Array.from({ length: 400 }, (_, i) =>
      record({ body: '日本語\u0001"'.repeat(i % 40), resource: { attributes: { 'service.name': `s${i % 7}` } } }),
    );
    const payloads = payloadsOf(
      await encodeAll({ encoding, max_batch_bytes: '4KiB', max_line_bytes: '2KiB' }, records),
    );
    const sizes = payloads.map(({ body: { body } }) =>
      encoding === 'json' ? body.length : (uncompressSync(Buffer.from(body)) as Buffer).length,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    expect(Math.max(...sizes)).toBeGreaterThan(3500);
    expect(payloads.flatMap(({ items }) => items as number[]).sort((a, b) => a - b)).toEqual(records.map((_, i) => i));
  });

  test('are cut at max_batch_bytes, with every item in exactly one push', async () => {
    const records = Array.from({ length: 50 }, (_, i) => record({ body: `${i} `.padEnd(30_000, 'x') }));
    for (const encoding of ['protobuf', 'json']) {
      const payloads = payloadsOf(await encodeAll({ max_batch_bytes: '300KiB', encoding }, records));
      expect(payloads.length).toBeGreaterThan(4);
      expect(payloads.flatMap(({ items }) => items as number[])).toEqual(records.map((_, i) => i));
      const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
      const lines = payloads.flatMap((payload) => entriesOf(payload, type).map(({ line }) => line));
      expect(lines).toEqual(records.map(({ body }) => body));
    }
  });

  test('go one per push when wanted, each under its own key', async () => {
    const other = { attributes: { 'service.name': 'other' } };
    const records = [record(), record({ resource: other }), record()];
    const payloads = payloadsOf(await encodeAll({ one_stream_per_push: true }, records));
    expect(payloads.map(({ items, key }) => [items, key])).toEqual([
      [[0, 2], ' {service_name="checkout"}'],
      [[1], ' {service_name="other"}'],
    ]);
  });
});

describe('tenants', () => {
  const of = (tenant: string) => record({ resource: { attributes: { 'service.name': 's', tenant } } });

  test('are chosen by an attribute, each with pushes of its own', async () => {
    const records = [of('a'), of('b'), of('a'), record()];
    const payloads = payloadsOf(await encodeAll({ tenant_attribute: 'tenant', tenant_id: 'default' }, records));
    expect(payloads.map(({ body, items }) => [body.headers?.['x-scope-orgid'], items])).toEqual([
      [undefined, [3]],
      ['a', [0, 2]],
      ['b', [1]],
    ]);
  });

  test.each(['a|b', 'a/b', '../a', '%2fa', 'a\r\nx: y', 'x'.repeat(151), '..', 'ü'])(
    'never let %j of the telemetry into a header',
    async (tenant) => {
      for (const protocol of ['push', 'otlp']) {
        const encoded = await encodeAll({ tenant_attribute: 'tenant', protocol }, [of(tenant)]);
        expect(encoded).toMatchObject([{ dropped: [0], reason: 'invalid' }]);
      }
    },
  );

  test('part OTLP requests, too', async () => {
    const records = [of('a'), of('b'), of('a')];
    const payloads = payloadsOf(await encodeAll({ tenant_attribute: 'tenant', protocol: 'otlp' }, records));
    expect(payloads.map(({ body, items }) => [body.headers?.['x-scope-orgid'], items])).toEqual([
      ['a', [0, 2]],
      ['b', [1]],
    ]);
  });
});

test('integral doubles and bigints keep their digits', async () => {
  const attributes = { big: 9_223_372_036_854_775_807n, one: 1, [DOUBLES]: new Set(['one']) };
  expect((await entryOf({ attributes })).metadata).toEqual([
    ['big', '9223372036854775807'],
    ['one', '1'],
  ]);
});
