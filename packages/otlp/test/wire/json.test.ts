import { describe, expect, test } from '@jest/globals';
import { jsonFromProtobuf, OtlpError, protobufFromJson, validate } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { requests } from './arbitraries.ts';
import { decode, decodeWithDefaults, encode, fromJson, SIGNALS, toJson } from './oracle.ts';

const transcode = (text: string): Record<string, unknown> => {
  const bytes = protobufFromJson('traces', Buffer.from(text));
  validate('traces', bytes);
  return decode('traces', bytes);
};
const span = (members: string): Record<string, unknown> => {
  const request = transcode(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${members}}]}]}]}`);
  return (request as { resourceSpans: [{ scopeSpans: [{ spans: [Record<string, unknown>] }] }] }).resourceSpans[0]
    .scopeSpans[0].spans[0];
};
const value = (json: string): unknown => {
  const found = span(`"attributes":[{"value":${json}}]`) as { attributes: [{ value?: unknown }] };
  return found.attributes[0].value;
};
const fault = (run: () => unknown): OtlpError => {
  try {
    run();
  } catch (error) {
    if (OtlpError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe.each(SIGNALS)('%s between JSON and protobuf', (signal) => {
  test('the JSON of any request becomes the same request in protobuf', () => {
    fc.assert(
      fc.property(requests[signal], fc.constantFrom('', '\t', '\r\n '), (message, indent) => {
        const bytes = encode(signal, message);
        const text = toJson(signal, decode(signal, bytes), indent);
        const found = protobufFromJson(signal, Buffer.from(text));
        validate(signal, found);
        expect(decodeWithDefaults(signal, found)).toEqual(decodeWithDefaults(signal, bytes));
      }),
    );
  });

  test('the JSON written of any request is read back as the same request', () => {
    fc.assert(
      fc.property(requests[signal], (message) => {
        const bytes = encode(signal, message);
        const text = Buffer.from(jsonFromProtobuf(signal, bytes)).toString();
        expect(decodeWithDefaults(signal, encode(signal, fromJson(signal, text)))).toEqual(
          decodeWithDefaults(signal, bytes),
        );
      }),
    );
  });
});

describe('OTLP/JSON is read leniently where the specification lets it', () => {
  test.each([
    ['a 64-bit integer as string', '{"intValue":"-9223372036854775808"}', { intValue: '-9223372036854775808' }],
    ['a 64-bit integer as number keeps all digits', '{"intValue":9007199254740993}', { intValue: '9007199254740993' }],
    ['a negative number', '{"intValue":-1}', { intValue: '-1' }],
    ['a double as string', '{"doubleValue":"1.5e3"}', { doubleValue: 1500 }],
    ['NaN', '{"doubleValue":"NaN"}', { doubleValue: Number.NaN }],
    ['infinities', '{"doubleValue":"-Infinity"}', { doubleValue: Number.NEGATIVE_INFINITY }],
    ['minus zero', '{"doubleValue":-0}', { doubleValue: -0 }],
    ['a zero in a oneof', '{"doubleValue":0}', { doubleValue: 0 }],
    ['an empty string in a oneof', '{"stringValue":""}', { stringValue: '' }],
    ['an empty array', '{"arrayValue":{"values":[]}}', { arrayValue: {} }],
    ['a null inside an array', '{"arrayValue":{"values":[null]}}', { arrayValue: { values: [{}] } }],
    ['base64', '{"bytesValue":"AP8="}', { bytesValue: Buffer.from([0, 255]) }],
    ['base64 without padding', '{"bytesValue":"AP8"}', { bytesValue: Buffer.from([0, 255]) }],
    ['url-safe base64', '{"bytesValue":"-_-_"}', { bytesValue: Buffer.from('fbffbf', 'hex') }],
    ['base64 with escapes', '{"bytesValue":"\\/\\/\\/\\/"}', { bytesValue: Buffer.from('ffffff', 'hex') }],
    [
      'escapes',
      '{"stringValue":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"}',
      { stringValue: '"\\/\b\f\n\r\té😀' },
    ],
    ['a lone high surrogate', '{"stringValue":"\\ud83dx"}', { stringValue: '\ufffdx' }],
    ['a lone low surrogate', '{"stringValue":"\\ude00"}', { stringValue: '\ufffd' }],
    ['two high surrogates', '{"stringValue":"\\ud83d\\ud83d\\ude00"}', { stringValue: '\ufffd😀' }],
    ['an escaped key', '{"string\\u0056alue":"x"}', { stringValue: 'x' }],
    [
      'unknown members of every kind',
      '{"a":{"b":[1,{"c":null}],"d":true},"e":false,"boolValue":true}',
      { boolValue: true },
    ],
    ['a snake_case key is an unknown key', '{"int_value":"1"}', {}],
    ['the last of two equal keys', '{"stringValue":"a","stringValue":"b"}', { stringValue: 'b' }],
    ['the last of two members of a oneof', '{"stringValue":"a","intValue":"1"}', { intValue: '1' }],
    ['a null after a value', '{"stringValue":"a","stringValue":null}', {}],
    ['a null of another member', '{"stringValue":"a","intValue":null}', { stringValue: 'a' }],
    [
      'lists are replaced, not joined, by an equal key',
      '{"arrayValue":{"values":[{"intValue":"1"}],"x":1,"values":[{"intValue":"2"}]}}',
      { arrayValue: { values: [{ intValue: '2' }] } },
    ],
  ])('%s', (_, json, expected) => {
    expect(value(json)).toEqual(expected);
  });

  test('ids are hex in any case, and an empty id is none', () => {
    const found = span('"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","parentSpanId":""');
    expect(found['traceId']).toEqual(Buffer.from('5b8efff798038103d269b633813fc60c', 'hex'));
    expect(found['spanId']).toEqual(Buffer.from('eee19b7ec3c1b174', 'hex'));
    expect(found['parentSpanId']).toBeUndefined();
  });

  test('enum values are numbers or names', () => {
    expect(span('"kind":3')['kind']).toBe(3);
    expect(span('"kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}')).toEqual({
      kind: 2,
      status: { code: 2 },
    });
    expect(span('"kind":-5')['kind']).toBe(-5);
  });

  test('null is a value not set, wherever it stands', () => {
    expect(span('"name":null,"kind":null,"attributes":null,"status":null,"startTimeUnixNano":null')).toEqual({});
    expect(transcode('{"resourceSpans":null}')).toEqual({});
  });

  test('repeated keys of every order leave the last value of each, and nothing else', () => {
    const members = fc.array(
      fc.constantFrom(
        '"name":"a"',
        '"name":"long enough"',
        '"kind":1',
        '"kind":0',
        '"status":{"code":1}',
        '"status":{"message":"x"}',
        '"events":[{"name":"e"}]',
        '"events":[{"name":"f","name":"g"},{}]',
        '"name":null',
        '"status":null',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(members, (list) => {
        const text = `{${list.join(',')}}`;
        const last = JSON.stringify(JSON.parse(text)).slice(1, -1);
        expect(span(list.join(','))).toEqual(span(last));
      }),
    );
  });
});

describe('OTLP/JSON that cannot be right is refused with the place', () => {
  const where = (before: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${before}`;

  test.each([
    ['a fraction in an integer', '"kind":', '1.5'],
    ['an exponent in an integer', '"startTimeUnixNano":', '1e300'],
    ['a fraction in a quoted integer', '"startTimeUnixNano":', '"1.5"'],
    ['an empty quoted integer', '"startTimeUnixNano":', '""'],
    ['an integer beyond 64 bits', '"startTimeUnixNano":', '"18446744073709551616"'],
    ['a negative unsigned integer', '"startTimeUnixNano":', '-1'],
    ['an integer beyond 32 bits', '"flags":', '4294967296'],
    ['an enum beyond 32 bits', '"kind":', '2147483648'],
    ['an unknown enum name', '"kind":', '"SPAN_KIND_X"'],
    ['a number in a string', '"name":', '1'],
    ['an object in a string', '"name":', '{}'],
    ['a string in a message', '"status":', '"x"'],
    ['an object in a list', '"attributes":', '{}'],
    ['a base64 trace id', '"traceId":', '"W47/95gDgQPSabYzgT/GDA=="'],
    ['a short trace id', '"traceId":', '"5b"'],
    ['a trace id with a foreign digit', '"traceId":', '"5b8efff798038103d269b633813fc60g"'],
    ['a boolean in an integer', '"kind":', 'true'],
    ['a null message in a list', '"attributes":[', 'null'],
  ])('%s', (_, before, wrong) => {
    const text = `${where(before)}${wrong}`;
    const error = fault(() => protobufFromJson('traces', Buffer.from(`${text}]}]}]}]}`)));
    expect(error.code).toBe('TFO_ERR_OTLP_JSON_TYPE');
    expect(error.offset).toBe(where(before).length);
  });

  test.each([
    ['nothing', '', 0],
    ['a text cut off', '{"resourceSpans":[{', 19],
    ['a trailing comma', '{"resourceSpans":[],}', 20],
    ['text behind the end', '{} x', 3],
    ['a missing colon', '{"resourceSpans" []}', 17],
    ['a leading zero', '{"x":01}', 5],
    ['a bare word', '{"x":nul}', 5],
    ['an unknown escape', '{"x":"\\q"}', 6],
    ['an incomplete \\u escape', '{"x":"\\u12"}', 6],
    ['a control character', '{"x":"\n"}', 6],
    ['a string without end', '{"x":"abc', 5],
    ['a string ending in a backslash', '{"x":"abc\\', 5],
    ['a number without digits', '{"x":-}', 5],
  ])('%s is no JSON', (_, text, offset) => {
    const error = fault(() => protobufFromJson('traces', Buffer.from(text)));
    expect([error.code, error.offset]).toEqual(['TFO_ERR_OTLP_JSON_SYNTAX', offset]);
  });

  test('what is not UTF-8 is refused at its first wrong byte', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.constantFrom('80', 'c3', 'eda080', 'f5'),
        (text, hex) => {
          const before = Buffer.from(text);
          const error = fault(() => protobufFromJson('logs', Buffer.concat([before, Buffer.from(hex, 'hex')])));
          expect([error.code, error.offset]).toEqual(['TFO_ERR_OTLP_UTF8', before.length]);
        },
      ),
    );
    const large = Buffer.alloc(200_000, 'ü');
    large[150_001] = 0x20;
    expect(fault(() => protobufFromJson('logs', large)).offset).toBe(150_000);
  });

  test('values and unknown values nested too deeply are refused', () => {
    const arrays = (depth: number): string => '{"arrayValue":{"values":['.repeat(depth) + ']}}'.repeat(depth);
    expect(() => value(arrays(40))).not.toThrow();
    expect(fault(() => value(arrays(60))).code).toBe('TFO_ERR_OTLP_DEPTH');
    expect(fault(() => value(arrays(100_000))).code).toBe('TFO_ERR_OTLP_DEPTH');
    expect(fault(() => value(`{"x":${'['.repeat(100_000)}`)).code).toBe('TFO_ERR_OTLP_DEPTH');
  });

  test('a body of nothing but repeated keys takes no longer than its size', () => {
    const many = '"name":"b","status":{"code":1},"events":[{}],'.repeat(100_000);
    const text = `${where('')}"attributes":[${'{},'.repeat(100_000)}{}],${many}"kind":1}]}]}]}`;
    expect(protobufFromJson('traces', Buffer.from(text)).length).toBeLessThan(500_000);
  });
});

describe('protobuf fields in any order become one JSON key each', () => {
  const json = (hex: string): unknown => {
    const wrap = (tag: string, content: string): string =>
      tag + (content.length / 2).toString(16).padStart(2, '0') + content;
    const bytes = Buffer.from(wrap('0a', wrap('12', wrap('12', hex))), 'hex');
    validate('traces', bytes);
    const text = JSON.parse(Buffer.from(jsonFromProtobuf('traces', bytes)).toString()) as {
      resourceSpans: [{ scopeSpans: [{ spans: [unknown] }] }];
    };
    return text.resourceSpans[0].scopeSpans[0].spans[0];
  };

  test('an interleaved list is one list', () => {
    expect(json('4a030a01612a01784a030a0162')).toEqual({ attributes: [{ key: 'a' }, { key: 'b' }], name: 'x' });
  });
  test('the last scalar counts', () => {
    expect(json('2a0178300130022a0179')).toEqual({ name: 'y', kind: 2 });
  });
  test('messages that come twice merge', () => {
    expect(json('7a0312017830017a021802')).toEqual({
      status: { message: 'x', code: 2 },
      kind: 1,
    });
  });
  test('the last member of a oneof counts', () => {
    expect(json('4a0712050a01781000')).toEqual({ attributes: [{ value: { boolValue: false } }] });
  });
  test('packed, unpacked and empty runs of one list are one list', () => {
    const point = ['3200', '32080100000000000000', '3200', '310200000000000000', '32080300000000000000'].join('');
    const data = `0a${(point.length / 2).toString(16)}${point}`;
    const metric = `4a${(data.length / 2).toString(16)}${data}`;
    const wrap = (tag: string, content: string): string => tag + (content.length / 2).toString(16) + content;
    const bytes = Buffer.from(wrap('0a', wrap('12', wrap('12', metric))), 'hex');
    const text = Buffer.from(jsonFromProtobuf('metrics', bytes)).toString();
    expect(text).toContain('{"bucketCounts":["1","2","3"]}');
  });
  test('unknown fields have no JSON name', () => {
    expect(json('2a0178a00601aa06027879')).toEqual({ name: 'x' });
  });
});
