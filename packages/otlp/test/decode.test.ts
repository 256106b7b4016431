/** What bytes become: every liberty protobuf gives a sender, and every fault it may have. */
import { describe, expect, test } from '@jest/globals';
import {
  type AttributeMap,
  DOUBLES,
  decode,
  decodeJson,
  decodeResource,
  encode,
  encodeJson,
  encodeResource,
  OtlpError,
  type Signal,
  validate,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { hex, logOf, spanOf } from './records.ts';
import { requests } from './wire/arbitraries.ts';
import { encodeAs, encode as encodeByProtobufjs, type Plain, SIGNALS } from './wire/oracle.ts';

/** A length-delimited field. */
function field(number: number, ...content: (Uint8Array | string | number[])[]): Buffer {
  const parts = content.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)));
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(body.length)]), body]);
}

const keyValue = (key: string, value: Uint8Array | number[]): Buffer => field(1, field(1, key), field(2, value));

/** The attributes of a resource with these entries. */
function attributesOf(...entries: Buffer[]): AttributeMap {
  return decodeResource(Buffer.concat(entries)).attributes;
}

/** A request with one item of this content. */
function request(item: Uint8Array): Buffer {
  return field(1, field(2, field(2, item)));
}

function fault(signal: Signal, bytes: Uint8Array): unknown {
  try {
    decode(signal, bytes);
  } catch (error) {
    return OtlpError.is(error) ? { code: error.code, offset: error.offset } : error;
  }
  return 'no error';
}

describe('attributes', () => {
  test('__proto__ and constructor are ordinary keys', () => {
    const attributes = attributesOf(keyValue('__proto__', [0x18, 1]), keyValue('constructor', [0x18, 2]));
    expect(Object.keys(attributes)).toEqual(['__proto__', 'constructor']);
    expect(attributes['__proto__']).toBe(1);
    expect(attributes['toString']).toBeUndefined();
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  test('of equal keys the last one counts, with its type', () => {
    const one = Buffer.from('000000000000f03f', 'hex');
    const double = Buffer.concat([Buffer.from([0x21]), one]);
    expect(hex(encodeResource({ attributes: attributesOf(keyValue('a', double), keyValue('a', [0x18, 1])) }))).toBe(
      hex(keyValue('a', [0x18, 1])),
    );
    expect(hex(encodeResource({ attributes: attributesOf(keyValue('a', [0x18, 1]), keyValue('a', double)) }))).toBe(
      hex(keyValue('a', double)),
    );
  });

  test('a key without value differs from a key with an empty value', () => {
    expect(attributesOf(field(1, field(1, 'a')))).toEqual({ a: undefined });
    expect(attributesOf(keyValue('a', []))).toEqual({ a: null });
    expect(hex(encodeResource({ attributes: { a: undefined } }))).toBe(hex(field(1, field(1, 'a'))));
    expect(hex(encodeResource({ attributes: { a: null } }))).toBe(hex(keyValue('a', [])));
  });

  test('marks of integral doubles survive in maps and arrays, and object spread', () => {
    const value = { arrayValue: { values: [{ doubleValue: 1 }, { intValue: 2 }, { doubleValue: 2.5 }] } };
    const bytes = encodeAs('Resource', {
      attributes: [
        { key: 'double', value: { doubleValue: 3 } },
        { key: 'int', value: { intValue: 3 } },
        { key: 'array', value },
      ],
    });
    const { attributes } = decodeResource(bytes);
    expect([...(attributes[DOUBLES] ?? [])]).toEqual(['double']);
    expect(hex(encodeResource({ attributes: { ...attributes } }))).toBe(hex(bytes));
    expect(JSON.stringify(attributes)).toBe('{"double":3,"int":3,"array":[1,2,2.5]}');
  });

  test('short strings that look alike are told apart', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 9 })), (strings) => {
        const attributes = Object.fromEntries(strings.map((string, i) => [`${string}.${i}`, string]));
        expect({ ...decodeResource(encodeResource({ attributes })).attributes }).toEqual(attributes);
      }),
    );
  });

  test('integers beyond 2^53 are bigints, the others numbers', () => {
    const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n) + 1n, -1n, 0n];
    const decoded = values.map((a) => decodeResource(encodeResource({ attributes: { a } })).attributes['a']);
    expect(decoded).toEqual([...values.slice(0, 3), ...values.slice(3).map(Number)]);
  });
});

describe('the liberties of a sender', () => {
  test('fields come in any order, the resource after its spans', () => {
    const span = field(2, field(5, 'op'));
    const late = field(1, field(2, span, field(1, field(1, 's'))), field(3, 'url'), field(1, keyValue('a', [0x18, 1])));
    expect(decode('traces', late)[0]).toMatchObject({
      name: 'op',
      resource: { attributes: { a: 1 }, schemaUrl: 'url' },
      instrumentationScope: { name: 's' },
    });
  });

  test('a message that comes in pieces is merged, the last of equal fields counts', () => {
    const status = [field(15, field(2, 'first'), [0x18, 1]), field(15, [0x18, 2])];
    const [span] = decode('traces', request(Buffer.concat([...status, field(5, 'a'), field(5, 'b')])));
    expect(span).toMatchObject({ status: { code: 2, message: 'first' }, name: 'b' });
    const resource = Buffer.concat([field(1, keyValue('a', [0x18, 1])), field(1, keyValue('b', [0x18, 2]))]);
    const two = field(1, resource, field(2, field(2, field(5, 'op'))));
    expect(decode('traces', two)[0]?.resource.attributes).toEqual({ a: 1, b: 2 });
  });

  test('pieces of one value merge when they are lists of the same kind', () => {
    const list = (number: number) => field(5, field(1, [0x18, number]));
    const pieces = (...values: Uint8Array[]) =>
      attributesOf(field(1, field(1, 'a'), ...values.map((v) => field(2, v))));
    expect(pieces(list(1), list(2))).toEqual({ a: [1, 2] });
    expect(pieces(list(1), field(1, 'text'), list(2))).toEqual({ a: [2] });
    expect(pieces(list(1), Buffer.alloc(0))).toEqual({ a: [1] });
  });

  test('repeated numbers come packed or one by one', () => {
    const histogram = (counts: Buffer) => request(field(9, field(1, counts)));
    const one = Buffer.from('0100000000000000', 'hex');
    const packed = field(6, one, one);
    const unpacked = Buffer.concat([Buffer.from([0x31]), one]);
    const [record] = decode('metrics', histogram(Buffer.concat([packed, unpacked, packed])));
    const [metric] = record?.scopeMetrics[0]?.metrics ?? [];
    expect(metric?.dataPoints[0]?.value).toMatchObject({ buckets: { counts: [1, 1, 1, 1, 1] } });
    const buckets = field(8, [0x10, 7], field(2, [1, 2]));
    const [exponential] = decode('metrics', request(field(10, field(1, buckets))))[0]?.scopeMetrics[0]?.metrics ?? [];
    expect(exponential?.dataPoints[0]?.value).toMatchObject({ positive: { bucketCounts: [7, 1, 2] } });
  });

  test('the last member of a metric that was set counts', () => {
    const gauge = (value: string) => field(5, field(1, Buffer.from(`31${value}00000000000000`, 'hex')));
    const sum = field(7, field(1, Buffer.from('310900000000000000', 'hex')));
    const points = (...data: Buffer[]) => {
      const [metric] = decode('metrics', request(Buffer.concat(data)))[0]?.scopeMetrics[0]?.metrics ?? [];
      return [metric?.dataPointType, metric?.dataPoints.map(({ value }) => value)];
    };
    expect(points(gauge('01'), gauge('02'))).toEqual([2, [1, 2]]);
    expect(points(gauge('01'), sum)).toEqual([3, [9]]);
    expect(points(sum, gauge('01'))).toEqual([2, [1]]);
  });

  test('a metric without data stays one', () => {
    const bytes = request(field(1, 'name'));
    const records = decode('metrics', bytes);
    expect(records[0]?.scopeMetrics[0]?.metrics[0]).toMatchObject({ noData: true, dataPoints: [] });
    expect(decode('metrics', encode('metrics', records))).toEqual(records);
  });

  test('unknown fields are passed over', () => {
    const unknown = Buffer.concat([field(31, 'later'), Buffer.from([0xf0, 0x01, 5])]);
    expect(decode('traces', Buffer.concat([request(Buffer.concat([unknown, field(5, 'a')])), unknown]))[0]?.name).toBe(
      'a',
    );
  });

  test('unknown and unspecified enum values are kept beside the nearest JavaScript value', () => {
    const kinds = [0, 1, 5, 6, 1000].map((kind) => decode('traces', request(Buffer.from([0x30, ...varint(kind)])))[0]);
    expect(kinds.map((span) => [span?.kind, span?.otlpKind])).toEqual([
      [0, 0],
      [0, undefined],
      [4, undefined],
      [0, 6],
      [0, 1000],
    ]);
    const sums = [0, 1, 2, 7].map((temporality) => {
      const [record] = decode('metrics', request(field(7, [0x10, temporality])));
      return record?.scopeMetrics[0]?.metrics[0];
    });
    expect(sums.map((sum) => [sum?.aggregationTemporality, sum?.otlpTemporality])).toEqual([
      [1, 0],
      [0, undefined],
      [1, undefined],
      [1, 7],
    ]);
    const [log] = decode('logs', encode('logs', [logOf({ severityNumber: -3 })]));
    expect(log?.severityNumber).toBe(-3);
  });

  test('bytes may be a slice of a larger buffer', () => {
    const bytes = encode('traces', [spanOf({ name: 'slice', attributes: { a: 'b' } })]);
    const pool = Buffer.concat([Buffer.alloc(13, 0xff), bytes, Buffer.alloc(5, 0xff)]);
    const decoded = decode('traces', pool.subarray(13, 13 + bytes.length));
    pool.fill(0);
    expect(decoded[0]).toMatchObject({ name: 'slice', attributes: { a: 'b' } });
  });

  test('bytes values do not hold on to the request', () => {
    const { attributes } = decodeResource(encodeResource({ attributes: { a: new Uint8Array([1, 2]) } }));
    expect((attributes['a'] as Uint8Array).buffer.byteLength).toBe(2);
  });
});

describe('decoded spans', () => {
  test('know their duration, their context and that they ended', () => {
    const [span] = decode(
      'traces',
      encode('traces', [spanOf({ startTime: [1, 900_000_000], endTime: [3, 100_000_000] })]),
    );
    expect(span).toMatchObject({ duration: [1, 200_000_000], ended: true });
    expect(span?.spanContext()).toEqual(spanOf().spanContext());
  });

  test('keep the trace state and whether the parent is remote', () => {
    const context = { ...spanOf().spanContext(), traceState: { serialize: () => 'a=b,c=d' } };
    const parentSpanContext = { ...spanOf().spanContext(), isRemote: true };
    const [span] = decode('traces', encode('traces', [spanOf({ spanContext: () => context, parentSpanContext })]));
    expect(span?.spanContext().traceState?.serialize()).toBe('a=b,c=d');
    expect(span?.parentSpanContext?.isRemote).toBe(true);
  });
});

describe('faults', () => {
  test.each([
    ['a length beyond the end', '0a05', 'TFO_ERR_OTLP_TRUNCATED', 1],
    ['a value beyond its message', '0a04120212ff', 'TFO_ERR_OTLP_TRUNCATED', 5],
    ['a field number of 0', '0201', 'TFO_ERR_OTLP_TAG', 0],
    ['a group', '0b0c', 'TFO_ERR_OTLP_TAG', 0],
    ['a known field of another wire type', '0801', 'TFO_ERR_OTLP_WIRE_TYPE', 1],
  ])('%s', (_, bytes, code, offset) => {
    expect(fault('traces', Buffer.from(bytes, 'hex'))).toEqual({ code, offset });
  });

  test('a string that is not UTF-8, short or long', () => {
    for (const text of [[0xff], [0x61, 0x61, 0x61, 0x61, 0xc3], Array.from({ length: 100 }, () => 0xfe)]) {
      expect(fault('traces', request(field(5, text)))).toMatchObject({ code: 'TFO_ERR_OTLP_UTF8' });
    }
    expect(decode('traces', request(field(5, '\ufffd')))[0]?.name).toBe('\ufffd');
  });

  test('ids of another length', () => {
    expect(fault('traces', request(field(1, 'short')))).toMatchObject({ code: 'TFO_ERR_OTLP_ID' });
    expect(fault('logs', request(field(10, 'too long for it')))).toMatchObject({ code: 'TFO_ERR_OTLP_ID' });
    expect(decode('traces', request(field(1, '')))[0]?.spanContext().traceId).toBe('');
  });

  test('values that nest without end', () => {
    let value = Buffer.from([0x18, 1]);
    for (let i = 0; i < 2000; i++) value = Buffer.from(field(5, field(1, value)));
    expect(fault('logs', request(field(5, value)))).toMatchObject({ code: 'TFO_ERR_OTLP_DEPTH' });
  });

  test('messages made of nothing but empty items do not fill the memory', () => {
    const empty = Buffer.alloc(2 * 1024 * 1024);
    for (let i = 0; i < empty.length; i += 2) empty[i] = 0x12;
    const scope = Buffer.concat([Buffer.from([0x12, ...varint(empty.length)]), empty]);
    const bytes = Buffer.concat([Buffer.from([0x0a, ...varint(scope.length)]), scope]);
    for (const signal of SIGNALS) expect(fault(signal, bytes)).toMatchObject({ code: 'TFO_ERR_OTLP_LIMIT' });
  });

  test('tens of thousands of empty spans are no fault', () => {
    const spans = Buffer.alloc(80_000);
    for (let i = 0; i < spans.length; i += 2) spans[i] = 0x12;
    expect(decode('traces', field(1, field(2, spans)))).toHaveLength(40_000);
  });
});

describe.each(SIGNALS)('mutated %s', (signal) => {
  test('either decode or are refused with a typed error, in little time', () => {
    const mutation = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }), cut: fc.option(fc.nat()) });
    fc.assert(
      fc.property(requests[signal], fc.array(mutation, { minLength: 1, maxLength: 5 }), (request: Plain, mutations) => {
        let bytes = encodeByProtobufjs(signal, request);
        for (const { at, value, cut } of mutations) {
          if (bytes.length > 0) bytes[at % bytes.length] = value;
          if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.length + 1));
        }
        refusedOrSound(signal, bytes);
      }),
      { numRuns: 200 },
    );
  });

  test('in JSON, too', () => {
    fc.assert(
      fc.property(
        requests[signal],
        fc.nat(),
        fc.constantFrom(...'{}[]",:01-eE.\\nu\u0000é'),
        (request: Plain, at, character) => {
          const json = Buffer.from(encodeJson(signal, decode(signal, encodeByProtobufjs(signal, request)))).toString();
          const mutated = json.slice(0, at % json.length) + character + json.slice((at % json.length) + 1);
          try {
            decodeJson(signal, mutated);
          } catch (error) {
            expect(OtlpError.is(error)).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('random bytes, too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => refusedOrSound(signal, bytes)),
      { numRuns: 200 },
    );
  });
});

/** Decodes; what decodes can be encoded and decoded to the same again. */
function refusedOrSound(signal: Signal, bytes: Uint8Array): void {
  let records: unknown;
  try {
    records = decode(signal, bytes);
  } catch (error) {
    expect(OtlpError.is(error)).toBe(true);
    expect((error as OtlpError).offset).toBeLessThanOrEqual(bytes.length);
    // What the walk over bytes from outside lets in, the decoder has to take.
    expect(() => validate(signal, bytes)).toThrow(OtlpError);
    return;
  }
  const again = encode(signal, records as never);
  expect(hex(encode(signal, decode(signal, again)))).toBe(hex(again));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
