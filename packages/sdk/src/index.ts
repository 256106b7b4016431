export type * from './contracts.ts';
export {
  type ExporterConfig,
  logRecordExporter,
  metricExporter,
  type PipelineLogRecordExporter,
  type PipelineMetricExporter,
  type PipelineSpanExporter,
  spanExporter,
} from './exporters.ts';
export { fromConfig } from './from-config.ts';
export { type Flushable, flushAfter } from './invocation.ts';
export type { SingleExporterOptions, Watchable } from './single-exporter.ts';
export type { Telemetry, TelemetryOptions } from './telemetry.ts';
export type { TemporalityPreference } from './temporality.ts';
