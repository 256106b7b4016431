export type * from './contracts.ts';
export type { Converted, Unconverted } from './converted.ts';
export { configFromDeclarative } from './declarative-config.ts';
export { parseDeclarative } from './declarative-file.ts';
export { configFromEnv } from './env-config.ts';
export type { Variables } from './environment.ts';
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
export { fromEnv } from './from-env.ts';
export { type Flushable, flushAfter } from './invocation.ts';
export type { PipelineSource } from './opening.ts';
export type { SingleExporterOptions, Watchable } from './single-exporter.ts';
export type { Telemetry, TelemetryOptions } from './telemetry.ts';
export type { TemporalityPreference } from './temporality.ts';
