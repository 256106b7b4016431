/** The parts fit what the SDKs of the 3.x line expect: the types are the test. `test/otel-2x` has the rows of 2.x. */
import { expect, test } from '@jest/globals';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AggregationType, type IMetricReader } from '@opentelemetry/sdk-metrics';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { PipelineLogRecordProcessor, PipelineMetricReader, PipelineSpanProcessor } from '../src/index.ts';

type Fits<From, To> = [From] extends [To] ? true : false;

function row<Fact extends boolean>(expected: Fact): void {
  expect(typeof expected).toBe('boolean');
}

test('the parts are those of the SDK, by type', () => {
  row<Fits<PipelineSpanProcessor, SpanProcessor>>(true);
  row<Fits<PipelineLogRecordProcessor, LogRecordProcessor>>(true);
  row<Fits<PipelineMetricReader, IMetricReader>>(true);
});

test('the aggregation of the reader is the default of the SDK', () => {
  expect(AggregationType.DEFAULT).toBe(0);
});
