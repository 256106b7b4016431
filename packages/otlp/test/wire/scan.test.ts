import { expect, test } from '@jest/globals';
import {
  type FieldTest,
  hasField,
  hasScalar,
  METRIC_FIELDS,
  protobufFromJson,
  someField,
  someItem,
  somePoint,
} from '@telemetryflow/otlp';

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

test('every item is visited until one is a hit', () => {
  const record = (name: string): object => ({ eventName: name });
  const request = protobufFromJson(
    'logs',
    json({
      resourceLogs: [
        { resource: {}, scopeLogs: [{ scope: {}, logRecords: [record('a'), record('b')] }] },
        { scopeLogs: [{ logRecords: [record('c')] }] },
      ],
    }),
  );
  const seen: string[] = [];
  const visit = (until: string) =>
    someItem(request, (start, end) =>
      someField(request, start, end, (number, _type, from, to) => {
        if (number !== 12) return false;
        const name = Buffer.from(request.subarray(from, to)).toString();
        seen.push(name);
        return name === until;
      }),
    );
  expect(visit('b')).toBe(true);
  expect(seen).toEqual(['a', 'b']);
  expect(visit('none')).toBe(false);
  expect(seen.slice(2)).toEqual(['a', 'b', 'c']);
});

test('every data point is visited with its kind', () => {
  const points = { dataPoints: [{ timeUnixNano: '1' }] };
  const request = protobufFromJson(
    'metrics',
    json({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'g', gauge: points, metadata: [{ key: 'k', value: { stringValue: 'v' } }] },
                { name: 's', sum: { dataPoints: [{}, {}] } },
                { name: 'h', histogram: points },
                { name: 'e', exponentialHistogram: points },
                { name: 'q', summary: points },
              ],
            },
          ],
        },
      ],
    }),
  );
  const kinds: number[] = [];
  expect(
    somePoint(request, (kind) => {
      kinds.push(kind);
      return false;
    }),
  ).toBe(false);
  const { gauge, sum, histogram, exponentialHistogram, summary } = METRIC_FIELDS;
  expect(kinds).toEqual([gauge, sum, sum, histogram, exponentialHistogram, summary]);
});

test('a field is passed by its length, whatever its wire type and size', () => {
  const long = 'x'.repeat(300);
  const request = protobufFromJson(
    'logs',
    json({
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ timeUnixNano: '1', severityNumber: 9, severityText: long, flags: 1 }] }] },
      ],
    }),
  );
  const fields: [number, number, number][] = [];
  someItem(request, (start, end) =>
    someField(request, start, end, (number, type, from, to) => {
      fields.push([number, type, to - from]);
      return false;
    }),
  );
  expect(fields).toEqual([
    [1, 1, 8],
    [2, 0, 1],
    [3, 2, 300],
    [8, 5, 4],
  ]);
});

test('a test of fields sees the values of its fields only, until one is a hit', () => {
  const long = 'x'.repeat(300);
  const bytes = Buffer.concat([
    Buffer.from('0a01611001210000000000000000', 'hex'), // 1: "a", 2: 1, 4: a double
    Buffer.from('1aac02', 'hex'), // 3, of 300 bytes
    Buffer.from(long),
    Buffer.from('8501000000000a0162', 'hex'), // 16: fixed32, 1: "b"
    Buffer.from('c20c0163', 'hex'), // 200: "c", unknown
  ]);
  const seen: string[] = [];
  const see =
    (name: string, hit = ''): FieldTest =>
    (all, start, end) => {
      const text = Buffer.from(all.subarray(start, end)).toString('latin1');
      seen.push(`${name} ${text}`);
      return text === hit;
    };
  expect(hasField({ 1: see('one'), 3: see('three'), 200: see('unknown') })(bytes, 0, bytes.length)).toBe(false);
  expect(seen).toEqual(['one a', `three ${long}`, 'one b']);
  expect(hasField({ 1: see('first', 'a') })(bytes, 0, bytes.length)).toBe(true);
  expect(seen.slice(3)).toEqual(['first a']);
});

test('a scalar is found in a KeyValue of whatever form, with its kind and its content', () => {
  const scalars = (hex: string): string[] => {
    const bytes = Buffer.from(hex, 'hex');
    const found: string[] = [];
    hasScalar((kind, all, start, end) => {
      found.push(`${kind}:${Buffer.from(all.subarray(start, end)).toString('hex')}`);
      return false;
    })(bytes, 0, bytes.length);
    return found;
  };
  const long = '78'.repeat(200);
  expect(
    [
      '0a016b12030a0178', // "x"
      '0a016b12020a00', // ""
      '0a016b12021001', // true
      '0a016b120318ac02', // 300
      '0a016b12092100000000000000f0', // a double
      '0a0012021801', // the empty key
      `0a016b12cb010ac801${long}`, // a text that takes more than one byte of length
      '', // no key, no value
      '0a016b', // no value
      '0a016b1200', // an empty value
      '120210010a016b', // value first
      '0a016b120432020a00', // a map with an entry that has no value
      '0a016b12062a040a020a00', // an array of an empty text
      '0a016b12042a020a00', // an array of an empty value
      '0a016b120410011801', // two members
    ].map(scalars),
  ).toEqual([
    ['1:78'],
    ['1:'],
    ['2:01'],
    ['3:ac02'],
    ['4:00000000000000f0'],
    ['3:01'],
    [`1:${long}`],
    ['0:'],
    ['0:'],
    ['0:'],
    ['2:01'],
    ['0:'],
    ['1:'],
    ['0:'],
    ['2:01', '3:01'],
  ]);
});
