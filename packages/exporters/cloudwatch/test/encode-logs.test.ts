import { describe, expect, test } from '@jest/globals';
import type { HrTime, LogRecord } from '@telemetryflow/otlp';
import { cloudwatchEvents } from '@telemetryflow/testkit';
import { type LogsBody, logsEncoder } from '../src/encode-logs.ts';
import { configure, HOUR, log, logBatch, NOW, numbers, RESOURCE, type Split, split } from './fixtures.ts';

type Events = ReturnType<typeof cloudwatchEvents>;

async function encoded(
  records: readonly LogRecord[],
  block: Record<string, unknown> = {},
  hostname = 'host-1',
): Promise<Split<LogsBody> & { readonly requests: readonly Events[] }> {
  const encode = logsEncoder(await configure(block), hostname);
  const result = split(encode(logBatch(records), { now: NOW }));
  // The strict service reads what was written: it shares no code with the encoder.
  return { ...result, requests: result.payloads.map(({ body }) => cloudwatchEvents(body.json.toString())) };
}

function at(ms: number, changes: Partial<LogRecord> = {}): LogRecord {
  return log({ hrTime: [Math.floor(ms / 1000), (ms % 1000) * 1e6] as HrTime, ...changes });
}

describe('messages', () => {
  test('the golden record, byte for byte', async () => {
    const { requests, payloads } = await encoded([
      log({
        body: 'user logged in',
        severityNumber: 9,
        severityText: 'INFO',
        spanContext: { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', traceFlags: 1 },
        attributes: { 'user.id': '42' },
      }),
    ]);
    const [event] = requests[0]?.events ?? [];
    expect(event?.message).toBe(
      '{"body":"user logged in","severity_number":9,"severity_text":"INFO","trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","flags":1,"attributes":{"user.id":"42"},"resource":{"service.name":"checkout"},"scope":{"name":"auth","version":"1.0"}}',
    );
    expect(Buffer.byteLength(event?.message ?? '') + 26).toBe(288);
    expect(event?.timestamp).toBe(1_700_000_000_123);
    expect(payloads[0]?.body.json.toString()).toMatch(
      /^\{"logGroupName":"\/tfo-agent\/logs","logStreamName":"host-1","logEvents":\[\{"timestamp":1700000000123,"message":"/,
    );
  });

  test('hold every kind of value, and leave out what is empty', async () => {
    const { requests } = await encoded([
      log({
        body: { big: 2n ** 60n, nan: Number.NaN, bytes: new Uint8Array([1]), list: [null, -0] },
        eventName: 'e',
        droppedAttributesCount: 2,
        attributes: { inf: Number.POSITIVE_INFINITY },
        resource: { attributes: {} },
        instrumentationScope: { name: '' },
      }),
      log({ body: undefined, resource: { attributes: {} }, instrumentationScope: { name: '' } }),
    ]);
    expect(requests[0]?.events.map(({ message }) => JSON.parse(message))).toEqual([
      {
        body: { big: '1152921504606846976', nan: 'NaN', bytes: 'AQ==', list: [null, 0] },
        event_name: 'e',
        dropped_attributes_count: 2,
        attributes: { inf: 'Infinity' },
      },
      {},
    ]);
  });

  test('are the text of the body alone with log_format: body, a space where it is empty', async () => {
    const records = ['plain "text"', { a: [1] }, '', undefined, 'lone \ud83d'].map((body) => log({ body }));
    const { requests } = await encoded(records, { log_format: 'body' });
    expect(requests[0]?.events.map(({ message }) => message)).toEqual([
      'plain "text"',
      '{"a":[1]}',
      ' ',
      ' ',
      'lone \ufffd',
    ]);
  });

  test.each([
    ['text', '日😀'.repeat(200_000)],
    ['control characters, six bytes each', '\u0001'.repeat(400_000)],
    ['a map', { a: '"'.repeat(1_100_000) }],
  ])('of more than 1 MiB lose the end of their body: %s', async (_name, body) => {
    const { requests, payloads, drops } = await encoded([log({ body }), log()]);
    const [big] = requests.flatMap(({ events }) => events);
    const size = Buffer.byteLength(big?.message ?? '') + 26;
    expect(size).toBeLessThanOrEqual(1_048_576);
    expect(size).toBeGreaterThan(1_000_000);
    expect(JSON.parse(big?.message ?? '')).toMatchObject({ resource: RESOURCE.attributes, truncated: true });
    expect(big?.message).not.toContain('\ufffd');
    expect(payloads[0]?.body.truncated).toBe(1);
    expect(drops).toEqual([]);
  });

  test('whose attributes alone exceed 1 MiB are dropped, and the others go', async () => {
    const { requests, drops } = await encoded([log(), log({ attributes: { a: 'x'.repeat(1_100_000) } }), log()]);
    expect(drops).toMatchObject([{ items: [1], reason: 'too_large' }]);
    expect(requests.map(({ events }) => events.length)).toEqual([2]);
  });
});

describe('requests', () => {
  test('hold events in order of time, and know which record each is', async () => {
    const { payloads, requests } = await encoded([at(NOW - 5), at(NOW - 9), at(NOW - 5), at(NOW - 1), at(NOW - 9)]);
    expect(payloads[0]?.body.events).toEqual([1, 4, 0, 2, 3]);
    expect(numbers(payloads[0]?.items ?? [])).toEqual([0, 1, 2, 3, 4]);
    expect(requests[0]?.events.map(({ timestamp }) => timestamp - NOW)).toEqual([-9, -9, -5, -5, -1]);
    expect(payloads[0]?.oldestMs).toBe(NOW - 9);
  });

  test('span 24 hours at most', async () => {
    const { payloads } = await encoded([0, 25, 47, 49, 80, 1].map((hours) => at(NOW - 100 * HOUR + hours * HOUR)));
    expect(payloads.map(({ body }) => body.events)).toEqual([[0, 5], [1, 2, 3], [4]]);
  });

  test.each([
    [0, [2]],
    [1, [1, 1]],
  ])('span 24 hours to the millisecond: %d more', async (over, expected) => {
    const { payloads } = await encoded([at(NOW - 24 * HOUR - over), at(NOW)]);
    expect(payloads.map(({ body }) => body.events.length)).toEqual(expected);
  });

  test('hold 10,000 events at most', async () => {
    const { payloads } = await encoded(
      Array.from({ length: 10_001 }, () => log()),
      { log_format: 'body' },
    );
    expect(payloads.map(({ body }) => body.events.length)).toEqual([10_000, 1]);
  });

  test.each([
    [0, [4]],
    [1, [3, 1]],
  ])('hold 1 MiB at most, each event counted with 26 bytes more: %d bytes over', async (over, expected) => {
    // Four of 262,144 counted bytes are 1 MiB to the byte.
    const records = [0, 0, 0, over].map((more) => log({ body: `${'ä'.repeat(131_059)}${'x'.repeat(more)}` }));
    const { payloads } = await encoded(records, { log_format: 'body' });
    expect(payloads.map(({ body }) => body.events.length)).toEqual(expected);
  });

  test('leave out what is older than 14 days or more than two hours ahead', async () => {
    const { payloads, drops } = await encoded([
      at(NOW - 14 * 24 * HOUR),
      at(NOW),
      at(NOW + 2 * HOUR),
      log({ hrTime: [0, 0], hrTimeObserved: [1_700_000_000, 0] }),
      log({ hrTime: [0, 0] }),
    ]);
    expect(drops).toMatchObject([
      { items: [0], reason: 'too_old' },
      { items: [2], reason: 'invalid' },
    ]);
    expect(payloads[0]?.body.events).toEqual([3, 1, 4]);
  });
});

describe('groups and streams', () => {
  test('come from resource attributes, one request per pair', async () => {
    const of = (service: unknown, host: string) =>
      log({ resource: { attributes: { 'service.name': service as string, 'host.name': host } } });
    const block = { log_group: '/app/{service.name}', log_stream: '{host.name}-x' };
    const { requests, payloads } = await encoded([of('a', 'h1'), of('b', 'h1'), of('a', 'h1'), of('a', 'h2')], block);
    expect(requests.map(({ group, stream, events }) => [group, stream, events.length])).toEqual([
      ['/app/a', 'h1-x', 2],
      ['/app/b', 'h1-x', 1],
      ['/app/a', 'h2-x', 1],
    ]);
    expect(payloads.map(({ items }) => numbers(items))).toEqual([[0, 2], [1], [3]]);
  });

  test.each(['../other', 'a/b', '%2fother', 'a\r\nx: y', 'x:y*', 'é😀\n', '', null, '"},{', '{log}', 'x'.repeat(2000)])(
    'stay valid, and reach no other group, with the value %j',
    async (value) => {
      const hostile = log({ resource: { attributes: { 'service.name': value } } });
      const { requests } = await encoded([hostile], {
        log_group: '/app/{service.name}',
        log_stream: 's/{service.name}',
      });
      const [{ group = '', stream = '' } = {}] = requests;
      expect(group).toMatch(/^\/app\/[A-Za-z0-9_.-]{1,507}$/);
      expect(stream).toMatch(/^s\/[A-Za-z0-9_.-]{1,510}$/);
    },
  );

  test('an empty stream is the host name', async () => {
    const { requests } = await encoded([log()], { log_stream: '' }, 'host:1');
    expect(requests[0]?.stream).toBe('host_1');
  });
});
