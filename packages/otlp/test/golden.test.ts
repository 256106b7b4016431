/** Payloads whose bytes were verified with an independent protobuf library on the official messages. */
import { describe, expect, test } from '@jest/globals';
import {
  type DataPointRecord,
  decode,
  decodeExportResponse,
  decodeJson,
  decodeResource,
  decodeStatus,
  encode,
  encodeExportResponse,
  encodeJson,
  encodeResource,
  encodeStatus,
  type LogRecord,
  type MetricRecord,
  type SpanRecord,
  ValueType,
} from '@telemetryflow/otlp';
import { hex, metricsOf, resource, scope } from './records.ts';

const traceId = '5b8efff798038103d269b633813fc60c';
const spanId = 'eee19b7ec3c1b174';
const parentId = 'eee19b7ec3c1b173';

const span: SpanRecord = {
  name: 'op',
  kind: 1,
  spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
  parentSpanContext: { traceId, spanId: parentId, traceFlags: 1 },
  startTime: [1544712660, 0],
  endTime: [1544712661, 0],
  status: { code: 2, message: 'x' },
  attributes: {},
  links: [],
  events: [],
  duration: [1, 0],
  ended: true,
  resource: { attributes: { 'service.name': 'a' } },
  instrumentationScope: { name: 's' },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
};

const TRACE =
  '0a6b0a150a130a0c736572766963652e6e616d6512030a016112520a030a0173124b0a105b8efff798038103d269b633813fc60c1208eee19b7ec3c1b1742208eee19b7ec3c1b1732a026f70300239004859e3faeb6f15410012f41efbeb6f157a051201781802850101010000';
const TRACE_JSON =
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","name":"op","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","status":{"message":"x","code":2},"flags":257}]}]}]}';

const LOG =
  '0900eb3af5faeb6f1510091a04494e464f2a2632240a100a016e120b18ffffffffffffffffff010a090a016212043a0200ff0a050a0165120045010000004a105b8efff798038103d269b633813fc60c5208eee19b7ec3c1b1745900eb3af5faeb6f1562026576';

const log: LogRecord = {
  hrTime: [1544712660, 300_000_000],
  hrTimeObserved: [1544712660, 300_000_000],
  spanContext: { traceId, spanId, traceFlags: 1 },
  severityNumber: 9,
  severityText: 'INFO',
  body: { n: -1, b: new Uint8Array([0, 255]), e: null },
  eventName: 'ev',
  resource,
  instrumentationScope: scope,
  attributes: {},
  droppedAttributesCount: 0,
};

/** The bytes of the one item of a request whose group messages are empty. */
function itemOf(signal: 'logs', records: readonly LogRecord[]): string {
  const bytes = encode(signal, records);
  // Resource… (tag, length), empty resource, Scope… (tag, length), empty scope, item (tag, length).
  return hex(bytes.subarray(10));
}

/** The bytes of the one data point of a metric without name. */
function pointOf(type: 'gauge' | 'histogram' | 'exponential', point: DataPointRecord<never>, valueType = 0): string {
  const dataPointType = { gauge: 2, histogram: 0, exponential: 1 }[type];
  const metric = {
    descriptor: { name: '', description: '', unit: '', valueType },
    aggregationTemporality: -1,
    dataPointType,
    dataPoints: [point],
  } as MetricRecord;
  const bytes = encode('metrics', metricsOf(metric));
  const tag = { gauge: 0x2a, histogram: 0x4a, exponential: 0x52 }[type];
  return hex(bytes.subarray(bytes.indexOf(tag, 8) + 4));
}

const at = { startTime: [0, 0], endTime: [0, 1], attributes: {} } as const;

describe('golden payloads', () => {
  test('a trace request', () => {
    expect(hex(encode('traces', [span]))).toBe(TRACE);
    expect(hex(encode('traces', decode('traces', Buffer.from(TRACE, 'hex'))))).toBe(TRACE);
  });

  test('a trace request in JSON', () => {
    expect(Buffer.from(encodeJson('traces', [span])).toString()).toBe(TRACE_JSON);
    expect(hex(encode('traces', decodeJson('traces', TRACE_JSON)))).toBe(TRACE);
  });

  test('a log record with a nested body', () => {
    expect(itemOf('logs', [log])).toBe(LOG);
    expect(itemOf('logs', decode('logs', encode('logs', [log])))).toBe(LOG);
  });

  test('number points: int and double zero, negative int, NaN and no value', () => {
    const value = (value: unknown) => ({ ...at, value }) as DataPointRecord<never>;
    expect(pointOf('gauge', value(0), ValueType.INT)).toBe('190100000000000000310000000000000000');
    expect(pointOf('gauge', value(0), ValueType.DOUBLE)).toBe('190100000000000000210000000000000000');
    expect(pointOf('gauge', value(-1), ValueType.INT)).toBe('19010000000000000031ffffffffffffffff');
    expect(pointOf('gauge', value(Number.NaN))).toBe('19010000000000000021000000000000f87f');
    expect(pointOf('gauge', { ...value(undefined), flags: 1 })).toBe('1901000000000000004001');
  });

  test('a histogram point with a sum of zero, a minimum and no maximum', () => {
    const value = { count: 3, sum: 0, min: -0.25, buckets: { boundaries: [0.5], counts: [1, 2] } };
    const point = { startTime: [0, 1], endTime: [0, 2], attributes: {}, value } as unknown as DataPointRecord<never>;
    expect(pointOf('histogram', point)).toBe(
      '1101000000000000001902000000000000002103000000000000002900000000000000003210010000000000000002000000000000003a08000000000000e03f59000000000000d0bf',
    );
  });

  test('an exponential histogram point with negative scale and offset', () => {
    const value = {
      count: 6,
      sum: 4.5,
      scale: -1,
      zeroCount: 1,
      positive: { offset: -3, bucketCounts: [1, 300] },
      negative: { offset: 0, bucketCounts: [] },
      zeroThreshold: 0.001,
    };
    const point = { startTime: [0, 0], endTime: [0, 2], attributes: {}, value } as unknown as DataPointRecord<never>;
    expect(pointOf('exponential', point)).toBe(
      '190200000000000000210600000000000000290000000000001240300139010000000000000042070805120301ac024a0071fca9f1d24d62503f',
    );
  });

  test.each([
    ['""', '', '0a00'],
    ['false', false, '1000'],
    ['int 0', 0, '1800'],
    ['[]', [], '2a00'],
    ['{}', {}, '3200'],
    ['empty bytes', new Uint8Array(0), '3a00'],
    ['int -1', -1, '18ffffffffffffffffff01'],
    ['the smallest int64', -(2n ** 63n), '1880808080808080808001'],
    ['empty', null, ''],
  ])('the attribute value %s', (_, value, expected) => {
    const keyValue = `0a0161${`12${(expected.length / 2).toString(16).padStart(2, '0')}`}${expected}`;
    const bytes = encodeResource({ attributes: { a: value } });
    expect(hex(bytes.subarray(2))).toBe(keyValue);
    expect(decodeResource(bytes).attributes).toEqual({ a: value });
  });

  test('the double 0 as attribute value, which needs its mark', () => {
    const bytes = Buffer.from('0a0e0a01611209210000000000000000', 'hex');
    expect(hex(encodeResource(decodeResource(bytes)))).toBe(hex(bytes));
  });

  test('a trace response that rejects two spans', () => {
    const response = { rejected: 2, message: 'bad' };
    expect(hex(encodeExportResponse('traces', response, 'proto'))).toBe('0a0708021203626164');
    expect(decodeExportResponse('traces', Buffer.from('0a0708021203626164', 'hex'), 'proto')).toEqual(response);
    const json = '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}}';
    expect(Buffer.from(encodeExportResponse('traces', response, 'json')).toString()).toBe(json);
    expect(decodeExportResponse('traces', Buffer.from(json), 'json')).toEqual(response);
  });

  test('full success in all three forms', () => {
    const success = { rejected: 0, message: '' };
    expect(encodeExportResponse('logs', success, 'proto')).toHaveLength(0);
    expect(decodeExportResponse('logs', new Uint8Array(0), 'proto')).toEqual(success);
    expect(decodeExportResponse('logs', new Uint8Array([0x0a, 0]), 'proto')).toEqual(success);
    expect(decodeExportResponse('logs', Buffer.from('{"partialSuccess":{}}'), 'json')).toEqual(success);
  });

  test('a status with RetryInfo', () => {
    const status = { code: 14, message: 'busy', retryDelayMs: 5000 };
    const bytes =
      '080e1204627573791a300a28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e5265747279496e666f12040a020805';
    expect(hex(encodeStatus(status, 'proto'))).toBe(bytes);
    expect(decodeStatus(Buffer.from(bytes, 'hex'), 'proto')).toEqual(status);
    expect(decodeStatus(encodeStatus(status, 'json'), 'json')).toEqual(status);
  });

  test('a resource with an entity', () => {
    const host = {
      attributes: { 'host.id': 'h' },
      entityRefs: [{ type: 'host', idKeys: ['host.id'], descriptionKeys: [] }],
    };
    const bytes = '0a0e0a07686f73742e696412030a01681a0f1204686f73741a07686f73742e6964';
    expect(hex(encodeResource(host))).toBe(bytes);
    expect(decodeResource(Buffer.from(bytes, 'hex'))).toEqual(host);
  });
});
