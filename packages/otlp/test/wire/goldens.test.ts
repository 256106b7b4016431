import { describe, expect, test } from '@jest/globals';
import { count, jsonFromProtobuf, protobufFromJson, type Signal, slice, validate } from '@telemetryflow/otlp';

/** Requests whose bytes were made with the official definitions by another library, and their OTLP/JSON. */
const TRACE =
  '0a6b0a150a130a0c736572766963652e6e616d6512030a016112520a030a0173124b0a105b8efff798038103d269b633813fc60c1208eee1' +
  '9b7ec3c1b1742208eee19b7ec3c1b1732a026f70300239004859e3faeb6f15410012f41efbeb6f157a051201781802850101010000';
const TRACE_JSON =
  '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[' +
  '{"scope":{"name":"s"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",' +
  '"parentSpanId":"eee19b7ec3c1b173","name":"op","kind":2,"startTimeUnixNano":"1544712660000000000",' +
  '"endTimeUnixNano":"1544712661000000000","status":{"message":"x","code":2},"flags":257}]}]}]}';

const LOG_RECORD =
  '0900eb3af5faeb6f1510091a04494e464f2a2632240a100a016e120b18ffffffffffffffffff010a090a016212043a0200ff0a050a0165' +
  '120045010000004a105b8efff798038103d269b633813fc60c5208eee19b7ec3c1b1745900eb3af5faeb6f1562026576';
const LOG_RECORD_JSON =
  '{"timeUnixNano":"1544712660300000000","severityNumber":9,"severityText":"INFO","body":{"kvlistValue":{"values":[' +
  '{"key":"n","value":{"intValue":"-1"}},{"key":"b","value":{"bytesValue":"AP8="}},{"key":"e","value":{}}]}},' +
  '"flags":1,"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",' +
  '"observedTimeUnixNano":"1544712660300000000","eventName":"ev"}';

const field = (tag: string, content: string): string => {
  const length = content.length / 2;
  const varint = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return tag + Buffer.from(varint).toString('hex') + content;
};
const logs = (record: string): string => field('0a', field('12', field('12', record)));
const logsJson = (record: string): string => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`;
const body = (value: string): string => logs(field('2a', value));
const metric = (dataTag: string, point: string): string =>
  field('0a', field('12', field('12', field(dataTag, field('0a', point)))));
const metricJson = (data: string, point: string): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"${data}":{"dataPoints":[${point}]}}]}]}]}`;

const HISTOGRAM =
  '1101000000000000001902000000000000002103000000000000002900000000000000003210010000000000000002000000000000003a08' +
  '000000000000e03f59000000000000d0bf';
const EXPONENTIAL =
  '190200000000000000210600000000000000290000000000001240300139010000000000000042070805120301ac024a0071fca9f1d24d62503f';

const GOLDENS: [what: string, signal: Signal, hex: string, json: string][] = [
  ['a span', 'traces', TRACE, TRACE_JSON],
  ['a log record', 'logs', logs(LOG_RECORD), logsJson(LOG_RECORD_JSON)],
  ...[
    ['as_int 0', '190100000000000000310000000000000000', '{"timeUnixNano":"1","asInt":"0"}'],
    ['as_double 0', '190100000000000000210000000000000000', '{"timeUnixNano":"1","asDouble":0}'],
    ['as_int -1', '19010000000000000031ffffffffffffffff', '{"timeUnixNano":"1","asInt":"-1"}'],
    ['NaN', '19010000000000000021000000000000f87f', '{"timeUnixNano":"1","asDouble":"NaN"}'],
    ['no recorded value', '1901000000000000004001', '{"timeUnixNano":"1","flags":1}'],
  ].map(
    ([what, hex, json]) =>
      [`a number point, ${what}`, 'metrics', metric('2a', `${hex}`), metricJson('gauge', `${json}`)] as [
        string,
        Signal,
        string,
        string,
      ],
  ),
  [
    'a histogram point',
    'metrics',
    metric('4a', HISTOGRAM),
    metricJson(
      'histogram',
      '{"startTimeUnixNano":"1","timeUnixNano":"2","count":"3","sum":0,"bucketCounts":["1","2"],"explicitBounds":[0.5],"min":-0.25}',
    ),
  ],
  [
    'an exponential histogram point',
    'metrics',
    metric('52', EXPONENTIAL),
    metricJson(
      'exponentialHistogram',
      '{"timeUnixNano":"2","count":"6","sum":4.5,"scale":-1,"zeroCount":"1",' +
        '"positive":{"offset":-3,"bucketCounts":["1","300"]},"negative":{},"zeroThreshold":0.001}',
    ),
  ],
  ...[
    ['an empty string', '0a00', '{"stringValue":""}'],
    ['false', '1000', '{"boolValue":false}'],
    ['integer 0', '1800', '{"intValue":"0"}'],
    ['double 0', '210000000000000000', '{"doubleValue":0}'],
    ['an empty array', '2a00', '{"arrayValue":{"values":[]}}'],
    ['an empty map', '3200', '{"kvlistValue":{"values":[]}}'],
    ['empty bytes', '3a00', '{"bytesValue":""}'],
    ['integer -1', '18ffffffffffffffffff01', '{"intValue":"-1"}'],
    ['the smallest integer', '1880808080808080808001', '{"intValue":"-9223372036854775808"}'],
    ['the empty value', '', '{}'],
  ].map(
    ([what, hex, json]) =>
      [`a body of ${what}`, 'logs', body(`${hex}`), logsJson(`{"body":${json}}`)] as [string, Signal, string, string],
  ),
  [
    'a resource with an entity',
    'logs',
    field('0a', field('0a', '0a0e0a07686f73742e696412030a01681a0f1204686f73741a07686f73742e6964')),
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"h"}}],' +
      '"entityRefs":[{"type":"host","idKeys":["host.id"]}]}}]}',
  ],
];

describe('the golden requests', () => {
  test.each(GOLDENS)('%s: JSON to protobuf', (_, signal, hex, json) => {
    expect(Buffer.from(protobufFromJson(signal, Buffer.from(json))).toString('hex')).toBe(hex);
  });

  test.each(GOLDENS)('%s: protobuf to JSON', (_, signal, hex, json) => {
    expect(Buffer.from(jsonFromProtobuf(signal, Buffer.from(hex, 'hex'))).toString()).toBe(json);
  });

  test.each(GOLDENS)('%s: is valid, counted, and cut out whole byte for byte', (_, signal, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    const items = validate(signal, bytes);
    expect(count(signal, bytes)).toBe(items);
    if (items > 0) expect(Buffer.from(slice(signal, bytes, 0, items)).toString('hex')).toBe(hex);
  });

  test('an empty array may leave out its list in JSON', () => {
    const json = logsJson('{"body":{"arrayValue":{}}}');
    expect(Buffer.from(protobufFromJson('logs', Buffer.from(json))).toString('hex')).toBe(body('2a00'));
  });
});
