import { describe, expect, test } from '@jest/globals';
import { batchFromRecords } from '@telemetryflow/kernel';
import { encode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { deepFreeze, logs, metrics, spans } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { encodeBatch, recordHeaders } from '../src/encode.ts';

import { murmur2, partitioner } from '../src/partitioner.ts';
import { encoded, LAYOUT, numbers, recordsOf } from './encoding.ts';
import { idsIn, OTLP, otlpItemIds } from './items.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const MAKERS: { readonly [S in Signal]: (n: number) => RecordOf[S][] } = { traces: spans, metrics, logs };

describe('partitions', () => {
  test.each([
    ['host-a', -934558336, [1, 4, 0]],
    ['web-1', 329452685, [2, 5, 1]],
    ['localhost', -1517536812, [2, 8, 0]],
    ['0af7651916cd43dd8448eb211c80319c', -700665169, [1, 7, 3]],
  ])('murmur2 of %s is that of Java', (key, hash, [of3, of12, of4]) => {
    const bytes = Buffer.from(key);
    expect(murmur2(bytes)).toBe(hash);
    expect([3, 12, 4].map((count) => partitioner('murmur2', count, 'id')(bytes))).toEqual([of3, of12, of4]);
  });

  test('fnv1a is that of sarama: a signed remainder without its sign', () => {
    // FNV-1a of "a" is 0xe40c292c, as a signed number -468965076.
    expect(partitioner('fnv1a', 12, 'id')(Buffer.from('a'))).toBe(468965076 % 12);
  });

  test('records without a key stay together, and go where they went before', () => {
    const choose = partitioner('murmur2', 12, 'batch-1');
    expect(new Set([choose(null), choose(null), partitioner('sticky', 12, 'batch-1')(Buffer.from('k'))]).size).toBe(1);
    const ids = Array.from({ length: 100 }, (_, i) => partitioner('murmur2', 12, `batch-${i}`)(null));
    expect(new Set(ids).size).toBeGreaterThan(8);
  });

  test('round_robin goes on by one for each record', () => {
    const choose = partitioner('round_robin', 3, 'batch-1');
    const [first = 0, ...rest] = [choose(null), choose(null), choose(null), choose(null)];
    expect(rest).toEqual([(first + 1) % 3, (first + 2) % 3, first]);
  });

  test('whatever the key, the partition exists', () => {
    const names = ['murmur2', 'fnv1a', 'sticky', 'round_robin'] as const;
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 200 }), fc.constantFrom(...names), (key, count, name) => {
        const partition = partitioner(name, count, 'id')(key);
        return Number.isInteger(partition) && partition >= 0 && partition < count;
      }),
    );
  });
});

describe('keys', () => {
  const on = (attributes: Record<string, string | number>, from = 0): RecordOf['traces'][] =>
    spans(1, { variety: 'plain', from, resource: { attributes } });

  test('two hosts are two records with their names as keys', () => {
    const records = [...on({ 'host.name': 'a' }), ...on({ 'host.name': 'b' }, 1)];
    const { payloads } = encoded('traces', records, { partitionKey: 'hostname', encoding: 'otlp_json' });
    const written = recordsOf(payloads);
    expect(written.map(({ key }) => key).sort()).toEqual(['a', 'b']);
    const value = JSON.parse(String(written.find(({ key }) => key === 'a')?.value));
    expect(value.resourceSpans).toHaveLength(1);
    expect(value.resourceSpans[0].resource).toEqual({
      attributes: [{ key: 'host.name', value: { stringValue: 'a' } }],
    });
    expect(recordHeaders('otlp_json', 'traces', { team: 'x' })).toEqual({
      team: 'x',
      'content-type': 'application/json',
      'telemetryflow-signal': 'traces',
    });
  });

  test.each([
    ['hostname', {}, 'this-host'],
    ['host.name', { 'host.name': 'h' }, 'h'],
    ['service', { 'service.name': 's' }, 's'],
    ['service.name', {}, null],
    ['resource:k8s', { k8s: 7 }, '7'],
    ['k8s.pod', { 'k8s.pod': 'p' }, 'p'],
    ['none', { 'host.name': 'h' }, null],
  ] as [string, Record<string, string | number>, string | null][])(
    '%s of %j is %p',
    (partitionKey, attributes, key) => {
      expect(recordsOf(encoded('traces', on(attributes), { partitionKey }).payloads)[0]?.key).toBe(key);
    },
  );

  test('a hash of the resource does not depend on the order of its attributes, but on their types', () => {
    const keyOf = (attributes: Record<string, string | number>): string | null | undefined =>
      recordsOf(encoded('traces', on(attributes), { partitionKey: 'resource' }).payloads)[0]?.key;
    expect(keyOf({ a: '1', b: 'x' })).toBe(keyOf({ b: 'x', a: '1' }));
    expect(keyOf({ a: '1' })).not.toBe(keyOf({ a: 1 }));
    expect(keyOf({ a: 'bc' })).not.toBe(keyOf({ ab: 'c' }));
  });

  test('by trace: one record per trace, and none for what is in no trace', () => {
    const traced = spans(40, { variety: 'plain' });
    const { payloads } = encoded('traces', traced, { partitionKey: 'trace_id' });
    for (const { key, value } of recordsOf(payloads)) {
      const ids = JSON.stringify(OTLP.traces.toObject(OTLP.traces.decode(value), { bytes: Array }));
      expect(ids).toContain(JSON.stringify([...Buffer.from(key ?? '', 'hex')]));
    }
    const keys = new Set(traced.map((span) => span.spanContext().traceId));
    expect(new Set(recordsOf(payloads).map(({ key }) => key))).toEqual(keys);
    const loose = logs(3, { variety: 'plain' }).map(({ spanContext: _context, ...log }) => log);
    expect(recordsOf(encoded('logs', loose, { partitionKey: 'trace_id' }).payloads).map(({ key }) => key)).toEqual([
      null,
    ]);
    expect(recordsOf(encoded('metrics', metrics(3), { partitionKey: 'trace_id' }).payloads)[0]?.key).toBeNull();
  });
});

describe('values', () => {
  test.each(SIGNALS)('%s in protobuf are byte for byte the OTLP request', (signal) => {
    const records = MAKERS[signal](20) as never;
    const { payloads } = encoded(signal, records);
    expect(payloads).toHaveLength(1);
    expect(payloads[0]?.body.records[0]?.value.equals(Buffer.from(encode(signal, records)))).toBe(true);
  });

  test('input is left as it is', () => {
    for (const signal of SIGNALS)
      encoded(signal, deepFreeze(MAKERS[signal](20)) as never, { partitionKey: 'resource' });
  });

  test('whatever the limit, each item is in one record or refused, and no request exceeds the limit', () => {
    const property = fc.property(
      fc.constantFrom(...SIGNALS),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1024, max: 20_000 }),
      fc.constantFrom('otlp_proto' as const, 'otlp_json' as const),
      fc.constantFrom('none', 'trace_id', 'resource', 'hostname'),
      fc.integer({ min: 1, max: 5 }),
      (signal, n, maxMessageBytes, encoding, partitionKey, partitions) => {
        const records = MAKERS[signal](n) as never;
        const { payloads, dropped } = encoded(signal, records, {
          maxMessageBytes,
          encoding,
          partitionKey,
          layout: { partitions, packBytes: maxMessageBytes >> 1 },
        });
        const items = numbers([...payloads.map((payload) => payload.items), ...dropped.map((drop) => drop.items)]);
        expect(items).toEqual(Array.from({ length: n }, (_, i) => i));
        for (const { body } of payloads) expect(body.bytes).toBeLessThanOrEqual(maxMessageBytes);
        for (const { detail } of dropped) expect(detail).toMatch(/^too_large: oversize: (span|metric|log record)/);
        const all = [...new Set(idsIn(OTLP[signal].toObject(OTLP[signal].decode(encode(signal, records)))))];
        for (const { items: part, body } of payloads) {
          const ids = body.records.flatMap(({ value }) =>
            encoding === 'otlp_json' ? idsIn(JSON.parse(String(value))) : otlpItemIds(signal, value),
          );
          const expected = numbers([part]).map((item) => all[item] ?? '');
          expect([...new Set(ids)].sort()).toEqual(expected.sort());
        }
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  test('a request is counted as 61 bytes, and 21 for each record, besides what they hold, and filled to its last byte', () => {
    const bodies = logs(300, { variety: 'plain' }).map((record) => ({ ...record, body: 'abc' }));
    const sizes = (maxMessageBytes: number): number[] =>
      encoded('logs', bodies, { encoding: 'raw', headers: {}, maxMessageBytes, layout: { packBytes: maxMessageBytes } })
        .payloads.slice(0, -1)
        .map(({ body }) => body.bytes);
    const forty = 61 + 40 * (21 + 3);
    expect(new Set(sizes(forty))).toEqual(new Set([forty]));
    expect(new Set(sizes(forty - 1))).toEqual(new Set([forty - 24]));
  });

  test('an item larger than what is packed, but not than the limit, goes alone', () => {
    const [small, large] = logs(2, { variety: 'plain' });
    if (small === undefined || large === undefined) throw new Error('no logs');
    const records = [small, { ...large, body: 'x'.repeat(5000) }, small];
    const { payloads, dropped } = encoded('logs', records, { layout: { packBytes: 2000 } });
    expect(dropped).toEqual([]);
    expect(payloads.map(({ items }) => items)).toContainEqual({ from: 1, to: 2 });
  });

  test('a record that is too large and has no time that a calendar knows is named all the same', () => {
    const records = logs(1, { variety: 'plain' }).map((record) => ({
      ...record,
      hrTime: [Number.NaN, 0] as const,
      body: 'x'.repeat(5000),
    }));
    const { dropped } = encoded('logs', records as never, { maxMessageBytes: 2000, layout: { packBytes: 2000 } });
    expect(dropped[0]?.detail).toMatch(/^too_large: oversize: log record of 20\d\d-/);
  });

  test('what telemetry says reaches neither topic nor headers', () => {
    const nasty = '../other\r\nx-evil: 1\0';
    const resource = { attributes: { 'host.name': nasty, topic: nasty, 'content-type': nasty } };
    const { payloads } = encoded('logs', logs(3, { resource, variety: 'plain' }), { partitionKey: 'hostname' });
    expect(payloads.map(({ body }) => body.topic)).toEqual(['topic']);
    expect(recordsOf(payloads)[0]?.key).toBe(nasty);
  });
});

test('while the partitions are not known, the batch is asked for again as a whole', () => {
  const batch = batchFromRecords('logs', logs(5));
  const options = {
    topic: 't',
    encoding: 'otlp_proto',
    rule: { by: 'none' },
    partitioner: 'murmur2',
    headers: {},
    maxMessageBytes: 1e6,
    host: '',
  } as const;
  const context = { now: 0, id: 'x', mode: undefined };
  expect([...encodeBatch(batch, context, options, undefined)]).toEqual([
    { body: { topic: 't', layout: undefined }, items: { from: 0, to: 5 }, key: 't' },
  ]);
  expect([...encodeBatch(batchFromRecords('logs', []), context, options, LAYOUT)]).toEqual([]);
});
