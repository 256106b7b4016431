/**
 * One check per row of docs/reference/records.md, for the 3.x line; test/otel-2x has the rows of 2.x. The types are
 * the test: a row that no longer holds does not compile.
 */
import { expect, test } from '@jest/globals';
import { type HrTime as SdkHrTime, SpanKind } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import {
  type DataPoint,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type MetricDescriptor,
  type ResourceMetrics,
  DataPointType as SdkDataPointType,
  AggregationTemporality as SdkTemporality,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import {
  AggregationTemporality,
  DataPointType,
  type HistogramValue,
  type HrTime,
  type LogRecord,
  type MetricRecord,
  type RecordOf,
  type ResourceRecord,
  type SdkRecordOf,
  type SpanEventRecord,
  type SpanLinkRecord,
  type SpanRecord,
} from '@telemetryflow/otlp';

type Fits<From, To> = [From] extends [To] ? true : false;
type Has<T, Key extends string> = Key extends keyof T ? true : false;

/** Compiles only when the type says what the row says; of several facts, `false` says that none holds. */
function row<Fact extends boolean>(expected: true extends Fact ? true : false): void {
  expect(typeof expected).toBe('boolean');
}

test('SDK objects are records, by the types the SDK gives them', () => {
  row<Fits<ReadableSpan, SdkRecordOf['traces']>>(true);
  row<Fits<ReadableLogRecord, SdkRecordOf['logs']>>(true);
  row<Fits<ResourceMetrics, SdkRecordOf['metrics']>>(true);
});

test('records are what SDK objects are by those types, too', () => {
  row<Fits<SpanRecord, SdkRecordOf['traces']>>(true);
  row<Fits<LogRecord, SdkRecordOf['logs']>>(true);
  row<Fits<RecordOf['metrics'], SdkRecordOf['metrics']>>(true);
});

test('records are no SDK objects: assignability is one way', () => {
  row<Fits<SpanRecord, ReadableSpan>>(false);
  row<Fits<LogRecord, ReadableLogRecord>>(false);
  row<Fits<RecordOf['metrics'], ResourceMetrics>>(false);
});

test('attribute values of 3.x are unknown, of spans as of logs', () => {
  row<Fits<unknown, ReadableSpan['attributes'][string]>>(true);
  row<Fits<unknown, ReadableLogRecord['attributes'][string]>>(true);
  row<Fits<ReadableSpan['attributes'], SpanRecord['attributes']>>(false);
});

test('log bodies of 3.x are unknown', () => {
  row<Fits<unknown, ReadableLogRecord['body']>>(true);
  row<Has<ReadableLogRecord, 'bodyIsDouble'>>(false);
  row<Has<LogRecord, 'bodyIsDouble'>>(true);
});

test('flags of spans, links and log records are in records only', () => {
  row<Has<ReadableSpan, 'flags'> | Has<ReadableSpan['links'][number], 'flags'> | Has<ReadableLogRecord, 'flags'>>(
    false,
  );
  row<Has<SpanRecord, 'flags'>>(true);
  row<Has<SpanLinkRecord, 'flags'>>(true);
  row<Has<LogRecord, 'flags'>>(true);
});

test('the kind as received is in records only; the numbers of the others agree', () => {
  row<Has<ReadableSpan, 'otlpKind'>>(false);
  row<Has<SpanRecord, 'otlpKind'>>(true);
  expect([SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]).toEqual([
    0, 1, 2, 3, 4,
  ]);
});

test('events and links have dropped counts in both', () => {
  row<Has<TimedEvent, 'droppedAttributesCount'>>(true);
  row<Has<ReadableSpan['links'][number], 'droppedAttributesCount'>>(true);
  row<Has<SpanEventRecord, 'droppedAttributesCount'>>(true);
});

test('resources of records add a dropped count and entities, those of the SDK methods', () => {
  row<Has<Resource, 'entityRefs'> | Has<Resource, 'droppedAttributesCount'>>(false);
  row<Has<ResourceRecord, 'entityRefs'>>(true);
  row<Has<ResourceRecord, 'droppedAttributesCount'>>(true);
  row<Has<Resource, 'merge'>>(true);
  row<Has<ResourceRecord, 'merge'>>(false);
});

test('only the scopes of SDK log records have attributes', () => {
  row<Has<ReadableSpan['instrumentationScope'], 'attributes'>>(false);
  row<Has<ResourceMetrics['scopeMetrics'][number]['scope'], 'attributes'>>(false);
  row<Has<ReadableLogRecord['instrumentationScope'], 'attributes'>>(true);
  row<Has<SpanRecord['instrumentationScope'], 'attributes'>>(true);
});

test('points of records add flags, exemplars and their own value type', () => {
  row<Has<DataPoint<number>, 'flags'> | Has<DataPoint<number>, 'exemplars'> | Has<DataPoint<number>, 'valueType'>>(
    false,
  );
  row<Has<MetricRecord['dataPoints'][number], 'flags'>>(true);
  row<Has<MetricRecord['dataPoints'][number], 'exemplars'>>(true);
  row<Has<MetricRecord['dataPoints'][number], 'valueType'>>(true);
});

test('summaries are in records only; the numbers of the other types agree', () => {
  row<Fits<4, MetricData['dataPointType']>>(false);
  row<Fits<4, MetricRecord['dataPointType']>>(true);
  const { SUMMARY: _, ...shared } = DataPointType;
  expect(SdkDataPointType).toMatchObject(shared);
});

test('a point without value is undefined in records; SDK points always have one', () => {
  row<Fits<undefined, DataPoint<number>['value']>>(false);
  row<Fits<undefined, Extract<MetricRecord, { dataPointType: 2 }>['dataPoints'][number]['value']>>(true);
});

test('counts beyond 2^53 are bigints in records only', () => {
  row<Fits<bigint, Histogram['count']>>(false);
  row<Fits<bigint, HistogramValue['count']>>(true);
});

test('metric metadata, zero thresholds, unknown temporalities and metrics without data are in records only', () => {
  row<Has<MetricDescriptor, 'metadata'> | Has<ExponentialHistogram, 'zeroThreshold'>>(false);
  row<Has<MetricData, 'otlpTemporality'> | Has<MetricData, 'noData'>>(false);
  row<Has<MetricRecord['descriptor'], 'metadata'>>(true);
  row<Has<MetricRecord, 'otlpTemporality'>>(true);
  row<Has<MetricRecord, 'noData'>>(true);
  expect(SdkTemporality).toMatchObject(AggregationTemporality);
});

test('times of the SDK may be changed, those of records not', () => {
  row<Fits<SdkHrTime, HrTime>>(true);
  row<Fits<HrTime, SdkHrTime>>(false);
});

test('what both lines of the SDK and records have under the same name', () => {
  row<Has<ReadableSpan, 'parentSpanContext'>>(true);
  row<Has<ReturnType<ReadableSpan['spanContext']>, 'traceState'>>(true);
  row<Fits<ReadableSpan['status'], SpanRecord['status']>>(true);
  row<Fits<ReadableSpan['duration'], SpanRecord['duration']>>(true);
  row<Has<ReadableLogRecord, 'eventName'>>(true);
  row<Has<ReadableLogRecord, 'spanContext'>>(true);
  row<Fits<ReadableLogRecord['severityNumber'], LogRecord['severityNumber']>>(true);
  row<Has<Resource, 'schemaUrl'>>(true);
  row<Has<Resource, 'asyncAttributesPending'>>(true);
});
