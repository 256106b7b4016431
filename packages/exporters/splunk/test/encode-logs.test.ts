import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { LogRecord } from '@telemetryflow/otlp';
import { deepFreeze, logs, readSplunkEvents, type SplunkEvent } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { Requests } from '../src/requests.ts';
import { secondsText } from '../src/time.ts';
import { dropsOf, encodeAll, eventsOf, payloadsOf, record, TIME, textOf } from './setup.ts';

const golden = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8').trim();
const MAIN = { index: 'main' };

async function eventOf(parts: Partial<LogRecord>, block: Record<string, unknown> = {}): Promise<SplunkEvent> {
  const [event] = await eventsOf('logs', block, [record(parts)]);
  if (event === undefined) throw new Error('nothing was encoded');
  return event;
}

describe('golden events', () => {
  test('a log record with severity and trace, byte for byte', async () => {
    const parts: Partial<LogRecord> = {
      attributes: { 'http.status_code': 200 },
      severityText: 'INFO',
      severityNumber: 9,
      spanContext: { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708', traceFlags: 0 },
    };
    expect(textOf(await encodeAll('logs', MAIN, [record(parts)]))).toBe(golden('log.json'));
  });

  test('a body that is a map stays an object, byte for byte', async () => {
    expect(textOf(await encodeAll('logs', MAIN, [record({ body: { a: 1 } })]))).toBe(golden('log-object.json'));
  });
});

describe('bodies', () => {
  test.each<[LogRecord['body'], unknown]>([
    ['text', 'text'],
    [12.5, '12.5'],
    [12345678901234567890n, '12345678901234567890'],
    [true, 'true'],
    [new Uint8Array([1, 2]), 'AQI='],
    [
      [1, 'a'],
      [1, 'a'],
    ],
    [{ a: { b: null } }, { a: { b: null } }],
  ])('%p becomes %p', async (body, event) => {
    expect((await eventOf({ body })).event).toEqual(event);
  });

  test.each([undefined, null, '', ' \n\t', {}, [], new Uint8Array(0)])(
    '%p is never sent: the event name, then the attributes take its place',
    async (body) => {
      expect((await eventOf({ body, eventName: 'started', attributes: { a: 1 } })).event).toBe('started');
      expect((await eventOf({ body, attributes: { a: 1 } })).event).toEqual({ a: 1 });
      const encoded = await encodeAll('logs', {}, [record({ body }), record(), record({ body })]);
      expect(dropsOf(encoded)).toMatchObject([{ dropped: [0, 2], reason: 'invalid', detail: /blank/ }].map(withText));
      expect(payloadsOf(encoded)).toMatchObject([{ items: [1] }]);
    },
  );
});

function withText<T extends { detail: RegExp }>(value: T): unknown {
  return { ...value, detail: expect.stringMatching(value.detail) };
}

describe('metadata', () => {
  test('attributes choose it, those of the record first, and are then no fields', async () => {
    const resource = { attributes: { 'host.name': 'r', 'com.splunk.source': 'rs', 'com.splunk.index': 'ri' } };
    const event = await eventOf({
      resource,
      attributes: { 'com.splunk.source': 'own', 'com.splunk.sourcetype': 'st', k: 'v' },
    });
    expect(event).toMatchObject({ host: 'r', source: 'own', sourcetype: 'st', index: 'ri', fields: { k: 'v' } });
    expect(Object.keys(event.fields ?? {})).toEqual(['k']);
  });

  test('events of different indexes never share a request', async () => {
    const other = { 'com.splunk.index': 'other' };
    const encoded = await encodeAll('logs', MAIN, [record(), record({ attributes: other }), record()]);
    expect(payloadsOf(encoded).map(({ items }) => items)).toEqual([[0, 2], [1]]);
  });

  test('what is empty is left out, and a host is always there', async () => {
    const event = await eventOf({ resource: { attributes: {} } }, { source: '', source_type: '', host: 'fallback' });
    expect(Object.keys(event)).toEqual(['time', 'host', 'event']);
    expect(event.host).toBe('fallback');
  });

  test('halves of surrogate pairs never leave, wherever they stand', async () => {
    const half = 'a\ud800';
    const whole = 'a\ufffd';
    const text = {
      resource: { attributes: { 'host.name': half } },
      instrumentationScope: { name: half, version: half },
    };
    const event = await eventOf({
      ...text,
      body: { [half]: [half, '\\ud800'] },
      attributes: { [half]: { deep: half } },
    });
    expect(event).toMatchObject({
      host: whole,
      event: { [whole]: [whole, '\\ud800'] },
      fields: { 'otel.scope.name': whole, 'otel.scope.version': whole, [`${whole}.deep`]: whole },
    });
  });

  test('names that would break out of the text stay inside it', async () => {
    for (const evil of ['../', '\r\nX: y', '%2f', '","index":"other', '\u0000']) {
      const attributes = { 'com.splunk.index': evil, 'com.splunk.source': evil, [evil]: evil };
      const event = await eventOf({ attributes });
      expect(event).toMatchObject({ index: evil, source: evil, fields: { [evil]: evil } });
    }
  });
});

describe('fields', () => {
  test('are flat and typed', async () => {
    const attributes = {
      text: 'ä"\\',
      int: 7,
      big: 2n ** 63n,
      double: 0.25,
      flag: false,
      none: null,
      nan: Number.NaN,
      up: Number.POSITIVE_INFINITY,
      bytes: new Uint8Array([255]),
      list: ['a', 'b'],
      mixed: [1, 'a', Number.NEGATIVE_INFINITY],
      deep: [[1], { a: 2 }],
      map: { a: { b: 1 }, c: 'x' },
    };
    const { fields } = await eventOf({ attributes });
    expect(fields).toEqual({
      'service.name': 'checkout',
      text: 'ä"\\',
      int: 7,
      big: 2 ** 63,
      double: 0.25,
      flag: false,
      nan: 'NaN',
      up: '+Inf',
      bytes: '/w==',
      list: ['a', 'b'],
      mixed: ['1', 'a', '-Inf'],
      deep: '[[1],{"a":2}]',
      'map.a.b': 1,
      'map.c': 'x',
    });
    expect(textOf(await encodeAll('logs', {}, [record({ attributes })]))).toContain('"big":9223372036854775808,');
  });

  test('one name, several owners: the record keeps it, the others keep theirs behind a prefix', async () => {
    const { fields } = await eventOf({
      resource: { attributes: { k: 'resource', trace_id: 'r' } },
      instrumentationScope: { name: 'lib', version: '1', attributes: { k: 'scope' } },
      attributes: { k: 'record', trace_id: 'user', 'a.b': 1, a: { b: 2 } },
      spanContext: { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708', traceFlags: 1 },
    });
    expect(fields).toEqual({
      'resource.k': 'resource',
      'resource.trace_id': 'r',
      'otel.scope.name': 'lib',
      'otel.scope.version': '1',
      'scope.k': 'scope',
      k: 'record',
      'attributes.trace_id': 'user',
      'attributes.a.b': 1,
      'a.b': 2,
      trace_id: '0102030405060708090a0b0c0d0e0f10',
      span_id: '0102030405060708',
      trace_flags: 1,
    });
  });

  test('hold the severity that is known: number, text or both', async () => {
    expect((await eventOf({ severityNumber: 9 })).fields).toEqual({
      'service.name': 'checkout',
      'otel.log.severity.number': 9,
    });
    expect((await eventOf({ severityText: 'INFO' })).fields).toEqual({
      'service.name': 'checkout',
      'otel.log.severity.text': 'INFO',
    });
  });

  test('say how many attributes were lost, and the name of an event', async () => {
    const { fields } = await eventOf({ droppedAttributesCount: 3, eventName: 'e' });
    expect(fields).toMatchObject({ 'otel.dropped_attributes_count': 3, 'otel.event.name': 'e' });
  });

  test('whatever the attributes, a strict reader takes the request and finds every string', async () => {
    const values = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    const maps = fc.dictionary(fc.string(), fc.oneof(values, fc.dictionary(fc.string(), values)));
    await fc.assert(
      fc.asyncProperty(maps, maps, async (attributes, resource) => {
        const event = await eventOf({ attributes, resource: { attributes: resource } });
        for (const [name, value] of Object.entries(attributes)) {
          if (typeof value === 'string' && name !== '') expect(Object.values(event.fields ?? {})).toContain(value);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('times', () => {
  test.each<[readonly [number, number], string | undefined]>([
    [TIME, '1700000000.123'],
    [[1_700_000_000, 5_499_999], '1700000000.005'],
    [[1_700_000_000, 5_500_000], '1700000000.006'],
    [[1_700_000_000, 999_499_999], '1700000000.999'],
    [[1_700_000_000, 999_500_000], '1700000001.000'],
    [[1, 0], '1.000'],
    [[0, 1_000_000], '0.001'],
    [[0, 0], undefined],
    [[-5, 0], undefined],
  ])('%p is %p', (time, text) => {
    expect(secondsText(time)).toBe(text);
  });

  test('of an unknown time the observed one is sent, else none', async () => {
    expect((await eventOf({ hrTime: [0, 0], hrTimeObserved: TIME })).time).toBe(1_700_000_000.123);
    expect('time' in (await eventOf({ hrTime: [0, 0] }))).toBe(false);
  });
});

describe('requests', () => {
  test('keep to max_content_length, and a longer event goes alone', async () => {
    const bodies = ['ä'.repeat(300), 'b'.repeat(300), 'c'.repeat(5000), 'd', 'e'];
    const encoded = await encodeAll(
      'logs',
      { max_content_length: '1024' },
      bodies.map((body) => record({ body })),
    );
    expect(payloadsOf(encoded).map(({ items }) => items)).toEqual([[0], [1], [2], [3, 4]]);
    const sizes = payloadsOf(encoded).map(({ body }) => body.body.length);
    expect(sizes.filter((size) => size > 1024)).toHaveLength(1);
    expect(readSplunkEvents(textOf(encoded)).map(({ event }) => event)).toEqual(bodies);
  });

  test('are few at a time, however many indexes telemetry names', () => {
    const requests = new Requests(1_000_000);
    requests.begin('b');
    const done = Array.from({ length: 50 }, (_, i) => requests.addEvent(`i${i}`, `{"event":"${i}"}`, i) ?? []).flat();
    expect(done.map(({ items, body }) => [items, body.index])).toEqual(
      Array.from({ length: 34 }, (_, i) => [[i], `i${i}`]),
    );
    const rest = [...requests.rest()];
    expect(rest.flatMap(({ items }) => items as number[])).toEqual(Array.from({ length: 16 }, (_, i) => 34 + i));
    requests.begin('c');
    expect(requests.addEvent('i49', '{"event":"again"}', 0)).toBeUndefined();
    expect([...requests.rest()].map(({ items, body }) => [items, body.index, body.batchId])).toEqual([
      [[0], 'i49', 'c'],
    ]);
  });

  test('give the loop back every 256 records, and leave the records as they are', async () => {
    const records = deepFreeze(logs(1000, { variety: 'plain' }));
    const encoded = await encodeAll('logs', {}, records);
    expect(payloadsOf(encoded).flatMap(({ items }) => items as number[])).toEqual(records.map((_, i) => i));
  });
});
