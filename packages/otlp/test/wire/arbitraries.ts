/** Random OTLP requests as plain messages, for protobufjs to encode. */
import type { Signal } from '@telemetryflow/otlp';
import fc from 'fast-check';
import type { Plain } from './oracle.ts';

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('service.name', 'a'.repeat(200), 'ünï', '"\\\n\u0001', '\u{1f600}'),
);
const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value));
const traceId = bytes(16);
const spanId = bytes(8);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const int64 = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(0n, -1n, 2n ** 53n))
  .map(String);
const uint32 = fc.nat({ max: 0xffffffff });
const sint32 = fc.integer();
const double = fc.double();
const some = <T>(of: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> => fc.array(of, { maxLength });
const message = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Plain> =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Plain>;

const { anyValue } = fc.letrec<{ anyValue: Plain; keyValue: Plain }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant<Plain>({}),
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: double }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 8 }).map((value) => Buffer.from(value)) }),
    fc.record({ arrayValue: fc.record({ values: some(tie('anyValue')) }) }),
    fc.record({ kvlistValue: fc.record({ values: some(tie('keyValue')) }) }),
  ) as fc.Arbitrary<Plain>,
  keyValue: message({ key: text, value: tie('anyValue') }),
}));
const attributes = some(message({ key: text, value: anyValue }));

const resource = message({
  attributes,
  droppedAttributesCount: uint32,
  entityRefs: some(message({ schemaUrl: text, type: text, idKeys: some(text), descriptionKeys: some(text) }), 2),
});
const scope = message({ name: text, version: text, attributes, droppedAttributesCount: uint32 });

const span = message({
  traceId,
  spanId,
  traceState: text,
  parentSpanId: spanId,
  name: text,
  kind: fc.constantFrom(0, 1, 2, 5, 77),
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  attributes,
  droppedAttributesCount: uint32,
  events: some(message({ timeUnixNano: uint64, name: text, attributes, droppedAttributesCount: uint32 }), 2),
  droppedEventsCount: uint32,
  links: some(message({ traceId, spanId, traceState: text, attributes, flags: uint32 }), 2),
  droppedLinksCount: uint32,
  status: message({ message: text, code: fc.constantFrom(0, 1, 2, -3) }),
  flags: uint32,
});

const logRecord = message({
  timeUnixNano: uint64,
  observedTimeUnixNano: uint64,
  severityNumber: fc.nat({ max: 30 }),
  severityText: text,
  body: anyValue,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId,
  spanId,
  eventName: text,
});

const value = fc.oneof(fc.record({ asDouble: double }), fc.record({ asInt: int64 }), fc.constant({}));
const exemplars = some(
  fc
    .tuple(message({ timeUnixNano: uint64, spanId, traceId, filteredAttributes: attributes }), value)
    .map(([fields, set]) => ({ ...fields, ...set })),
  2,
);
const times = { startTimeUnixNano: uint64, timeUnixNano: uint64, attributes, flags: uint32 };
const numberPoint = fc.tuple(message({ ...times, exemplars }), value).map(([fields, set]) => ({ ...fields, ...set }));
const histogramPoint = message({
  ...times,
  count: uint64,
  sum: double,
  bucketCounts: some(uint64, 5),
  explicitBounds: some(double, 5),
  exemplars,
  min: double,
  max: double,
});
const buckets = message({ offset: sint32, bucketCounts: some(uint64, 5) });
const exponentialPoint = message({
  ...times,
  count: uint64,
  sum: double,
  scale: sint32,
  zeroCount: uint64,
  positive: buckets,
  negative: buckets,
  exemplars,
  min: double,
  max: double,
  zeroThreshold: double,
});
const summaryPoint = message({
  ...times,
  count: uint64,
  sum: double,
  quantileValues: some(message({ quantile: double, value: double })),
});
const temporality = fc.constantFrom(0, 1, 2, 9);
const data = fc.oneof(
  fc.constant({}),
  fc.record({ gauge: message({ dataPoints: some(numberPoint) }) }),
  fc.record({
    sum: message({ dataPoints: some(numberPoint), aggregationTemporality: temporality, isMonotonic: fc.boolean() }),
  }),
  fc.record({ histogram: message({ dataPoints: some(histogramPoint), aggregationTemporality: temporality }) }),
  fc.record({
    exponentialHistogram: message({ dataPoints: some(exponentialPoint), aggregationTemporality: temporality }),
  }),
  fc.record({ summary: message({ dataPoints: some(summaryPoint) }) }),
);
const metric = fc
  .tuple(message({ name: text, description: text, unit: text, metadata: attributes }), data)
  .map(([fields, set]) => ({ ...fields, ...set }));

function request(outer: string, inner: string, leaf: string, item: fc.Arbitrary<Plain>): fc.Arbitrary<Plain> {
  const scopes = some(message({ scope, [leaf]: some(item, 4), schemaUrl: text }));
  return message({ [outer]: some(message({ resource, [inner]: scopes, schemaUrl: text })) });
}

/** A request of each signal. */
export const requests: Record<Signal, fc.Arbitrary<Plain>> = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
};
