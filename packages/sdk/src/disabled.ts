/** With `OTEL_SDK_DISABLED=true`: parts that do nothing, and a pipeline that takes nothing. */
import type { DeliveryReport, Pipeline, PipelineStatus } from '@telemetryflow/kernel';
import type { MetricCollection } from './contracts.ts';
import { reportWith } from './report.ts';
import type { Telemetry } from './telemetry.ts';

const STOPPED: PipelineStatus = Object.freeze({ state: 'stopped', components: Object.freeze({}) });
const nothing = async (): Promise<void> => {};
const nothingSent = async (): Promise<DeliveryReport> => reportWith();

const common = {
  status: () => STOPPED,
  onStatus: () => () => {},
  forceFlush: nothingSent,
  shutdown: nothingSent,
  [Symbol.asyncDispose]: nothing,
};

export const disabledPipeline: Pipeline = Object.freeze({
  ...common,
  start: nothing,
  consume: nothing,
  accepts: () => false,
  temporality: 'cumulative',
  ledger: () => ({ pipelines: {}, exporters: {} }),
});

export function disabledTelemetry(): Telemetry {
  return {
    ...common,
    pipeline: Promise.resolve(disabledPipeline),
    spanProcessors: [{ onStart() {}, onEnd() {}, forceFlush: nothing, shutdown: nothing }],
    logRecordProcessors: [{ onEmit() {}, forceFlush: nothing, shutdown: nothing }],
    metricReaders: [
      {
        setMetricProducer() {},
        selectAggregation: () => ({ type: 0 }),
        selectAggregationTemporality: () => 1,
        selectCardinalityLimit: () => 0,
        collect: <Result = MetricCollection>() => Promise.reject<Result>(new Error('OTEL_SDK_DISABLED is true')),
        forceFlush: nothing,
        shutdown: nothing,
      },
    ],
  };
}
