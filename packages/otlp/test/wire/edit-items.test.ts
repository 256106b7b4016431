import { describe, expect, test } from '@jest/globals';
import {
  type AttributeEdit,
  type AttributeMap,
  compileAttributeEdits,
  decode,
  editItemAttributes,
  type LogRecord,
  type ResourceMetricsRecord,
  type Signal,
  type SpanRecord,
  validate,
  withAttribute,
  withoutAttribute,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { requests } from './arbitraries.ts';
import { decode as decodePlain, encode, encodeAs, type Plain, SIGNALS } from './oracle.ts';

const edit = (signal: Signal, bytes: Uint8Array, ...edits: AttributeEdit[]): Uint8Array =>
  editItemAttributes(signal, bytes, compileAttributeEdits(edits));

/** The attribute maps of all items, in order. */
function mapsOf(signal: Signal, bytes: Uint8Array): AttributeMap[] {
  const records = decode(signal, bytes);
  if (signal !== 'metrics') return (records as (SpanRecord | LogRecord)[]).map(({ attributes }) => attributes);
  return (records as ResourceMetricsRecord[]).flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)),
    ),
  );
}

/** What one edit means for a map. */
function edited(map: AttributeMap, { key, action, value }: AttributeEdit): AttributeMap {
  if (action === 'delete') return withoutAttribute(map, key);
  return action === 'upsert' || Object.hasOwn(map, key) === (action === 'update')
    ? withAttribute(map, key, value)
    : map;
}

const GROUPS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;
const DATA = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
const list = (value: unknown): Plain[] => (value as Plain[] | undefined) ?? [];

/** The request as protobufjs reads it, but for the attributes of its items. */
function withoutItemAttributes(signal: Signal, bytes: Uint8Array): Plain {
  const [outer, inner, leaf] = GROUPS[signal];
  const request = decodePlain(signal, bytes);
  for (const group of list(request[outer])) {
    for (const scoped of list(group[inner])) {
      for (const item of list(scoped[leaf])) {
        if (signal !== 'metrics') delete item['attributes'];
        for (const kind of DATA) {
          for (const point of list((item[kind] as Plain | undefined)?.['dataPoints'])) delete point['attributes'];
        }
      }
    }
  }
  return request;
}

/** Keys that are often there: those of the requests, and a few more. */
const key = fc.constantFrom('service.name', 'a'.repeat(200), 'ünï', '', 'new', 'service.nome', '\u{1f600}');
const value = fc.oneof(
  fc.string(),
  fc.constant('x'.repeat(300)),
  fc.integer(),
  fc.boolean(),
  fc.double(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const edits = fc.array(
  fc.oneof(
    fc.record({ key, action: fc.constantFrom('insert' as const, 'update' as const, 'upsert' as const), value }),
    fc.record({ key, action: fc.constant('delete' as const) }),
  ),
  { maxLength: 6 },
);

describe.each(SIGNALS)('attributes of %s edited as bytes', (signal) => {
  const request = requests[signal].map((message) => encode(signal, message));

  test('are what the same actions make of the decoded records, and nothing else changes', () => {
    fc.assert(
      fc.property(request, edits, (bytes, list) => {
        const changed = edit(signal, bytes, ...list);
        expect(mapsOf(signal, changed)).toEqual(mapsOf(signal, bytes).map((map) => list.reduce(edited, map)));
        expect(validate(signal, changed)).toBe(validate(signal, bytes));
        expect(withoutItemAttributes(signal, changed)).toEqual(withoutItemAttributes(signal, bytes));
      }),
      { numRuns: 120 },
    );
  });

  test('leave the very same bytes when no item changes', () => {
    fc.assert(
      fc.property(request, (bytes) => {
        expect(edit(signal, bytes, { key: 'nowhere', action: 'delete' })).toBe(bytes);
        expect(edit(signal, bytes)).toBe(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test('never end in anything but an OtlpError where the bytes are broken', () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.nat({ max: 255 }), (bytes, where, byte) => {
        if (bytes.length === 0) return;
        const broken = Buffer.from(bytes);
        broken[where % broken.length] = byte;
        try {
          edit(signal, broken, { key: 'service.name', action: 'upsert', value: 1 });
        } catch (error) {
          expect(error).toMatchObject({ name: 'OtlpError' });
        }
      }),
    );
  });
});

describe('an attribute edited as bytes', () => {
  const attribute = (name: string, text: string): Plain => ({ key: name, value: { stringValue: text } });
  const request = (...spans: Plain[]): Buffer => encode('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const bytes = request({ attributes: [attribute('a', '1'), attribute('b', '2'), attribute('a', '3')], name: 'n' });

  test('that comes twice is replaced as one', () => {
    expect(mapsOf('traces', edit('traces', bytes, { key: 'a', action: 'update', value: 'new' }))).toEqual([
      { a: 'new', b: '2' },
    ]);
    const plain = decodePlain('traces', edit('traces', bytes, { key: 'a', action: 'delete' }));
    expect(plain).toEqual({
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'n', attributes: [attribute('b', '2')] }] }] }],
    });
  });

  test('follows the order of the edits', () => {
    const after = edit(
      'traces',
      bytes,
      { key: 'a', action: 'delete' },
      { key: 'a', action: 'update', value: 'never' },
      { key: 'a', action: 'insert', value: 'back' },
      { key: 'c', action: 'insert', value: 'one' },
      { key: 'c', action: 'update', value: 'two' },
    );
    expect(mapsOf('traces', after)).toEqual([{ a: 'back', b: '2', c: 'two' }]);
  });

  test('is found by its last key, before or behind its value', () => {
    const content = Buffer.concat([
      encodeAs('KeyValue', { value: { stringValue: 'v' } }),
      encodeAs('KeyValue', { key: 'old' }),
      encodeAs('KeyValue', { key: 'k' }),
    ]);
    const span = Buffer.concat([Buffer.from([0x4a, content.length]), content]);
    const scope = Buffer.concat([Buffer.from([0x12, span.length]), span]);
    const resource = Buffer.concat([Buffer.from([0x12, scope.length]), scope]);
    const whole = Buffer.concat([Buffer.from([0x0a, resource.length]), resource]);
    expect(mapsOf('traces', whole)).toEqual([{ k: 'v' }]);
    expect(edit('traces', whole, { key: 'old', action: 'delete' })).toBe(whole);
    expect(mapsOf('traces', edit('traces', whole, { key: 'k', action: 'delete' }))).toEqual([{}]);
  });

  test('grows the messages around it as far as needed', () => {
    const many = request(...Array.from({ length: 200 }, (_, i) => ({ name: `span ${i}` })));
    const long = 'x'.repeat(20_000);
    const maps = mapsOf('traces', edit('traces', many, { key: 'long', action: 'insert', value: long }));
    expect(maps).toHaveLength(200);
    expect(maps.every(({ long: text }) => text === long)).toBe(true);
  });
});
