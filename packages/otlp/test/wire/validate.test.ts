import { describe, expect, test } from '@jest/globals';
import { count, OtlpError, select, validate } from '@telemetryflow/otlp';
import { decode, encode, encodeAs, items } from './oracle.ts';

const field = (tag: string, content: string): string => {
  const length = content.length / 2;
  const varint = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return tag + Buffer.from(varint).toString('hex') + content;
};
/** A trace request around the content of one span; the span starts at byte 6 when it is short. */
const around = (span: string): Buffer => Buffer.from(field('0a', field('12', field('12', span))), 'hex');

function fault(bytes: Uint8Array): OtlpError {
  try {
    validate('traces', bytes);
  } catch (error) {
    if (OtlpError.is(error)) return error;
    throw error;
  }
  throw new Error('the bytes are valid');
}

describe('the validating walk refuses what a receiver would', () => {
  test.each([
    ['a length beyond the message', '2a0578', 'TRUNCATED', 6],
    ['a length beyond the attribute', '4a040a056162', 'TRUNCATED', 8],
    ['a fixed64 cut off', '3900', 'TRUNCATED', 6],
    ['a fixed32 cut off', '85010000', 'TRUNCATED', 6],
    ['a varint cut off', '3080', 'TRUNCATED', 7],
    ['a tag cut off', '85', 'TRUNCATED', 6],
    ['a length cut off', '2a', 'TRUNCATED', 7],
    ['a varint of eleven bytes', `30${'80'.repeat(10)}00`, 'VARINT', 7],
    ['a varint beyond 64 bits', `30${'ff'.repeat(9)}02`, 'VARINT', 7],
    ['a length of six bytes', '2a808080808000', 'VARINT', 7],
    ['field number 0', '0200', 'TAG', 6],
    ['a start group', '1b1c', 'TAG', 6],
    ['an unknown group', 'a306a406', 'TAG', 6],
    ['wire type 7', '0f', 'TAG', 6],
    ['a tag of six bytes', '8a808080808000', 'TAG', 6],
    ['a known tag in a longer form', 'aa80000178', 'TAG', 6],
    ['a string as varint', '2801', 'WIRE_TYPE', 6],
    ['a message as fixed64', '4900', 'WIRE_TYPE', 6],
    ['an id as varint', '0801', 'WIRE_TYPE', 6],
    ['flags as varint', '800101', 'WIRE_TYPE', 6],
    ['a short trace id', '0a0101', 'ID', 8],
    ['a trace id of 17 bytes', `0a11${'01'.repeat(17)}`, 'ID', 8],
    ['a span id of 16 bytes', `1210${'01'.repeat(16)}`, 'ID', 8],
    ['a link with a short trace id', '6a040a021234', 'ID', 10],
    ['a name that is not UTF-8', '2a03c3286e', 'UTF8', 8],
    ['a surrogate in UTF-8', '2a03eda080', 'UTF8', 8],
    ['an overlong character', '2a02c080', 'UTF8', 8],
    ['a character cut off at the end', '2a02e282', 'UTF8', 8],
    ['an attribute key that is not UTF-8', '4a040a0261ff', 'UTF8', 10],
    ['an attribute value that is not UTF-8', '4a090a016112040a026bff', 'UTF8', 15],
  ])('%s', (_, span, code, offset) => {
    const error = fault(around(span));
    expect([error.code, error.offset]).toEqual([`TFO_ERR_OTLP_${code}`, offset]);
    expect(error.message).toContain(`byte ${offset}`);
  });

  test('a short id in every place that has one', () => {
    const point = { exemplars: [{ spanId: Buffer.alloc(3) }] };
    const metrics = encode('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints: [point] } }] }] }],
    });
    const logs = encode('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: Buffer.alloc(8) }] }] }] });
    expect(() => validate('metrics', metrics)).toThrow('a span id has 3 bytes instead of 8');
    expect(() => validate('logs', logs)).toThrow('a trace id has 8 bytes instead of 16');
  });

  test('packed runs that do not come out even', () => {
    const histogram = (point: string): Buffer =>
      Buffer.from(field('0a', field('12', field('12', field('4a', field('0a', point))))), 'hex');
    expect(validate('metrics', histogram('32080100000000000000'))).toBe(1);
    expect(validate('metrics', histogram('310100000000000000'))).toBe(1);
    expect(() => validate('metrics', histogram('32070100000000000000'))).toThrow(OtlpError);
  });

  test('attribute values nested deeper than common parsers follow', () => {
    const headers: Buffer[] = [];
    let length = 0;
    const wrap = (tag: number): void => {
      const header = Buffer.from([tag, ...varint(length)]);
      headers.push(header);
      length += header.length;
    };
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
    /** From the inside out, as a length stands before what it counts. */
    const nested = (depth: number): Buffer => {
      headers.length = 0;
      length = 0;
      for (let i = 0; i < depth; i++) for (const tag of [0x0a, 0x2a]) wrap(tag);
      for (const tag of [0x12, 0x4a, 0x12, 0x12, 0x0a]) wrap(tag);
      return Buffer.concat(headers.reverse());
    };

    const deepest = nested(47);
    expect(validate('traces', deepest)).toBe(1);
    expect(() => decode('traces', deepest)).not.toThrow();
    expect(fault(nested(48)).code).toBe('TFO_ERR_OTLP_DEPTH');
    expect(fault(nested(20_000)).code).toBe('TFO_ERR_OTLP_DEPTH');
  });
});

describe('the validating walk takes what the protocol allows', () => {
  test.each([
    ['an empty request', ''],
    ['empty ids', '0a0012002200'],
    ['unknown fields of every wire type', 'a00601a106000000000000000 0aa0602ffffad0600000000'.replace(' ', '')],
    ['a length in a longer form than needed', '2a818000 78'.replace(' ', '')],
    ['fields in descending order', '85010100000030022a0178'],
    ['a scalar that comes twice', '30013002'],
    ['a negative enum of ten bytes', '30ffffffffffffffffff01'],
    ['text in several scripts', field('2a', Buffer.from('żółć 日本 😀').toString('hex'))],
    ['bytes that are no text', '4a0812063a04fffefdfc'],
  ])('%s', (_, span) => {
    expect(validate('traces', around(span))).toBe(1);
    expect(() => decode('traces', around(span))).not.toThrow();
  });

  test('a request without items', () => {
    expect(validate('traces', new Uint8Array(0))).toBe(0);
    expect(validate('metrics', encode('metrics', { resourceMetrics: [{ resource: {} }] }))).toBe(0);
  });

  test('bytes that start at any alignment inside a larger buffer', () => {
    const request = encode('traces', {
      resourceSpans: [
        { scopeSpans: [{ spans: [{ name: 'ünï'.repeat(30), traceState: 'a'.repeat(99) }, { name: 'b' }] }] },
      ],
    });
    for (let shift = 0; shift < 9; shift++) {
      const inside = Buffer.concat([Buffer.alloc(shift, 0xff), request, Buffer.alloc(shift, 0xff)]);
      expect(validate('traces', new Uint8Array(inside.buffer, inside.byteOffset + shift, request.length))).toBe(2);
    }
  });
});

describe('a metric that sets its data more than once', () => {
  const point = encodeAs('NumberDataPoint', { flags: 7 }).toString('hex');
  const gauge = field('2a', field('0a', point));
  const sum = field('3a', field('0a', point) + field('0a', point));
  const request = (...data: string[]): Buffer =>
    Buffer.from(field('0a', field('12', field('12', `0a016d${data.join('')}`))), 'hex');

  test('counts, and selects from, only the last member', () => {
    for (const [bytes, expected] of [
      [request(gauge, sum), 2],
      [request(sum, gauge), 1],
      [request(gauge, sum, gauge), 1],
    ] as const) {
      expect(validate('metrics', bytes)).toBe(expected);
      expect(count('metrics', bytes)).toBe(expected);
      expect(items('metrics', select('metrics', bytes, [expected - 1]))).toHaveLength(1);
    }
  });

  test('merges what the same member holds', () => {
    expect(validate('metrics', request(sum, sum))).toBe(4);
    expect(items('metrics', select('metrics', request(sum, sum), [0, 3]))).toHaveLength(2);
  });
});
