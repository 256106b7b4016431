import { expect, test } from '@jest/globals';
import {
  METRIC_FIELDS,
  POINT_DOUBLES,
  protobufFromJson,
  scalarAt,
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

test('the doubles of a point are found by their fields, whatever its kind', () => {
  const all = { count: '7', sum: 1.5, min: 2.5, max: 3.5 };
  const request = protobufFromJson(
    'metrics',
    json({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'a', gauge: { dataPoints: [{ asDouble: 1.5, timeUnixNano: '9' }, { asInt: '7' }] } },
                { name: 'b', sum: { dataPoints: [{ asDouble: 1.5 }] } },
                { name: 'c', histogram: { dataPoints: [{ ...all, bucketCounts: ['7'], explicitBounds: [] }] } },
                { name: 'd', exponentialHistogram: { dataPoints: [{ ...all, zeroCount: '7', zeroThreshold: 9 }] } },
                { name: 'e', summary: { dataPoints: [{ count: '7', sum: 1.5 }] } },
              ],
            },
          ],
        },
      ],
    }),
  );
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const doubles: number[][] = [];
  somePoint(request, (kind, start, end) => {
    const found: number[] = [];
    someField(request, start, end, (number, _type, at) => {
      if (POINT_DOUBLES[kind]?.includes(number) === true) found.push(view.getFloat64(at, true));
      return false;
    });
    doubles.push(found);
    return false;
  });
  expect(doubles).toEqual([[1.5], [], [1.5], [1.5, 2.5, 3.5], [1.5, 2.5, 3.5], [1.5]]);
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

test('a scalar is found where its KeyValue is written plainly, and any other form is left to be read', () => {
  const at = (hex: string): number => {
    const bytes = Buffer.from(hex, 'hex');
    return scalarAt(bytes, 0, bytes.length);
  };
  expect([
    at('0a016b12030a0178'), // "x"
    at('0a016b12020a00'), // ""
    at('0a016b12021001'), // true
    at('0a016b120318ac02'), // 300
    at('0a016b12092100000000000000f0'), // a double
    at('0a00120218 01'.replace(' ', '')), // the empty key
  ]).toEqual([5, 5, 5, 5, 5, 4]);
  expect([
    at(''),
    at('0a016b'), // no value
    at('0a016b1200'), // an empty value
    at('12021001' + '0a016b'), // value first
    at('0a016b12043201 0a00'.replace(' ', '')), // a map
    at('0a016b1204100118 01'.replace(' ', '')), // two members
    at('0a016b120210011a00'), // a field after the value
  ]).toEqual([-1, -1, -1, -1, -1, -1, -1]);
});
