import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { Payload } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { contextOf, corpus, FAKE_EPOCH, hrTime } from '@telemetryflow/testkit';
import fc from 'fast-check';
import type { EventBody } from '../src/opmanager/send-event.ts';
import { type Block, encoded, encoderOf, record } from './setup.ts';

const golden = readFileSync(new URL('../testdata/event.txt', import.meta.url), 'utf8').trim();
const SPEC: Block = { monitor_group: 'TelemetryFlow' };

/** The events of these records, each as the names and values of its form. */
async function eventsOf(records: readonly LogRecord[], block: Block = {}): Promise<Record<string, string>[]> {
  const { payloads } = await encoded('logs', records, block);
  return payloads.map(({ body }) => Object.fromEntries(new URLSearchParams((body as EventBody).form)));
}

function messageOf(payload: Payload | undefined): string | null {
  const { form = '' } = (payload?.body ?? {}) as Partial<EventBody>;
  return new URLSearchParams(form).get('message');
}

async function eventOf(differs: Partial<LogRecord>, block: Block = {}): Promise<Record<string, string>> {
  const [event, ...others] = await eventsOf([record(differs)], block);
  if (event === undefined || others.length > 0) throw new Error(`${others.length + 1} events`);
  return event;
}

test('an error is the form of the golden example, byte by byte', async () => {
  const { payloads, drops } = await encoded(
    'logs',
    [record({ body: 'payment failed: card=declined & retry', attributes: { 'exception.type': 'com.acme.Pay' } })],
    SPEC,
  );
  expect(drops).toEqual([]);
  expect(payloads.map(({ body }) => (body as EventBody).form)).toEqual([golden]);
  expect(Buffer.byteLength(golden)).toBe(162);
});

describe('severity', () => {
  test.each<[number | undefined, string | undefined, string | undefined]>([
    [24, undefined, '1'],
    [21, undefined, '1'],
    [20, undefined, '2'],
    [17, undefined, '2'],
    [16, undefined, '3'],
    [13, undefined, '3'],
    [12, undefined, undefined],
    [1, undefined, undefined],
    [9, 'ERROR', undefined],
    [0, 'ERROR', '2'],
    [undefined, ' Critical ', '1'],
    [undefined, 'warning', '3'],
    [undefined, 'constructor', undefined],
    [undefined, '', undefined],
  ])('of number %s and text %s is %s', async (severityNumber, severityText, expected) => {
    const events = await eventsOf([record({ severityNumber, severityText })], { events_min_severity: 'WARN' });
    expect(events.map(({ severity }) => severity)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('below the configured one is filtered and counted, by item', async () => {
    const records = [9, 17, 13, 5].map((severityNumber) => record({ severityNumber }));
    const { payloads, drops } = await encoded('logs', records);
    expect(payloads.map(({ items }) => items)).toEqual([{ from: 1, to: 2 }]);
    expect(drops).toEqual([
      { dropped: [0, 2, 3], reason: 'filtered', detail: expect.stringContaining('below_min_severity') },
    ]);
  });
});

describe('events that are one', () => {
  test('forty equal errors of one flush are one event of forty items', async () => {
    const { payloads } = await encoded(
      'logs',
      Array.from({ length: 40 }, () => record()),
    );
    expect(payloads.map(({ items }) => items)).toEqual([{ from: 0, to: 40 }]);
    expect(messageOf(payloads[0])).toBe('(x40) [shop] payment failed');
  });

  test('the newest record gives the message, and the newest event of an alarm goes last', async () => {
    const at = (ms: number, severityNumber: number, body: string): LogRecord =>
      record({ hrTime: hrTime(FAKE_EPOCH + ms), severityNumber, body });
    const { payloads } = await encoded(
      'logs',
      [at(0, 17, 'first'), at(3, 13, 'warned'), at(2, 17, 'newest'), at(1, 17, 'between')],
      { events_min_severity: 'WARN' },
    );
    expect(payloads.map(({ items, key, oldestMs }) => ({ items, key, oldestMs }))).toEqual([
      { items: { from: 1, to: 2 }, key: 'web-1\nshop/log', oldestMs: FAKE_EPOCH + 3 },
      { items: [0, 2, 3], key: 'web-1\nshop/log', oldestMs: FAKE_EPOCH + 2 },
    ]);
    expect(messageOf(payloads[1])).toBe('(x3) [shop] newest');
  });

  test('another device, service, exception or scope is another alarm', async () => {
    const resource = (host: string, service: string) => ({
      resource: { attributes: { 'service.name': service, 'host.name': host } },
    });
    const events = await eventsOf([
      record(),
      record(resource('web-2', 'shop')),
      record(resource('web-1', 'cart')),
      record({ attributes: { 'exception.type': 'E' } }),
      record({ instrumentationScope: { name: 'db' } }),
    ]);
    expect(events.map(({ source, entity }) => `${source} ${entity}`)).toEqual([
      'web-1 shop/log',
      'web-2 shop/log',
      'web-1 cart/log',
      'web-1 shop/E',
      'web-1 shop/db',
    ]);
  });
});

describe('the device', () => {
  test('is device_name before the host of the resource, and that before this host', async () => {
    expect((await eventOf({}, { device_name: 'core-1' }))['source']).toBe('core-1');
    expect((await eventOf({}))['source']).toBe('web-1');
    expect((await eventOf({ resource: { attributes: {} } }))['source']).toBe(hostname());
  });
});

describe('the message', () => {
  test('ends with the configured tags, as the resource has them, and the trace', async () => {
    const resource = { attributes: { 'service.name': 'shop', environment: 'staging', other: 'x' } };
    const event = await eventOf(
      { resource, spanContext: contextOf(0) },
      { tags: { environment: 'production', missing: 'm' } },
    );
    expect(event['message']).toBe(`[shop] payment failed [environment=staging trace_id=${contextOf(0).traceId}]`);
  });

  test('has no brackets for a service without a name, and the entity says so', async () => {
    const event = await eventOf({ resource: { attributes: {} } });
    expect(event).toMatchObject({ message: 'payment failed', entity: 'unknown_service/log' });
  });

  test('is compact JSON of what is no text', async () => {
    expect((await eventOf({ body: { code: 7, ok: false } }))['message']).toBe('[shop] {"code":7,"ok":false}');
  });

  test('is one line of 950 characters at most, and the entity one of 100', async () => {
    const event = await eventOf({
      body: `a\r\nb\0${'x'.repeat(2000)}`,
      attributes: { 'exception.type': 'E'.repeat(200) },
    });
    expect(event['message']).toMatch(/^\[shop\] a {2}b x+\.\.\.$/);
    expect(event['message']).toHaveLength(950);
    expect(event['entity']).toBe(`shop/${'E'.repeat(95)}`);
  });
});

describe('age', () => {
  test('a record of more than ten minutes ago is dropped: OpManager would date it now', async () => {
    const old = record({ hrTime: hrTime(FAKE_EPOCH - 600_001) });
    const { payloads, drops } = await encoded('logs', [old, record()]);
    expect(payloads.map(({ items }) => items)).toEqual([{ from: 1, to: 2 }]);
    expect(drops).toEqual([expect.objectContaining({ dropped: { from: 0, to: 1 }, reason: 'too_old' })]);
  });

  test('a record without a time is as old as its observation, else new', async () => {
    const { payloads } = await encoded('logs', [
      record({ hrTime: [0, 0], hrTimeObserved: hrTime(FAKE_EPOCH - 5), body: 'a', severityNumber: 21 }),
      record({ hrTime: [0, 0] }),
    ]);
    expect(payloads.map(({ oldestMs }) => oldestMs)).toEqual([FAKE_EPOCH - 5, FAKE_EPOCH]);
  });
});

test('every kind of record is an event or dropped, each item once', async () => {
  const { logs } = corpus();
  const { payloads, drops } = await encoded('logs', logs, { events_min_severity: 'WARN' });
  const items = [...payloads.map((payload) => payload.items), ...drops.map((drop) => drop.dropped)].flatMap((some) =>
    'from' in some ? Array.from({ length: some.to - some.from }, (_, at) => some.from + at) : [...some],
  );
  expect(items.sort((a, b) => a - b)).toEqual(logs.map((_, at) => at));
});

test('whatever stands in a record, the form has its six fields and no more', async () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('../', '\r\nX: y', '%2f', '&severity=1', '+'),
  );
  const encode = await encoderOf('logs');
  fc.assert(
    fc.property(anything, anything, anything, (body, service, type) => {
      const resource = { attributes: { 'service.name': service, 'host.name': 'web-1' } };
      const { payloads } = encode([record({ body, resource, attributes: { 'exception.type': type } })]);
      const [{ form = '' } = {}] = payloads.map((payload) => payload.body as EventBody);
      const fields = [...new URLSearchParams(form)];
      const values = fields.map(([, value]) => value);
      expect({
        names: fields.map(([name]) => name),
        severity: values[1],
        wellFormed: values.every((value) => value.isWellFormed() && !/\p{Cc}/u.test(value)),
      }).toEqual({
        names: ['source', 'severity', 'message', 'alarmCode', 'entity', 'eventType'],
        severity: '2',
        wellFormed: true,
      });
    }),
  );
});
