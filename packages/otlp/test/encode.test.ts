/** What SDK objects and hand-made records become, with the traps of JavaScript values. */
import { describe, expect, test } from '@jest/globals';
import {
  type AttributeMap,
  type AttributeValue,
  asRecords,
  decode,
  decodeJson,
  encode,
  encodeJson,
  groupEntries,
  groupRecords,
  type LogRecord,
  type SpanRecord,
  validate,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { logOf, metricsOf, spanOf } from './records.ts';
import { decode as decodeByProtobufjs, type Plain } from './wire/oracle.ts';

/** The one span that is encoded, as protobufjs reads it. */
function encodedSpan(fields: Partial<SpanRecord>): Plain {
  const bytes = encode('traces', [spanOf(fields)]);
  validate('traces', bytes);
  return items('traces', 'resourceSpans', 'scopeSpans', 'spans', bytes)[0] as Plain;
}

function items(signal: 'traces' | 'logs', outer: string, inner: string, leaf: string, bytes: Uint8Array): Plain[] {
  return list(decodeByProtobufjs(signal, bytes)[outer])
    .flatMap((group) => list(group[inner]))
    .flatMap((group) => list(group[leaf]));
}

const list = (value: unknown): Plain[] => (value ?? []) as Plain[];

/** The value of the attribute `a` as it is on the wire. */
function encodedValue(value: unknown): unknown {
  const { attributes } = encodedSpan({ attributes: { a: value as AttributeValue } });
  return list(attributes)[0]?.['value'];
}

describe('attribute values', () => {
  test.each<[string, unknown, Plain | undefined]>([
    ['a safe integer', 42, { intValue: '42' }],
    ['a negative integer', -42, { intValue: '-42' }],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, { intValue: '9007199254740991' }],
    ['an integral number beyond 2^53', 1e300, { doubleValue: 1e300 }],
    ['2^53', 2 ** 53, { doubleValue: 2 ** 53 }],
    ['a fraction', 1.5, { doubleValue: 1.5 }],
    ['NaN', Number.NaN, { doubleValue: Number.NaN }],
    ['minus infinity', Number.NEGATIVE_INFINITY, { doubleValue: Number.NEGATIVE_INFINITY }],
    ['-0', -0, { doubleValue: -0 }],
    ['a bigint that is an int64', 2n ** 62n, { intValue: String(2n ** 62n) }],
    ['a bigint beyond int64', 2n ** 63n, { stringValue: '9223372036854775808' }],
    ['null', null, {}],
    ['undefined', undefined, undefined],
    ['a date', new Date(0), { stringValue: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date', new Date(Number.NaN), { stringValue: '' }],
    ['a lone surrogate', 'a\ud800b', { stringValue: 'a\ufffdb' }],
    ['a Map', new Map([['k', 1]]), { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } }],
    ['a mixed array', [1, 'a', null], { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }, {}] } }],
    ['an array with holes', Array.from({ length: 1 }), { arrayValue: { values: [{}] } }],
  ])('%s', (_, value, expected) => {
    expect(encodedValue(value)).toEqual(expected);
  });

  test.each([
    40, 41, 42, 43, 80, 81, 103, 104, 120, 125, 126, 127, 128, 129, 16_379, 16_380, 16_384, 16_390, 2_097_150,
  ])('strings of %d characters keep their lengths right, whatever their alphabet', (length) => {
    for (const text of ['a'.repeat(length), 'ü'.repeat(length), '€'.repeat(length)]) {
      expect(encodedValue(text)).toEqual({ stringValue: text });
    }
  });

  test('keys of any length and alphabet survive', () => {
    for (const length of [0, 1, 40, 63, 64, 65, 126, 127, 128, 300]) {
      for (const key of ['k'.repeat(length), 'ü'.repeat(length)]) {
        const [entry] = list(encodedSpan({ attributes: { [key]: 'v', other: 1 } })['attributes']);
        expect({ key: '', ...entry }).toEqual({ key, value: { stringValue: 'v' } });
      }
    }
  });

  test('values that repeat, and then change, are each written as they are', () => {
    const values = [...Array(7).fill('same'), 'other', '', ...Array(7).fill('a\ud800'), 'same', 'ü', 'same'];
    const spans = values.map((value) =>
      spanOf({
        attributes: { repeated: value },
        events: [{ time: [0, 0], name: '', attributes: { repeated: value } }],
      }),
    );
    const expected = values.map((value: string) => value.toWellFormed());
    for (const decoded of [
      decode('traces', encode('traces', spans)),
      decodeJson('traces', encodeJson('traces', spans)),
    ]) {
      expect(decoded.map(({ attributes }) => attributes['repeated'])).toEqual(expected);
      expect(decoded.map(({ events }) => events[0]?.attributes?.['repeated'])).toEqual(expected);
    }
  });

  test('thousands of different keys do not disturb each other', () => {
    const keys = Array.from({ length: 9000 }, (_, i) => `key.${i}`);
    const attributes = Object.fromEntries(keys.map((key) => [key, key]));
    expect(list(encodedSpan({ attributes })['attributes']).map(({ key }) => key)).toEqual(keys);
  });

  test('what cannot be a value is left out and counted', () => {
    const attributes = { a: 1, f: () => 1, s: Symbol('s'), m: { g: () => 1, h: 2 } } as unknown as AttributeMap;
    const span = encodedSpan({ attributes, droppedAttributesCount: 4 });
    expect(span['droppedAttributesCount']).toBe(7);
    expect(list(span['attributes']).map(({ key }) => key)).toEqual(['a', 'm']);
  });

  test('a cycle is cut and counted, however often it branches', () => {
    const cycle: Record<string, unknown> = { n: 1 };
    for (const key of ['a', 'b', 'c', 'd']) cycle[key] = cycle;
    expect(encodedSpan({ attributes: { cycle: cycle as AttributeMap } })['droppedAttributesCount']).toBe(4);
    expect(
      JSON.parse(text(encodeJson('traces', [spanOf({ attributes: { cycle: cycle as AttributeMap } })]))),
    ).toBeDefined();
  });

  test('shared objects that unfold without end are cut and counted', () => {
    let value: AttributeValue = 'x'.repeat(1000);
    for (let i = 0; i < 25; i++) value = [value, value, value, value];
    const bytes = encode('logs', [logOf({ attributes: { value } })]);
    expect(bytes.length).toBeLessThan(80 * 1024 * 1024);
  });

  test('what is nested too deeply for any receiver is cut and counted', () => {
    let value: AttributeValue = 'deep';
    for (let i = 0; i < 200; i++) value = i % 2 === 0 ? [value] : { value };
    const bytes = encode('traces', [spanOf({ attributes: { value } })]);
    validate('traces', bytes);
    expect(decode('traces', bytes)[0]?.droppedAttributesCount).toBe(1);
  });
});

describe('spans', () => {
  test('a parent of zeros is no parent', () => {
    const parentSpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };
    expect(encodedSpan({ parentSpanContext })['parentSpanId']).toBeUndefined();
  });

  test('ids that are not hex of their length are left out', () => {
    const span = encodedSpan({ spanContext: () => ({ traceId: 'xyz', spanId: 'ü'.repeat(16), traceFlags: 0 }) });
    expect(span['traceId'] ?? span['spanId']).toBeUndefined();
  });

  test('ids may be upper case', () => {
    const context = { traceId: 'AB'.repeat(16), spanId: 'CD'.repeat(8), traceFlags: 0 };
    expect(encodedSpan({ spanContext: () => context })['spanId']).toEqual(Buffer.from('cd'.repeat(8), 'hex'));
    expect(text(encodeJson('traces', [spanOf({ spanContext: () => context })]))).toContain(`"${'ab'.repeat(16)}"`);
  });

  test('flags tell whether the parent is remote', () => {
    const parentSpanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
    expect(encodedSpan({ parentSpanContext })['flags']).toBe(0x301);
    expect(encodedSpan({})['flags']).toBe(0x101);
    expect(encodedSpan({ flags: 0 })['flags']).toBeUndefined();
  });

  test('a kind that was received counts until the kind is changed', () => {
    expect(encodedSpan({ kind: 0, otlpKind: 0 })['kind']).toBeUndefined();
    expect(encodedSpan({ kind: 0, otlpKind: 17 })['kind']).toBe(17);
    expect(encodedSpan({ kind: 2, otlpKind: 17 })['kind']).toBe(3);
  });

  test('times carry over, lose fractions of nanoseconds and never go below zero', () => {
    const end = (endTime: readonly [number, number]) => encodedSpan({ endTime })['endTimeUnixNano'];
    expect(end([1_544_712_660, 999_999_999])).toBe('1544712660999999999');
    expect(end([1, 2_500_000_000])).toBe('3500000000');
    expect(end([10, -1])).toBe('9999999999');
    expect(end([1, 1.9])).toBe('1000000001');
    expect(end([-5, 0]) ?? '0').toBe('0');
    expect(end([Number.NaN, 1])).toBe('1');
    expect(end([18_446_744_073, 709_551_615])).toBe('18446744073709551615');
    expect(end([4_294_967_295, 999_999_999])).toBe('4294967295999999999');
    expect(end([1e15, 0])).toBe('18446744073709551615');
  });

  test('every time is exact', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 999_999_999 }), (seconds, nanos) => {
        fc.pre(seconds + nanos > 0);
        const expected = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
        expect(encodedSpan({ endTime: [seconds, nanos] })['endTimeUnixNano']).toBe(expected);
        expect(text(encodeJson('traces', [spanOf({ endTime: [seconds, nanos] })]))).toContain(`"${expected}"`);
        expect(decode('traces', encode('traces', [spanOf({ endTime: [seconds, nanos] })]))[0]?.endTime).toEqual([
          seconds,
          nanos,
        ]);
      }),
      { numRuns: 50 },
    );
  });

  test('deeply frozen records are encoded', () => {
    const attributes = Object.freeze({ a: Object.freeze([1, Object.freeze({ b: 1 })]) });
    const span = Object.freeze(spanOf({ attributes, links: Object.freeze([]) }));
    expect(list(encodedSpan(span)['attributes'])).toHaveLength(1);
  });

  test('a trace state that encodes telemetry itself does no harm', () => {
    const traceState = { serialize: () => `inner=${encode('traces', [spanOf({ name: 'inner' })]).length}` };
    const outer = spanOf({ spanContext: () => ({ ...spanOf().spanContext(), traceState }), name: 'outer' });
    expect(decode('traces', encode('traces', [outer]))[0]?.name).toBe('outer');
  });
});

describe('log records', () => {
  test('a context of zeros is left out', () => {
    const spanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 };
    const [log] = items('logs', 'resourceLogs', 'scopeLogs', 'logRecords', encode('logs', [logOf({ spanContext })]));
    expect(log).not.toHaveProperty('traceId');
    expect(log).not.toHaveProperty('spanId');
  });

  test('an unknown time stays unknown', () => {
    const [log] = items('logs', 'resourceLogs', 'scopeLogs', 'logRecords', encode('logs', [logOf({ hrTime: [0, 0] })]));
    expect(log).not.toHaveProperty('timeUnixNano');
  });

  test('an empty body is not the same as none', () => {
    const bodies = [undefined, null, ''].map((body) => decode('logs', encode('logs', [logOf({ body })]))[0]?.body);
    expect(bodies).toEqual([undefined, null, '']);
  });

  test('a body that is an integral double keeps its type until it is changed', () => {
    const [log] = decode('logs', encode('logs', [logOf({ body: 1, bodyIsDouble: true })]));
    expect(log).toMatchObject({ body: 1, bodyIsDouble: true });
    const changed = { ...log, body: 'text' } as LogRecord;
    expect(decode('logs', encode('logs', [changed]))[0]?.body).toBe('text');
  });
});

describe('data points', () => {
  const point = { startTime: [0, 0], endTime: [0, 1], attributes: {} } as const;
  const sum = (value: number | bigint, valueType: number) =>
    metricsOf({
      descriptor: { name: 'm', description: '', unit: '', valueType },
      aggregationTemporality: 1,
      dataPointType: 3,
      isMonotonic: true,
      dataPoints: [{ ...point, value }],
    });

  test.each([
    [1, 0, '"asInt":"1"'],
    [1.5, 0, '"asDouble":1.5'],
    [1e300, 0, '"asDouble":1e+300'],
    [1, 1, '"asDouble":1'],
    [2n ** 62n, 0, '"asInt":"4611686018427387904"'],
    [Number.NaN, 1, '"asDouble":"NaN"'],
    [-0, 0, '"asDouble":-0'],
  ])('%d of value type %d is %s', (value, valueType, expected) => {
    expect(text(encodeJson('metrics', sum(value, valueType)))).toContain(expected);
    const again = encodeJson('metrics', decode('metrics', encode('metrics', sum(value, valueType))));
    expect(text(again)).toContain(expected);
  });
});

describe('groups', () => {
  const resources = ['a', 'b'].map((name) => ({ attributes: { 'service.name': name } }));
  const scopes = ['x', 'y'].map((name) => ({ name }));
  const span = (name: string, resource: number, scope: number) =>
    spanOf({
      name,
      resource: resources[resource] as SpanRecord['resource'],
      instrumentationScope: scopes[scope] as SpanRecord['instrumentationScope'],
    });

  /** Per Resource… message, per Scope… message, the names of the spans. */
  function shape(spans: readonly SpanRecord[]): unknown {
    return list(decodeByProtobufjs('traces', encode('traces', spans))['resourceSpans']).map((group) =>
      list(group['scopeSpans']).map((scoped) => list(scoped['spans']).map(({ name }) => name)),
    );
  }

  test('consecutive spans of one resource and scope share their messages; the order never changes', () => {
    expect(shape([span('1', 0, 0), span('2', 0, 0), span('3', 0, 1), span('4', 1, 1), span('5', 0, 0)])).toEqual([
      [['1', '2'], ['3']],
      [['4']],
      [['5']],
    ]);
  });

  test('resources and scopes that are equal but not the same object share them, too', () => {
    const spans = ['1', '2'].map((name) =>
      spanOf({ name, resource: { attributes: { n: 1 } }, instrumentationScope: { name: 's', version: '1' } }),
    );
    expect(shape(spans)).toEqual([[['1', '2']]]);
  });

  test('resources and scopes differ by schema URL, entities and dropped counts', () => {
    const [a, b] = [spanOf({ name: '1', resource: { attributes: {} } }), spanOf({ name: '2' })];
    for (const extra of [{ schemaUrl: 's' }, { droppedAttributesCount: 1 }]) {
      expect(shape([a, { ...b, resource: { attributes: {}, ...extra } }])).toEqual([[['1']], [['2']]]);
      expect(shape([a, { ...b, instrumentationScope: { name: '', ...extra } }])).toEqual([[['1'], ['2']]]);
    }
    const entityRefs = [{ type: 'host', idKeys: [], descriptionKeys: [] }];
    expect(shape([a, { ...b, resource: { attributes: {}, entityRefs } }])).toEqual([[['1']], [['2']]]);
  });

  test('groupRecords moves those of one resource and scope together and keeps the order otherwise', () => {
    const spans = [span('1', 0, 0), span('2', 1, 0), span('3', 0, 1), span('4', 0, 0), span('5', 1, 0)];
    expect(groupRecords(spans).map(({ name }) => name)).toEqual(['1', '4', '3', '2', '5']);
    expect(shape(groupRecords(spans))).toEqual([[['1', '4'], ['3']], [['2', '5']]]);
  });

  test('groupRecords leaves records alone that are together', () => {
    const spans = [span('1', 0, 0), span('2', 0, 1), span('3', 1, 1)];
    expect(groupRecords(spans)).toBe(spans);
  });

  test('groupEntries tells the number that each record has in the batch', () => {
    const spans = [span('1', 0, 0), span('2', 1, 0), span('3', 0, 1), span('4', 0, 0), span('5', 1, 0)];
    const entries = [...groupEntries(spans)];
    expect(entries.map(([item]) => item)).toEqual([0, 3, 2, 1, 4]);
    expect(entries.map(([, record]) => record)).toEqual(groupRecords(spans));
    const together = [...groupEntries(spans.slice(0, 2))];
    expect(together.map(([item]) => item)).toEqual([0, 1]);
  });

  test('no records make an empty request', () => {
    expect(encode('traces', [])).toHaveLength(0);
    expect(text(encodeJson('logs', []))).toBe('{"resourceLogs":[]}');
    expect(decode('metrics', encode('metrics', []))).toEqual([]);
  });
});

test('asRecords hands on the very objects', () => {
  const spans = [spanOf()];
  expect(asRecords('traces', spans)).toBe(spans);
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
