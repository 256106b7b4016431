import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  decode,
  type LogRecord,
  type RecordOf,
  type Signal,
  toPlainJson,
} from '@telemetryflow/otlp';
import { hrTime, logs, metrics, spans } from '@telemetryflow/testkit';
import { encodeAll, payloadsOf, RESOURCE, SCOPE, WINDOW } from './setup.ts';

async function sent<S extends Signal>(signal: S, records: readonly RecordOf[S][], options = {}) {
  const [payload, ...others] = payloadsOf(await encodeAll(signal, records, options));
  if (payload === undefined || others.length > 0) throw new Error(`${others.length + 1} requests`);
  return { records: decode(signal, payload.body.body) as RecordOf[S][], losses: payload.body.losses, payload };
}

function record(attributes: AttributeMap, parts: Partial<LogRecord> = {}): LogRecord {
  return {
    hrTime: hrTime(WINDOW.startMs),
    hrTimeObserved: [0, 0],
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    attributes,
    droppedAttributesCount: 0,
    ...parts,
  };
}

async function carried(attributes: AttributeMap): Promise<{ attributes: AttributeMap; lost: number }> {
  const { records, losses } = await sent('logs', [record(attributes)]);
  return { attributes: { ...records[0]?.attributes }, lost: losses.attributes };
}

describe('OTLP requests', () => {
  test.each([
    ['traces', spans(20, { variety: 'plain', startMs: WINDOW.startMs })],
    ['metrics', metrics(20, { variety: 'plain', startMs: WINDOW.startMs })],
    ['logs', logs(20, { variety: 'plain', startMs: WINDOW.startMs })],
  ] as const)('of %s that New Relic takes whole are the bytes of the batch', async (signal, records) => {
    const batch = batchFromRecords(signal as Signal, records as never);
    const { payload, losses } = await sent(signal as Signal, records as never);
    expect(Buffer.from(payload.body.body).equals(batch.otlp())).toBe(true);
    expect(losses).toEqual({ attributes: 0, events: 0, links: 0, old: 0 });
  });

  test('say maps, mixed arrays and bytes as text', async () => {
    expect(
      await carried({ map: { a: 1 }, mixed: ['a', 1], maps: [{ a: 1 }], bytes: Uint8Array.of(1, 2), plain: ['a'] }),
    ).toEqual({
      attributes: { map: '{"a":1}', mixed: '["a",1]', maps: '[{"a":1}]', bytes: 'AQI=', plain: ['a'] },
      lost: 0,
    });
  });

  test('have arrays of one type: integers beside doubles become doubles', async () => {
    const { records, payload } = await sent('logs', [record({ numbers: [1, 2.5] })]);
    expect(toPlainJson(records[0]?.attributes['numbers'])).toEqual([1, 2.5]);
    const double = Buffer.alloc(8);
    double.writeDoubleLE(1);
    expect(Buffer.from(payload.body.body).includes(double)).toBe(true);
  });

  test('cut long values and arrays, and leave long names out', async () => {
    const { attributes, lost } = await carried({
      [`k${'x'.repeat(255)}`]: 1,
      text: 'a'.repeat(5000),
      list: Array.from({ length: 70 }, () => true),
      texts: ['b'.repeat(5000), 'c'],
    });
    expect(Object.keys(attributes)).toEqual(['text', 'list', 'texts']);
    expect(attributes['text']).toHaveLength(4095);
    expect(attributes['list']).toHaveLength(64);
    expect((attributes['texts'] as string[]).map(({ length }) => length)).toEqual([4095, 1]);
    expect(lost).toBe(4);
  });

  test('put right what is in resources, scopes and span events, too', async () => {
    const [base] = spans(1, { variety: 'plain', startMs: WINDOW.startMs });
    const map = { m: { a: 1 } };
    const span = {
      ...(base as RecordOf['traces']),
      resource: { attributes: map },
      instrumentationScope: { name: 's', attributes: map },
      events: [{ time: hrTime(WINDOW.startMs), name: 'e', attributes: map }],
    };
    const [read] = (await sent('traces', [span])).records;
    for (const attributes of [
      read?.resource.attributes,
      read?.instrumentationScope.attributes,
      read?.events[0]?.attributes,
    ]) {
      expect({ ...attributes }).toEqual({ m: '{"a":1}' });
    }
    expect({ ...read, resource: 0, instrumentationScope: 0, events: 0 }).toMatchObject({
      name: base?.name,
      startTime: base?.startTime,
      endTime: base?.endTime,
      attributes: base?.attributes,
    });
    expect(read?.spanContext()).toMatchObject({ ...base?.spanContext() });
  });

  test('give log records without a time that of their observation', async () => {
    const hrTimeObserved = hrTime(WINDOW.startMs + 7);
    const { records } = await sent('logs', [record({}, { hrTime: [0, 0], hrTimeObserved })]);
    expect(records[0]?.hrTime).toEqual(hrTimeObserved);
  });

  test('have messages cut that no request would take, and the other records with them', async () => {
    const body = 'ä'.repeat(1_000_000);
    for (const compression of ['none', 'gzip']) {
      const { records, losses } = await sent('logs', [record({}, { body }), record({ a: 1 })], { compression });
      expect(records.map((each) => Buffer.byteLength(`${each.body ?? ''}`))).toEqual([800_000, 0]);
      expect(losses.attributes).toBe(1);
    }
  });

  test('leave a message as it is that fits', async () => {
    const body = 'x'.repeat(800_000);
    const { records, losses } = await sent('logs', [record({}, { body })]);
    expect([records[0]?.body === body, losses.attributes]).toEqual([true, 0]);
  });

  test('have the time of observation where that of the record is no number', async () => {
    const times = { hrTime: [Number.NaN, Number.NaN] as const, hrTimeObserved: hrTime(WINDOW.startMs) };
    expect((await sent('logs', [record({}, times)])).records[0]?.hrTime).toEqual(hrTime(WINDOW.startMs));
  });

  test('fill in the environment of every resource once', async () => {
    const { records } = await sent('logs', [record({}), record({})], { environment: 'production' });
    for (const { resource } of records) {
      expect(resource.attributes).toMatchObject({
        'service.name': 'checkout',
        'deployment.environment.name': 'production',
        environment: 'production',
      });
    }
  });

  test('of metrics keep their numbers of items when some are dropped and others changed', async () => {
    const [made] = metrics(6, { variety: 'plain', startMs: WINDOW.startMs });
    const records = [made as RecordOf['metrics']].map((each) => ({
      ...each,
      scopeMetrics: each.scopeMetrics.map(({ scope, metrics: all }) => ({
        scope,
        metrics: all.map((metric) => ({
          ...metric,
          dataPoints: metric.dataPoints.map((point, at) => ({
            ...point,
            attributes: { ...point.attributes, map: { at } },
            value: at === 1 ? Number.NaN : point.value,
          })),
        })),
      })),
    })) as RecordOf['metrics'][];
    const all = await encodeAll('metrics', records);
    const droppedItems = all.flatMap((each) =>
      'dropped' in each ? ('from' in each.dropped ? [each.dropped.from] : each.dropped) : [],
    );
    const sentItems = payloadsOf(all).flatMap(({ items }) => ('from' in items ? [] : items));
    expect([...droppedItems, ...sentItems].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(droppedItems.length).toBeGreaterThan(0);
  });
});
