import { describe, expect, test } from '@jest/globals';
import type { LogRecord } from '@telemetryflow/otlp';
import { golden, hrTime } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { HOUR, log, logsOf, NOW, SHOP, TIME } from './setup.ts';

const CONTEXT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

async function logOf(parts: Partial<LogRecord>): Promise<Readonly<Record<string, unknown>>> {
  const { logs } = await logsOf([log(parts)]);
  const [record] = logs;
  if (record === undefined) throw new Error('nothing was encoded');
  return record;
}

test('the golden record, byte for byte', async () => {
  const { texts } = await logsOf([
    log({
      severityNumber: 17,
      severityText: 'ERROR',
      body: 'payment failed',
      spanContext: CONTEXT,
      resource: { attributes: { ...SHOP.attributes, environment: 'production' } },
      attributes: { 'order.items': 3 },
    }),
  ]);
  expect(texts).toHaveLength(1);
  golden(import.meta.url, 'logs.json').bytes(texts[0] ?? '');
});

describe('content', () => {
  test.each<[LogRecord['body'], string]>([
    ['text', 'text'],
    [undefined, ''],
    [12.5, '12.5'],
    [true, 'true'],
    [{ a: [1, 'b'] }, '{"a":[1,"b"]}'],
    [Uint8Array.of(1, 2), 'AQI='],
  ])('of %j is %j', async (body, content) => {
    expect(await logOf({ body })).toMatchObject({ content });
  });

  test.each([
    ['text', 'x'.repeat(10_000_000)],
    ['escapes', '\u0001"'.repeat(4_000_000)],
  ])('that is too long is cut and marked: %s', async (_name, body) => {
    const { texts, logs } = await logsOf([log({ body, attributes: { after: 1 } })]);
    expect(Buffer.byteLength(texts[0] ?? '')).toBeLessThanOrEqual(9_500_000);
    expect(Buffer.byteLength(texts[0] ?? '')).toBeGreaterThan(9_000_000);
    expect(logs).toMatchObject([{ after: 1, 'content.truncated': true }]);
    expect(body.startsWith(String(logs[0]?.['content']))).toBe(true);
  });

  test('of a record whose attributes alone are too large is not sent, the others are', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`a${i}`, 'x'.repeat(40_000)]));
    const { logs, drops } = await logsOf([log({ attributes }), log({ body: 'next' })]);
    expect(logs).toMatchObject([{ content: 'next' }]);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'too_large' }]);
  });
});

describe('levels', () => {
  test.each<[number | undefined, string | undefined, string]>([
    [1, undefined, 'TRACE'],
    [8, undefined, 'DEBUG'],
    [9, 'info', 'INFO'],
    [16, undefined, 'WARN'],
    [17, undefined, 'ERROR'],
    [24, undefined, 'FATAL'],
    [0, 'critical', 'CRITICAL'],
    [undefined, 'loud', 'NONE'],
    [undefined, undefined, 'NONE'],
    [99, 'INFO', 'INFO'],
  ])('of the number %s and the text %s is %s', async (severityNumber, severityText, loglevel) => {
    const record = await logOf({ severityNumber, severityText });
    expect(record['loglevel']).toBe(loglevel);
    expect(record['otel.severity_text']).toBe(severityText === loglevel ? undefined : severityText);
  });
});

describe('times', () => {
  test('are those of the record, else of its observation, else of now, to the nanosecond', async () => {
    expect(await logOf({})).toMatchObject({ timestamp: '2026-01-01T00:00:00.123456789Z' });
    const observed = await logOf({ hrTime: [0, 0], hrTimeObserved: TIME });
    expect(observed).toMatchObject({ timestamp: '2026-01-01T00:00:00.123456789Z' });
    expect(await logOf({ hrTime: [0, 0] })).toMatchObject({ timestamp: '2026-01-01T00:00:05.000000000Z' });
    const odd = await logOf({ hrTime: [Number.NaN, Number.NaN], hrTimeObserved: TIME });
    expect(odd).toMatchObject({ timestamp: '2026-01-01T00:00:00.123456789Z' });
  });

  test.each([
    [24 * HOUR, []],
    [24 * HOUR + 1, ['too_old']],
  ])('%i ms back are too old, or not, to the millisecond', async (ms, reasons) => {
    const { drops } = await logsOf([log({ hrTime: hrTime(NOW - ms) })]);
    expect(drops.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('a day back are too old, half a day back travel apart', async () => {
    const at = (hours: number) => log({ hrTime: [NOW / 1000 - hours * 3600, 0] });
    const { payloads, drops } = await logsOf([at(25), at(13), at(0)]);
    expect(payloads.map(({ items, oldestMs }) => [items, oldestMs])).toEqual([
      [{ from: 2, to: 3 }, NOW],
      [{ from: 1, to: 2 }, NOW - 13 * HOUR],
    ]);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'too_old' }]);
  });
});

describe('attributes', () => {
  test('that have the names of what a record says itself get a prefix', async () => {
    const attributes = { content: 'x', timestamp: 'y', loglevel: 'z', status: 200 };
    expect(await logOf({ attributes })).toMatchObject({
      content: '',
      loglevel: 'NONE',
      status: 200,
      'attr.content': 'x',
      'attr.timestamp': 'y',
      'attr.loglevel': 'z',
    });
  });

  test('of the record win over those of the scope, and those over the resource', async () => {
    const record = await logOf({
      attributes: { a: 'record' },
      resource: { attributes: { a: 'resource', b: 'resource', c: 'resource' } },
      instrumentationScope: { name: 'lib', version: '1', attributes: { a: 'scope', b: 'scope' } },
    });
    expect(record).toMatchObject({ a: 'record', b: 'scope', c: 'resource' });
    expect(record).toMatchObject({ 'otel.scope.name': 'lib', 'otel.scope.version': '1' });
  });

  test('never replace the ids that lead to the trace', async () => {
    const attributes = { trace_id: 'x', span_id: 'y' };
    expect(await logOf({ attributes, spanContext: CONTEXT })).toMatchObject({
      trace_id: CONTEXT.traceId,
      span_id: CONTEXT.spanId,
    });
    expect(await logOf({ attributes })).toMatchObject(attributes);
  });

  test('hold the name of an event', async () => {
    expect(await logOf({ eventName: 'click' })).toMatchObject({ 'event.name': 'click' });
  });

  test('that are no plain values are text, and none is lost', async () => {
    const attributes = {
      date: new Date(0),
      map: new Map([['a', 1]]),
      bytes: Uint8Array.of(1, 2),
      big: 7n,
      nan: Number.NaN,
    };
    expect(await logOf({ attributes: attributes as never })).toMatchObject({
      date: '1970-01-01T00:00:00.000Z',
      map: '{"a":1}',
      bytes: 'AQI=',
      big: '7',
      nan: 'NaN',
    });
  });

  test('that have the names of members of ours give way, or win, whatever else there is', async () => {
    const names = { 'otel.severity_text': 'mine', 'event.name': 'mine', trace_id: 'mine', span_id: 'mine' };
    const parts = { severityNumber: 9, severityText: 'loud', eventName: 'ours', spanContext: CONTEXT };
    const ours = { 'otel.severity_text': 'loud', trace_id: CONTEXT.traceId, span_id: CONTEXT.spanId };
    expect(await logOf({ ...parts, attributes: names })).toMatchObject({ ...ours, 'event.name': 'mine' });
    expect(await logOf({ ...parts, resource: { attributes: names } })).toMatchObject({ ...ours, 'event.name': 'ours' });
  });

  test('of maps are flattened, five deep', async () => {
    const deep = { a: { b: { c: { d: { e: { f: 1 } } } } }, list: [{ x: 1 }] };
    expect(await logOf({ attributes: { deep } })).toMatchObject({
      'deep.a.b.c.d': '{"e":{"f":1}}',
      'deep.list': ['{"x":1}'],
    });
  });

  test.each<[LogRecord['body'], unknown]>([
    [
      [1, 2.5],
      [1, 2.5],
    ],
    [
      [true, false],
      [true, false],
    ],
    [
      [1, 'a', null],
      ['1', 'a', 'null'],
    ],
    [[], []],
    [NaN, 'NaN'],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    [Uint8Array.of(1), 'AQ=='],
    ['ä'.repeat(20_000), 'ä'.repeat(16_000)],
    [Array.from({ length: 40 }, (_, i) => i), Array.from({ length: 32 }, (_, i) => i)],
    [['x'.repeat(20_000), 'y'.repeat(20_000)], ['x'.repeat(20_000)]],
  ])('%#: arrays are of one type, and values are cut at 32 kB', async (value, expected) => {
    expect((await logOf({ attributes: { value } }))['value']).toEqual(expected);
  });

  test('whatever they are called and say, the request is JSON with one member per name', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom('../', '\r\n', '%2f', '"},{"content":"evil', '__proto__'),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'binary' }), value, { maxKeys: 8 }), async (attributes) => {
        const { texts } = await logsOf([log({ attributes, resource: { attributes } })]);
        const parsed = JSON.parse(texts[0] ?? '') as object[];
        expect(parsed).toHaveLength(1);
        const names = [...(texts[0] ?? '').matchAll(/(?<=[{,])"((?:[^"\\]|\\.)*)":/g)].map(([, name]) => name);
        expect(new Set(names).size).toBe(Object.keys(parsed[0] ?? {}).length);
      }),
      { numRuns: 200 },
    );
  });
});

test('requests hold 9.5 MB at most', async () => {
  const { texts } = await logsOf(Array.from({ length: 12 }, () => log({ body: 'ä'.repeat(500_000) })));
  expect(texts).toHaveLength(2);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(9_500_000);
});
