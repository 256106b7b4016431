import { describe, expect, test } from '@jest/globals';
import { batchFromRecords, type Encoded as EncodedItem, type Payload } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { exporterFor, type InstanaEvent } from '@telemetryflow/testkit';
import instana from '../src/index.ts';
import { BLOCK, encoded, golden, log, NOW, SHOP, TIME } from './setup.ts';

const EVENTS = { logs_mode: 'events', agent_url: 'http://localhost:42699' };

async function eventsOf(records: readonly LogRecord[], block: Readonly<Record<string, unknown>> = {}) {
  const { payloads, drops } = await encoded('logs', records, { ...EVENTS, ...block });
  const texts = payloads.map(({ body }) => String(body));
  return { payloads, drops, texts, events: texts.map((text) => JSON.parse(text) as InstanaEvent) };
}

describe('an event', () => {
  test('is what a host agent takes', async () => {
    const { texts, payloads } = await eventsOf([log()]);
    expect(texts).toEqual([golden('event.json')]);
    expect(payloads).toMatchObject([{ items: { from: 0, to: 1 } }]);
  });

  test.each([
    [21, '', 10, '[FATAL] shop'],
    [17, 'whatever', 10, '[ERROR] shop'],
    [0, 'error', 10, '[ERROR] shop'],
    [0, 'Warning', 5, '[WARN] shop'],
    [13, '', 5, '[WARN] shop'],
    [9, '', -1, '[INFO] shop'],
    [5, '', -1, '[DEBUG] shop'],
    [0, 'trace', -1, '[TRACE] shop'],
  ])('of severity %i %j is as severe as %i', async (severityNumber, severityText, severity, title) => {
    const { events } = await eventsOf([log({ severityNumber, severityText })], { events_min_severity: 'TRACE' });
    expect(events).toMatchObject([{ severity, title }]);
  });

  test('has the attributes of the record, then those of the resource, each on a line', async () => {
    const { events } = await eventsOf([
      log({
        body: { a: 1 },
        attributes: { code: 7, environment: 'own' },
        resource: { attributes: { ...SHOP, z: 'z' } },
      }),
    ]);
    expect(events[0]?.text).toBe('{"a":1}\ncode=7\nenvironment=own\nz=z');
  });

  test('is cut to what an agent takes, and never within a character', async () => {
    const { events } = await eventsOf([
      log({ body: '😀'.repeat(9000), resource: { attributes: { 'service.name': `a${'😀'.repeat(300)}` } } }),
    ]);
    const { title = '', text = '' } = events[0] ?? {};
    expect([title.length <= 256, Buffer.byteLength(text) <= 8000]).toEqual([true, true]);
    expect([title.isWellFormed(), text.isWellFormed()]).toEqual([true, true]);
  });

  test.each<[Partial<LogRecord>, number]>([
    [{ hrTime: TIME }, 1_767_225_600_123],
    [{ hrTime: [0, 0], hrTimeObserved: [7, 0] }, 7000],
    [{ hrTime: [0, 0] }, NOW],
  ])('of a record with %j happened at %i', async (parts, timestamp) => {
    expect((await eventsOf([log(parts)])).events[0]?.timestamp).toBe(timestamp);
  });

  test('about a service without name is about none', async () => {
    const { events } = await eventsOf([log({ resource: { attributes: {} } })]);
    expect(events).toMatchObject([{ title: '[ERROR] ', id: '', text: 'disk full' }]);
  });
});

describe('no event is made', () => {
  const detailsOf = (drops: readonly { readonly detail?: string | undefined }[]) => drops.map(({ detail }) => detail);

  test('of what is less severe than wanted', async () => {
    const all = [log({ severityNumber: 13 }), log(), log({ severityNumber: 9 }), log({ severityNumber: 0 })];
    const { drops, payloads } = await eventsOf(all);
    expect(drops).toMatchObject([{ dropped: [0, 2, 3], reason: 'filtered' }]);
    expect(detailsOf(drops)).toEqual(['below events_min_severity (ERROR)']);
    expect(payloads).toHaveLength(1);
  });

  test.each([
    ['WARN', 2],
    ['INFO', 3],
    ['DEBUG', 4],
    ['TRACE', 5],
  ])('below %s, nor of a record without severity', async (events_min_severity, expected) => {
    const all = [0, 1, 5, 9, 13, 17].map((severityNumber) => log({ severityNumber, body: `of ${severityNumber}` }));
    const { drops, payloads } = await eventsOf(all, { events_min_severity });
    expect(payloads).toHaveLength(expected);
    expect(drops).toMatchObject([{ dropped: { from: 0, to: 6 - expected }, reason: 'filtered' }]);
  });

  test('of a record that says what another of its batch has said', async () => {
    const { drops, payloads } = await eventsOf([log(), log({ hrTime: [1, 0] }), log({ body: 'else' })]);
    expect(drops).toMatchObject([{ dropped: { from: 1, to: 2 }, reason: 'filtered' }]);
    expect(payloads).toHaveLength(2);
  });

  test('of more than ten records a second, taken over the interval of batches', async () => {
    const many = Array.from({ length: 150 }, (_, i) => log({ body: `${i}` }));
    const { drops, payloads } = await eventsOf(many);
    expect(payloads).toHaveLength(100);
    expect(drops).toMatchObject([{ dropped: { from: 100, to: 150 }, reason: 'throttled' }]);
    expect(detailsOf(drops)).toEqual(['more than events_per_second (10)']);
  });

  test('beyond the allowance, which grows again with time', async () => {
    const block = { ...BLOCK, ...EVENTS, flush_interval: '1s', events_per_second: 2 };
    const exporter = await exporterFor(instana, block, 'logs');
    const sent = (now: number): number => {
      const batch = batchFromRecords(
        'logs',
        ['a', 'b', 'c'].map((body) => log({ body })),
      );
      const all = [...exporter.encode(batch as never, { now, id: 'b', mode: undefined })] as readonly EncodedItem[];
      return all.filter((each): each is Payload => each !== undefined && 'body' in each).length;
    };
    expect([NOW, NOW, NOW + 500, NOW + 400, NOW + 60_000].map(sent)).toEqual([2, 0, 1, 0, 2]);
  });
});
