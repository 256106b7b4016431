/**
 * The OTLP messages as data (opentelemetry-proto 1.11): field numbers, JSON names and types. What walks or
 * transcodes bytes is driven by this table and nothing else.
 */
import type { Signal } from '../records.ts';

/** Types of single values. Ids are `bytes` that JSON writes in hex and that have a fixed length. */
export type ScalarType =
  | 'string'
  | 'bytes'
  | 'traceId'
  | 'spanId'
  | 'bool'
  | 'double'
  | 'int64'
  | 'uint64'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'spanKind'
  | 'statusCode'
  | 'severityNumber'
  | 'temporality';

export type MessageName =
  | 'TracesRequest'
  | 'MetricsRequest'
  | 'LogsRequest'
  | 'ResourceSpans'
  | 'ResourceMetrics'
  | 'ResourceLogs'
  | 'ScopeSpans'
  | 'ScopeMetrics'
  | 'ScopeLogs'
  | 'Resource'
  | 'EntityRef'
  | 'InstrumentationScope'
  | 'KeyValue'
  | 'AnyValue'
  | 'ArrayValue'
  | 'KeyValueList'
  | 'Span'
  | 'Event'
  | 'Link'
  | 'Status'
  | 'LogRecord'
  | 'Metric'
  | 'Gauge'
  | 'Sum'
  | 'Histogram'
  | 'ExponentialHistogram'
  | 'Summary'
  | 'NumberDataPoint'
  | 'HistogramDataPoint'
  | 'ExponentialHistogramDataPoint'
  | 'Buckets'
  | 'SummaryDataPoint'
  | 'ValueAtQuantile'
  | 'Exemplar';

/** `one` is a plain proto3 field, `set` one whose zero is written too (optional), `oneof` a member, `many` repeated. */
type Cardinality = 'one' | 'set' | 'oneof' | 'many';

/** One field: number, JSON name, type, cardinality. */
type FieldSpec = readonly [number: number, name: string, type: ScalarType | MessageName, cardinality?: Cardinality];

/** The message a request of each signal is. */
export const REQUESTS: { readonly [S in Signal]: MessageName } = {
  traces: 'TracesRequest',
  metrics: 'MetricsRequest',
  logs: 'LogsRequest',
};

/** Fields of each message, ascending by number. Profile-only fields are unknown here and passed over. */
export const MESSAGES: { readonly [N in MessageName]: readonly FieldSpec[] } = {
  TracesRequest: [[1, 'resourceSpans', 'ResourceSpans', 'many']],
  MetricsRequest: [[1, 'resourceMetrics', 'ResourceMetrics', 'many']],
  LogsRequest: [[1, 'resourceLogs', 'ResourceLogs', 'many']],
  ResourceSpans: [
    [1, 'resource', 'Resource'],
    [2, 'scopeSpans', 'ScopeSpans', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  ResourceMetrics: [
    [1, 'resource', 'Resource'],
    [2, 'scopeMetrics', 'ScopeMetrics', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  ResourceLogs: [
    [1, 'resource', 'Resource'],
    [2, 'scopeLogs', 'ScopeLogs', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  ScopeSpans: [
    [1, 'scope', 'InstrumentationScope'],
    [2, 'spans', 'Span', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  ScopeMetrics: [
    [1, 'scope', 'InstrumentationScope'],
    [2, 'metrics', 'Metric', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  ScopeLogs: [
    [1, 'scope', 'InstrumentationScope'],
    [2, 'logRecords', 'LogRecord', 'many'],
    [3, 'schemaUrl', 'string'],
  ],
  Resource: [
    [1, 'attributes', 'KeyValue', 'many'],
    [2, 'droppedAttributesCount', 'uint32'],
    [3, 'entityRefs', 'EntityRef', 'many'],
  ],
  EntityRef: [
    [1, 'schemaUrl', 'string'],
    [2, 'type', 'string'],
    [3, 'idKeys', 'string', 'many'],
    [4, 'descriptionKeys', 'string', 'many'],
  ],
  InstrumentationScope: [
    [1, 'name', 'string'],
    [2, 'version', 'string'],
    [3, 'attributes', 'KeyValue', 'many'],
    [4, 'droppedAttributesCount', 'uint32'],
  ],
  KeyValue: [
    [1, 'key', 'string'],
    [2, 'value', 'AnyValue'],
  ],
  AnyValue: [
    [1, 'stringValue', 'string', 'oneof'],
    [2, 'boolValue', 'bool', 'oneof'],
    [3, 'intValue', 'int64', 'oneof'],
    [4, 'doubleValue', 'double', 'oneof'],
    [5, 'arrayValue', 'ArrayValue', 'oneof'],
    [6, 'kvlistValue', 'KeyValueList', 'oneof'],
    [7, 'bytesValue', 'bytes', 'oneof'],
  ],
  ArrayValue: [[1, 'values', 'AnyValue', 'many']],
  KeyValueList: [[1, 'values', 'KeyValue', 'many']],
  Span: [
    [1, 'traceId', 'traceId'],
    [2, 'spanId', 'spanId'],
    [3, 'traceState', 'string'],
    [4, 'parentSpanId', 'spanId'],
    [5, 'name', 'string'],
    [6, 'kind', 'spanKind'],
    [7, 'startTimeUnixNano', 'fixed64'],
    [8, 'endTimeUnixNano', 'fixed64'],
    [9, 'attributes', 'KeyValue', 'many'],
    [10, 'droppedAttributesCount', 'uint32'],
    [11, 'events', 'Event', 'many'],
    [12, 'droppedEventsCount', 'uint32'],
    [13, 'links', 'Link', 'many'],
    [14, 'droppedLinksCount', 'uint32'],
    [15, 'status', 'Status'],
    [16, 'flags', 'fixed32'],
  ],
  Event: [
    [1, 'timeUnixNano', 'fixed64'],
    [2, 'name', 'string'],
    [3, 'attributes', 'KeyValue', 'many'],
    [4, 'droppedAttributesCount', 'uint32'],
  ],
  Link: [
    [1, 'traceId', 'traceId'],
    [2, 'spanId', 'spanId'],
    [3, 'traceState', 'string'],
    [4, 'attributes', 'KeyValue', 'many'],
    [5, 'droppedAttributesCount', 'uint32'],
    [6, 'flags', 'fixed32'],
  ],
  Status: [
    [2, 'message', 'string'],
    [3, 'code', 'statusCode'],
  ],
  LogRecord: [
    [1, 'timeUnixNano', 'fixed64'],
    [2, 'severityNumber', 'severityNumber'],
    [3, 'severityText', 'string'],
    [5, 'body', 'AnyValue'],
    [6, 'attributes', 'KeyValue', 'many'],
    [7, 'droppedAttributesCount', 'uint32'],
    [8, 'flags', 'fixed32'],
    [9, 'traceId', 'traceId'],
    [10, 'spanId', 'spanId'],
    [11, 'observedTimeUnixNano', 'fixed64'],
    [12, 'eventName', 'string'],
  ],
  Metric: [
    [1, 'name', 'string'],
    [2, 'description', 'string'],
    [3, 'unit', 'string'],
    [5, 'gauge', 'Gauge', 'oneof'],
    [7, 'sum', 'Sum', 'oneof'],
    [9, 'histogram', 'Histogram', 'oneof'],
    [10, 'exponentialHistogram', 'ExponentialHistogram', 'oneof'],
    [11, 'summary', 'Summary', 'oneof'],
    [12, 'metadata', 'KeyValue', 'many'],
  ],
  Gauge: [[1, 'dataPoints', 'NumberDataPoint', 'many']],
  Sum: [
    [1, 'dataPoints', 'NumberDataPoint', 'many'],
    [2, 'aggregationTemporality', 'temporality'],
    [3, 'isMonotonic', 'bool'],
  ],
  Histogram: [
    [1, 'dataPoints', 'HistogramDataPoint', 'many'],
    [2, 'aggregationTemporality', 'temporality'],
  ],
  ExponentialHistogram: [
    [1, 'dataPoints', 'ExponentialHistogramDataPoint', 'many'],
    [2, 'aggregationTemporality', 'temporality'],
  ],
  Summary: [[1, 'dataPoints', 'SummaryDataPoint', 'many']],
  NumberDataPoint: [
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'asDouble', 'double', 'oneof'],
    [5, 'exemplars', 'Exemplar', 'many'],
    [6, 'asInt', 'sfixed64', 'oneof'],
    [7, 'attributes', 'KeyValue', 'many'],
    [8, 'flags', 'uint32'],
  ],
  HistogramDataPoint: [
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'double', 'set'],
    [6, 'bucketCounts', 'fixed64', 'many'],
    [7, 'explicitBounds', 'double', 'many'],
    [8, 'exemplars', 'Exemplar', 'many'],
    [9, 'attributes', 'KeyValue', 'many'],
    [10, 'flags', 'uint32'],
    [11, 'min', 'double', 'set'],
    [12, 'max', 'double', 'set'],
  ],
  ExponentialHistogramDataPoint: [
    [1, 'attributes', 'KeyValue', 'many'],
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'double', 'set'],
    [6, 'scale', 'sint32'],
    [7, 'zeroCount', 'fixed64'],
    [8, 'positive', 'Buckets'],
    [9, 'negative', 'Buckets'],
    [10, 'flags', 'uint32'],
    [11, 'exemplars', 'Exemplar', 'many'],
    [12, 'min', 'double', 'set'],
    [13, 'max', 'double', 'set'],
    [14, 'zeroThreshold', 'double'],
  ],
  Buckets: [
    [1, 'offset', 'sint32'],
    [2, 'bucketCounts', 'uint64', 'many'],
  ],
  SummaryDataPoint: [
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'double'],
    [6, 'quantileValues', 'ValueAtQuantile', 'many'],
    [7, 'attributes', 'KeyValue', 'many'],
    [8, 'flags', 'uint32'],
  ],
  ValueAtQuantile: [
    [1, 'quantile', 'double'],
    [2, 'value', 'double'],
  ],
  Exemplar: [
    [2, 'timeUnixNano', 'fixed64'],
    [3, 'asDouble', 'double', 'oneof'],
    [4, 'spanId', 'spanId'],
    [5, 'traceId', 'traceId'],
    [6, 'asInt', 'sfixed64', 'oneof'],
    [7, 'filteredAttributes', 'KeyValue', 'many'],
  ],
};

/** Wire type of a single value of each scalar type. */
export const WIRE_TYPE: { readonly [T in ScalarType]: number } = {
  string: 2,
  bytes: 2,
  traceId: 2,
  spanId: 2,
  bool: 0,
  double: 1,
  int64: 0,
  uint64: 0,
  uint32: 0,
  sint32: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  spanKind: 0,
  statusCode: 0,
  severityNumber: 0,
  temporality: 0,
};

/** True for the name of a message, false for a scalar type. */
export function isMessage(type: ScalarType | MessageName): type is MessageName {
  return Object.hasOwn(MESSAGES, type);
}
