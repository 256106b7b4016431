import { describe, expect, test } from '@jest/globals';
import { batchFromRecords, type Payload } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { golden } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { DatadogMessage } from '../src/message.ts';
import { bodyOf, encode, exporterOf, log, NOW, numbers, sorted } from './setup.ts';

type Entry = Record<string, unknown>;

async function entriesOf(
  records: readonly LogRecord[],
  block: Readonly<Record<string, unknown>> = {},
): Promise<Entry[]> {
  return JSON.parse(bodyOf(await encode('logs', records, block)).toString()) as Entry[];
}

async function entryOf(parts: Partial<LogRecord>, block: Readonly<Record<string, unknown>> = {}): Promise<Entry> {
  const [entry] = await entriesOf([log(parts)], block);
  if (entry === undefined) throw new Error('nothing was encoded');
  return entry;
}

/** As the kernel hands it over: with the configured tags among the resource attributes. */
const TAGS = { env: 'production', team: 'pay' };
const CHECKOUT = { attributes: { 'service.name': 'checkout', 'host.name': 'web-1', ...TAGS } };

describe('a log record', () => {
  test('is a flat entry with the fields that Datadog knows', async () => {
    const records = [
      log({
        hrTime: [1_700_000_000, 123_456_789],
        severityNumber: 17,
        severityText: 'ERROR',
        body: 'payment failed',
        attributes: { 'order.id': 42, user: { id: 'u1', vip: true } },
        spanContext: { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', traceFlags: 1 },
        resource: CHECKOUT,
      }),
    ];
    const body = bodyOf(await encode('logs', records, { tags: TAGS }));
    golden(import.meta.url, 'logs.json').json(body.toString());
    expect(body.toString().startsWith('[{"message":"payment failed","status":"error","ddsource"')).toBe(true);
  });

  test('has the time it was observed at, else that of the request', async () => {
    const observed = await entryOf({ hrTime: [0, 0], hrTimeObserved: [1_700_000_001, 5_000_000] });
    expect(observed['@timestamp']).toBe('2023-11-14T22:13:21.005Z');
    expect(observed['otel.timestamp']).toBe('1700000001005000000');
    expect((await entryOf({ hrTime: [0, 0] }))['@timestamp']).toBe('2023-11-14T22:13:30.000Z');
  });

  test('is of the millisecond that its nanoseconds are in, and of now where they are no number', async () => {
    expect((await entryOf({ hrTime: [1_700_000_000, 122_999_999] }))['@timestamp']).toBe('2023-11-14T22:13:20.122Z');
    for (const seconds of [Number.NaN, -1]) {
      const entry = await entryOf({ hrTime: [seconds, 0] });
      expect(entry['@timestamp']).toBe('2023-11-14T22:13:30.000Z');
      expect(entry['otel.timestamp']).toBe(`${NOW}000000`);
    }
  });

  test('with bodies of any type', async () => {
    expect((await entryOf({ body: { a: 1, b: [true] } }))['message']).toBe('{"a":1,"b":[true]}');
    expect((await entryOf({ body: new Uint8Array([1, 2]) }))['message']).toBe('AQI=');
    expect((await entryOf({ body: undefined }))['message']).toBe('');
  });

  test('keeps arrays, flattens maps, and never lets an attribute pass for a field of Datadog', async () => {
    const entry = await entryOf({
      attributes: {
        list: [1, 'a'],
        deep: { er: { x: 1 } },
        status: 'odd',
        message: 'mine',
        big: 2n ** 60n,
        none: null,
      },
      resource: { attributes: { hostname: 'r', list: 'resource' } },
      instrumentationScope: { name: 'lib', version: '2', attributes: { list: 'scope', s: 1 } },
    });
    expect(entry).toMatchObject({
      message: 'hi',
      list: [1, 'a'],
      'deep.er.x': 1,
      'otel.status': 'odd',
      'otel.message': 'mine',
      'otel.hostname': 'r',
      'otel.scope.name': 'lib',
      'otel.scope.version': '2',
      big: '1152921504606846976',
      none: null,
      s: 1,
    });
    expect(entry['status']).toBeUndefined();
  });

  test('overrides service, host, source and tags by attributes of those names', async () => {
    const entry = await entryOf(
      {
        attributes: {
          service: 'other',
          hostname: 'h2',
          ddsource: 'nginx',
          ddtags: 'a:b, plain, team:pay, b c:d e, \ne\u0000f,:x',
        },
        resource: CHECKOUT,
      },
      { tags: TAGS },
    );
    expect(entry).toMatchObject({ service: 'other', hostname: 'h2', ddsource: 'nginx' });
    expect(entry['ddtags']).toBe('env:production,service:other,team:pay,a:b,plain,b_c:d_e,e_f');
    expect(entry['otel.service']).toBeUndefined();
  });

  test.each<[string, Partial<LogRecord>, string | undefined]>([
    ['a number', { severityNumber: 14, severityText: 'ERROR' }, 'warn'],
    ['a known word', { severityText: 'SEVERE' }, 'error'],
    ['a word Datadog would misread', { severityText: 'strange' }, undefined],
    ['an attribute', { attributes: { level: 'Warning' } }, 'warn'],
    ['a syslog number', { attributes: { 'syslog.severity': 2 } }, 'critical'],
    ['a number of no meaning', { attributes: { 'syslog.severity': 9 } }, undefined],
  ])('has the status of %s', async (_name, parts, status) => {
    expect((await entryOf(parts))['status']).toBe(status);
  });
});

describe('limits', () => {
  test('a long message is cut on a character boundary, and that is said', async () => {
    const encoding = await encode('logs', [log({ body: '😀'.repeat(300_000) })]);
    const [entry] = JSON.parse(bodyOf(encoding).toString()) as Entry[];
    expect(Buffer.byteLength(String(entry?.['message']))).toBe(900_000);
    expect(entry?.['truncated']).toBe(true);
    expect(encoding.payloads[0]?.body.warning).toMatch(/cut/);
  });

  test('a message is as long as its JSON, in which a character may take six bytes', async () => {
    for (const [body, kept] of [
      ['"'.repeat(850_000), 450_000],
      ['\u0001'.repeat(200_000), 150_000],
      ['"'.repeat(450_000), 450_000],
      ['x'.repeat(900_000), 900_000],
    ] as const) {
      const { payloads, drops } = await encode('logs', [log({ body }), log()]);
      expect(drops).toEqual([]);
      const [entry, other] = JSON.parse(String(payloads[0]?.body.requests[0]?.body)) as Entry[];
      expect(String(entry?.['message'])).toHaveLength(kept);
      expect(entry?.['truncated']).toBe(kept === body.length ? undefined : true);
      expect(other?.['message']).toBe('hi');
    }
  });

  test('an entry that is too large for other reasons is dropped alone', async () => {
    const big = log({ attributes: { blob: 'x'.repeat(1_000_001) } });
    const { payloads, drops } = await encode('logs', [log(), big, log()]);
    expect(drops).toMatchObject([{ items: [1], reason: 'too_large' }]);
    expect(payloads.flatMap(({ items }) => numbers(items))).toEqual([0, 2]);
  });

  test('requests have at most 1000 entries and 4.5 MB', async () => {
    const many = await encode(
      'logs',
      Array.from({ length: 1500 }, () => log()),
    );
    expect(many.payloads.map(({ items }) => numbers(items).length)).toEqual([1000, 500]);
    const long = await encode(
      'logs',
      Array.from({ length: 20 }, () => log({ body: 'x'.repeat(500_000) })),
    );
    expect(long.payloads.length).toBeGreaterThan(2);
    for (const { body } of long.payloads) expect(String(body.requests[0]?.body).length).toBeLessThanOrEqual(4_500_000);
  });

  test('records older than 18 hours are dropped, or get the time of the request', async () => {
    const old = log({ hrTime: [NOW / 1000 - 19 * 3600, 0] });
    expect((await encode('logs', [old])).drops).toMatchObject([{ reason: 'too_old', items: [0] }]);
    const entry = JSON.parse(
      bodyOf(await encode('logs', [old], { logs: { restamp_old: true } })).toString(),
    ) as Entry[];
    expect(entry[0]).toMatchObject({
      '@timestamp': '2023-11-14T22:13:30.000Z',
      'otel.timestamp': '1699931610000000000',
    });
  });

  test('whatever a record holds, the entry is JSON without doubled keys, and tags hold no control characters', async () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom('status', 'user', 'user.id', 'ddtags', 'service', '../x', '%2f'),
    );
    const values = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom('a\r\nX-Evil: 1', '../../etc', null),
      fc.dictionary(keys, fc.string(), { maxKeys: 3 }),
    );
    const maps = fc.dictionary(keys, values, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(maps, maps, fc.string(), async (attributes, resource, body) => {
        const record = log({ attributes, body, resource: { attributes: resource } } as Partial<LogRecord>);
        const text = bodyOf(await encode('logs', [record])).toString();
        const [entry] = JSON.parse(text) as [Entry];
        const written = text.match(/"ddsource":/g) ?? [];
        expect(written.length).toBeGreaterThanOrEqual(1);
        expect(JSON.stringify([entry]).length).toBe(text.length);
        expect(String(entry['ddtags'])).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 150 },
    );
  });

  test('is written into the memory of a body that was released', async () => {
    const exporter = await exporterOf('logs');
    const encoded = (body: string) => {
      const batch = batchFromRecords('logs', [log({ body })]);
      const { payloads } = sorted(exporter.encode(batch, { now: NOW, id: 'b', mode: undefined }) as never);
      const [payload] = payloads as [Payload<DatadogMessage>];
      return { payload, bytes: payload.body.requests[0]?.body as Buffer };
    };
    const first = encoded('a'.repeat(50_000));
    exporter.release?.(first.payload);
    const second = encoded('b'.repeat(50_000));
    expect(second.bytes.buffer === first.bytes.buffer).toBe(true);
    expect(encoded('c'.repeat(50_000)).bytes.buffer === second.bytes.buffer).toBe(false);
    expect(JSON.parse(second.bytes.toString())).toMatchObject([{ message: 'b'.repeat(50_000) }]);
  });
});
