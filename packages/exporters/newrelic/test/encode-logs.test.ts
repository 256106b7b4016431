import { describe, expect, test } from '@jest/globals';
import type { LogRecord } from '@telemetryflow/otlp';
import { golden, hrTime, type NewrelicItem, readNewrelicItems } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { encodeAll, payloadsOf, RESOURCE, SCOPE, SPAN_ID, TRACE_ID, WINDOW } from './setup.ts';

function record(parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: hrTime(WINDOW.startMs + 123),
    hrTimeObserved: [0, 0],
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    attributes: {},
    droppedAttributesCount: 0,
    ...parts,
  };
}

async function encoded(records: readonly LogRecord[], options: Record<string, unknown> = {}) {
  return payloadsOf(await encodeAll('logs', records, { protocol: 'api', ...options }));
}

async function item(parts: Partial<LogRecord>, options: Record<string, unknown> = {}): Promise<NewrelicItem> {
  const [payload] = await encoded([record(parts)], options);
  const [read] = readNewrelicItems('logs', Buffer.from(payload?.body.body ?? []).toString(), WINDOW.endMs);
  if (read === undefined) throw new Error('nothing was encoded');
  return read;
}

describe('a log record', () => {
  test('with all its fields, as in the golden request', async () => {
    const [payload] = await encoded([
      record({
        body: 'payment failed',
        severityNumber: 17,
        severityText: 'ERROR',
        attributes: { 'order.id': 42, tags: ['a', 'b'] },
        spanContext: { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 0 },
      }),
    ]);
    golden(import.meta.url, 'logs.json').json(Buffer.from(payload?.body.body ?? []).toString());
  });

  test('without a time has that of its observation, else now', async () => {
    const observed = { hrTime: [0, 0] as const, hrTimeObserved: hrTime(WINDOW.startMs + 5) };
    expect((await item(observed)).fields['timestamp']).toBe(WINDOW.startMs + 5);
    expect((await item({ hrTime: [0, 0] })).fields['timestamp']).toBe(WINDOW.endMs);
  });

  test.each([
    ['text', 'text'],
    [undefined, ''],
    [{ a: [1, 2] }, '{"a":[1,2]}'],
    [42, '42'],
  ])('with the body %j has the message %j', async (body, message) => {
    expect((await item({ body })).fields['message']).toBe(message);
  });

  test.each([
    [{ severityText: 'Warning' }, 'warning'],
    [{ severityNumber: 14 }, 'warn'],
    [{ severityNumber: 9, attributes: { level: 'notice' } }, 'notice'],
    [{}, undefined],
  ])('%j has the level %s', async (parts, level) => {
    expect((await item(parts)).attributes['level']).toBe(level);
  });

  test('keeps an attribute beside the field of the same name', async () => {
    const spanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
    const attributes = { 'trace.id': 'own', 'event.name': 'own' };
    expect((await item({ spanContext, attributes })).attributes).toMatchObject({
      'trace.id': TRACE_ID,
      'attr.trace.id': 'own',
      'event.name': 'own',
      'w3c.flags': 1,
    });
    expect((await item({ attributes })).attributes['trace.id']).toBe('own');
  });

  test('has maps as attributes with dots, and one of that name already goes before them', async () => {
    const attributes = { user: { id: 7, name: { first: 'A' } }, 'user.id': 'explicit', message: 'm', log: 'l' };
    expect((await item({ attributes })).attributes).toMatchObject({
      'user.id': 'explicit',
      'user.name.first': 'A',
      'attr.message': 'm',
      'attr.log': 'l',
    });
  });

  test('has every value as a simple one', async () => {
    const attributes = {
      big: 2n ** 60n,
      bytes: Uint8Array.of(1, 2),
      nan: Number.NaN,
      nothing: null,
      mixed: ['a', { b: 1n }],
      yes: true,
    };
    expect((await item({ attributes })).attributes).toMatchObject({
      big: 2 ** 60,
      bytes: 'AQI=',
      nan: 'NaN',
      nothing: '',
      mixed: '["a",{"b":1}]',
      yes: true,
    });
  });

  test('has 255 attributes at most, with those of its resource and its own fields, maps or not', async () => {
    const many = (prefix: string, n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`${prefix}${i}`, i]));
    const parts = {
      severityNumber: 9,
      severityText: 'INFO',
      spanContext: { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 },
      attributes: many('a', 300),
    };
    for (const attributes of [{ 'service.name': 'checkout' }, { big: many('r', 200), 'service.name': 'checkout' }]) {
      const read = await item({ ...parts, resource: { attributes } });
      expect(Object.keys(read.attributes)).toHaveLength(255);
      expect(read.attributes).toMatchObject({ 'service.name': 'checkout', 'trace.id': TRACE_ID, a0: 0 });
    }
  });

  test('whose time is no number spoils no request', async () => {
    const { fields } = await item({ hrTime: [Number.NaN, Number.NaN] });
    expect(fields['timestamp']).toBe(WINDOW.endMs);
  });

  test('counts what it loses once, maps or not', async () => {
    const [payload] = await encoded([record({ attributes: { '': 1, user: { id: 7 } } })]);
    expect(payload?.body.losses.attributes).toBe(1);
  });

  test('older than 48 hours is sent, with a remark', async () => {
    const [payload] = await encoded([record({ hrTime: hrTime(WINDOW.endMs - 49 * 3_600_000) })]);
    expect(payload?.body.losses.old).toBe(1);
  });

  test('of more than a request takes has its message cut, and is dropped when its attributes alone are too large', async () => {
    const all = await encodeAll(
      'logs',
      [record({ body: '\u0001ä'.repeat(400_000) }), record({ attributes: { blob: 'b'.repeat(950_000) } }), record()],
      { protocol: 'api' },
    );
    expect(all.filter((each) => 'dropped' in each)).toMatchObject([
      { dropped: { from: 1, to: 2 }, reason: 'too_large' },
    ]);
    const payloads = payloadsOf(all);
    expect(payloads[0]?.body.losses.attributes).toBe(1);
    const [long] = readNewrelicItems('logs', Buffer.from(payloads[0]?.body.body ?? []).toString(), WINDOW.endMs);
    const message = String(long?.fields['message']);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeGreaterThan(890_000);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(900_000);
  });

  test('with any names and values is valid, and every value can be read back', async () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).filter((each) => each.isWellFormed());
    const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.maxSafeInteger());
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 10 }), fc.string(), async (attributes, body) => {
        const read = await item({ attributes, body });
        expect(read.fields['message']).toBe(body);
        for (const [key, each] of Object.entries(attributes)) {
          const number = typeof each === 'number';
          const expected = number && !Number.isFinite(each) ? `${each}` : Object.is(each, -0) ? 0 : each;
          expect(read.attributes[key] ?? read.attributes[`attr.${key}`]).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});
