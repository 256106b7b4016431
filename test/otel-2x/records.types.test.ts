/**
 * One check per row of docs/reference/records.md, for the 2.x line; packages/otlp/test has the rows of 3.x. The types
 * are the test: a row that no longer holds does not compile.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
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
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace-base';
import {
  AggregationTemporality,
  type AttributeMap,
  type AttributeValue,
  DataPointType,
  type HrTime,
  type LogRecord,
  type MetricRecord,
  type RecordOf,
  type SdkRecordOf,
  type SpanRecord,
} from '@telemetryflow/otlp';
import type { ReadableLogRecord as ReadableLogRecord3 } from '../../node_modules/@opentelemetry/sdk-logs/dist/index.mjs';
import type { ReadableSpan as ReadableSpan3 } from '../../node_modules/@opentelemetry/sdk-trace/dist/index.mjs';

type Fits<From, To> = [From] extends [To] ? true : false;
type Has<T, Key extends string> = Key extends keyof T ? true : false;

/** Compiles only when the type says what the row says; of several facts, `false` says that none holds. */
function row<Fact extends boolean>(expected: true extends Fact ? true : false): void {
  expect(typeof expected).toBe('boolean');
}

test('this workspace compiles', () => {
  const tsc = path.join(import.meta.dirname, '../../node_modules/.bin/tsc');
  const { stdout, status } = spawnSync(tsc, ['--noEmit', '--pretty', 'false', '-p', import.meta.dirname], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('SDK objects are records, by the types the SDK gives them', () => {
  row<Fits<ReadableSpan, SdkRecordOf['traces']>>(true);
  row<Fits<ReadableLogRecord, SdkRecordOf['logs']>>(true);
  row<Fits<ResourceMetrics, SdkRecordOf['metrics']>>(true);
});

test('records are no SDK objects: assignability is one way', () => {
  row<Fits<SpanRecord, ReadableSpan>>(false);
  row<Fits<LogRecord, ReadableLogRecord>>(false);
  row<Fits<RecordOf['metrics'], ResourceMetrics>>(false);
});

test('span attributes of 2.x are simple values, so that they are attributes of records as they are', () => {
  row<Fits<ReadableSpan['attributes'], AttributeMap>>(true);
  row<Fits<Uint8Array, ReadableSpan['attributes'][string]>>(false);
  row<Fits<{ a: 1 }, ReadableSpan['attributes'][string]>>(false);
  row<Fits<null, ReadableSpan['attributes'][string]>>(false);
  row<Fits<(string | number)[], ReadableSpan['attributes'][string]>>(false);
});

test('log attributes and bodies of 2.x may be maps, bytes, null and mixed arrays', () => {
  row<Fits<{ a: (string | number)[] } | Uint8Array | null, ReadableLogRecord['attributes'][string]>>(true);
  row<Fits<ReadableLogRecord['body'], AttributeValue>>(true);
  row<Fits<ReadableLogRecord['attributes'], AttributeMap>>(true);
});

test('flags, kinds as received and marked bodies are in records only', () => {
  row<Has<ReadableSpan, 'flags'> | Has<ReadableSpan['links'][number], 'flags'> | Has<ReadableLogRecord, 'flags'>>(
    false,
  );
  row<Has<ReadableSpan, 'otlpKind'> | Has<ReadableLogRecord, 'bodyIsDouble'>>(false);
  expect([SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]).toEqual([
    0, 1, 2, 3, 4,
  ]);
});

test('events and links have dropped counts in both', () => {
  row<Has<TimedEvent, 'droppedAttributesCount'>>(true);
  row<Has<ReadableSpan['links'][number], 'droppedAttributesCount'>>(true);
});

test('resources have methods but neither a dropped count nor entities', () => {
  row<Has<Resource, 'merge'>>(true);
  row<Has<Resource, 'entityRefs'> | Has<Resource, 'droppedAttributesCount'>>(false);
});

test('only the scopes of log records have attributes', () => {
  row<
    | Has<ReadableSpan['instrumentationScope'], 'attributes'>
    | Has<ResourceMetrics['scopeMetrics'][number]['scope'], 'attributes'>
  >(false);
  row<Has<ReadableLogRecord['instrumentationScope'], 'attributes'>>(true);
});

test('points have no flags, exemplars or value type, and always a value', () => {
  row<Has<DataPoint<number>, 'flags'> | Has<DataPoint<number>, 'exemplars'> | Has<DataPoint<number>, 'valueType'>>(
    false,
  );
  row<Fits<undefined, DataPoint<number>['value']>>(false);
  row<Fits<bigint, Histogram['count']>>(false);
});

test('there are no summaries; the numbers of the other types agree', () => {
  row<Fits<4, MetricData['dataPointType']>>(false);
  row<Fits<4, MetricRecord['dataPointType']>>(true);
  const { SUMMARY: _, ...shared } = DataPointType;
  expect(SdkDataPointType).toMatchObject(shared);
});

test('metric metadata, zero thresholds, unknown temporalities and metrics without data are in records only', () => {
  row<Has<MetricDescriptor, 'metadata'> | Has<ExponentialHistogram, 'zeroThreshold'>>(false);
  row<Has<MetricData, 'otlpTemporality'> | Has<MetricData, 'noData'>>(false);
  expect(SdkTemporality).toMatchObject(AggregationTemporality);
});

test('times of the SDK may be changed, those of records not', () => {
  row<Fits<SdkHrTime, HrTime>>(true);
  row<Fits<HrTime, SdkHrTime>>(false);
});

test('spans and log records fit from 2.x to 3.x but not back', () => {
  row<Fits<ReadableSpan, ReadableSpan3>>(true);
  row<Fits<ReadableLogRecord, ReadableLogRecord3>>(true);
  row<Fits<ReadableSpan3, ReadableSpan>>(false);
  row<Fits<ReadableLogRecord3, ReadableLogRecord>>(false);
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
