import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { corpus, FAKE_EPOCH, hrTime, itemIds, logs, throughEncoder } from '@telemetryflow/testkit';
import openobserve from '../src/index.ts';

const BLOCK = { username: 'u@x', password: 'p', logs_protocol: 'json', max_age: '0s' };

async function bodies(records: readonly LogRecord[], block: Record<string, unknown> = {}): Promise<string[]> {
  const { payloads } = await throughEncoder(openobserve, { ...BLOCK, ...block }, batchFromRecords('logs', records));
  return payloads.map(({ body }) => (body as { body: string }).body);
}

async function recordOf(
  parts: Partial<LogRecord>,
  block: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const record: LogRecord = {
    hrTime: [1_700_000_000, 123_456_789],
    hrTimeObserved: [0, 0],
    resource: { attributes: { 'service.name': 'checkout' } },
    instrumentationScope: { name: '' },
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
  const [body = ''] = await bodies([record], block);
  return (JSON.parse(body) as Record<string, unknown>[])[0] ?? {};
}

test.each([
  ['json', {}],
  ['ndjson', { logs_endpoint: 'http://localhost:5080/api/default/default/_multi' }],
])('requests of %s are full to the last byte', async (_format, block) => {
  const records = logs(3, { variety: 'plain' });
  const [whole = ''] = await bodies(records, block);
  const limit = Buffer.byteLength(whole);
  expect(await bodies(records, { ...block, max_request_bytes: String(limit) })).toEqual([whole]);
  const cut = await bodies(records, { ...block, max_request_bytes: String(limit - 1) });
  expect(cut).toHaveLength(2);
  const [one = ''] = await bodies(records.slice(0, 1), block);
  const alone = Buffer.byteLength(one);
  expect(await bodies(records.slice(0, 1), { ...block, max_request_bytes: String(alone) })).toEqual([one]);
  expect(await bodies(records.slice(0, 1), { ...block, max_request_bytes: String(alone - 1) })).toEqual([]);
});

describe('a JSON record', () => {
  test('keeps attributes that the server would store as a column of the record, under another name', async () => {
    const attributes = { 'event.name': 'a', 'Scope Name': 'b', 'attr_event.name': 'c', other: 'd' };
    const parts = { eventName: 'login', instrumentationScope: { name: 'lib' }, attributes };
    expect(await recordOf(parts)).toMatchObject({
      event_name: 'login',
      scope_name: 'lib',
      'attr_attr_event.name': 'a',
      'attr_Scope Name': 'b',
      'attr_event.name': 'c',
      other: 'd',
    });
    const { 'event.name': own } = await recordOf({ attributes });
    expect(own).toBe('a');
  });

  test('is flat, with the time in whole microseconds (golden 3)', async () => {
    const record: LogRecord = {
      hrTime: [1_700_000_000, 123_456_789],
      hrTimeObserved: [0, 0],
      severityText: 'INFO',
      severityNumber: 9,
      body: 'hi',
      resource: { attributes: { 'service.name': 'checkout' } },
      instrumentationScope: { name: '' },
      attributes: {},
      droppedAttributesCount: 0,
    };
    expect(await bodies([record])).toEqual([
      '[{"_timestamp":1700000000123456,"severity":"INFO","severity_number":9,"body":"hi","service.name":"checkout"}]',
    ]);
  });

  test('carries what OTLP logs lose there: event, observed time and scope', async () => {
    const record = await recordOf({
      eventName: 'login',
      hrTimeObserved: [1_700_000_001, 0],
      instrumentationScope: { name: 'lib', version: '1' },
      spanContext: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
    });
    expect(record).toEqual({
      _timestamp: 1_700_000_000_123_456,
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
      event_name: 'login',
      observed_timestamp: 1_700_000_001_000_000,
      scope_name: 'lib',
      scope_version: '1',
      'service.name': 'checkout',
    });
  });

  test('without time has the observed one, else that of sending', async () => {
    const hrTimeObserved = hrTime(FAKE_EPOCH - 1000);
    expect((await recordOf({ hrTime: [0, 0], hrTimeObserved }))['_timestamp']).toBe((FAKE_EPOCH - 1000) * 1000);
    expect((await recordOf({ hrTime: [0, 0] }))['_timestamp']).toBe(FAKE_EPOCH * 1000);
  });

  test('keeps attributes of the record over those of the resource, and renames what is a column', async () => {
    const attributes = { 'service.name': 'own', body: 'x', 'Trace.Id': 'y', event_name: 'z', __proto__: 'p' };
    const record = await recordOf({ body: 'text', eventName: 'e', attributes });
    expect(record).toMatchObject({
      'service.name': 'own',
      body: 'text',
      attr_body: 'x',
      'attr_Trace.Id': 'y',
      event_name: 'e',
      attr_event_name: 'z',
    });
    const bare = await recordOf({ body: 'text', attributes }, { protect_reserved: false });
    expect(bare).toMatchObject({ body: 'x', 'Trace.Id': 'y' });
  });

  test('has room for 900 attributes', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`a${i}`, i]));
    expect(Object.keys(await recordOf({ attributes }))).toHaveLength(902);
  });
});

describe('a request', () => {
  test('holds every record of the corpus once, as JSON or as lines', async () => {
    const { logs: records } = corpus();
    const [array = ''] = await bodies(records);
    const lines = (await bodies(records, { logs_endpoint: 'http://h/api/default/default/_multi' })).join('');
    const fromArray = JSON.parse(array) as { 'item.id': string }[];
    const fromLines = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { 'item.id': string });
    expect(fromArray.map((record) => record['item.id'])).toEqual(itemIds(records));
    expect(fromLines).toEqual(fromArray);
  });

  test('is cut at max_request_bytes, and every record is in one', async () => {
    const records = logs(50);
    const block = { ...BLOCK, max_request_bytes: '3000' };
    const { payloads, drops } = await throughEncoder(openobserve, block, batchFromRecords('logs', records));
    expect(drops).toEqual([]);
    expect(payloads.length).toBeGreaterThan(5);
    let next = 0;
    for (const { items, body } of payloads) {
      const { from, to } = items as { from: number; to: number };
      expect(from).toBe(next);
      next = to;
      const text = (body as { body: string }).body;
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3000);
      expect(JSON.parse(text)).toHaveLength(to - from);
    }
    expect(next).toBe(50);
  });
});
