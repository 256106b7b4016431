/** A TelemetryFlow exporter as an exporter of the OpenTelemetry SDK, for those who keep the SDK's own processors. */
import type { ExporterDefinition } from '@telemetryflow/kernel';
import type { SdkRecordOf } from '@telemetryflow/otlp';
import type { PipelineExporter } from './contracts.ts';
import { metricSettings } from './environment.ts';
import { type SingleExporterOptions, singleExporter, type Watchable } from './single-exporter.ts';
import { type TemporalityPreference, temporalityOf } from './temporality.ts';

/** The exporter's own options, as under its name in a configuration. */
export type ExporterConfig = Readonly<Record<string, unknown>>;

/** A `SpanExporter`. */
export type PipelineSpanExporter = PipelineExporter<SdkRecordOf['traces'][]> & Watchable;
/** A `LogRecordExporter`. */
export type PipelineLogRecordExporter = PipelineExporter<SdkRecordOf['logs'][]> & Watchable;
/** A `PushMetricExporter`. */
export interface PipelineMetricExporter extends PipelineExporter<SdkRecordOf['metrics']>, Watchable {
  /** 0 delta, 1 cumulative. */
  selectAggregationTemporality(instrumentType: string): 0 | 1;
}

/**
 * For `BatchSpanProcessor` and the like. `export` calls back when every span had its first attempt: with success when
 * the backend took it or when it waits in the exporter's queue for the next attempt, with failure when it was given up.
 *
 * @example
 * new BatchSpanProcessor(spanExporter(otlpHttp, { endpoint: 'http://localhost:4318' }));
 */
export function spanExporter(
  definition: ExporterDefinition,
  config: ExporterConfig = {},
  options: SingleExporterOptions = {},
): PipelineSpanExporter {
  return singleExporter('traces', definition, config, options);
}

/** For `BatchLogRecordProcessor` and the like; see {@link spanExporter}. */
export function logRecordExporter(
  definition: ExporterDefinition,
  config: ExporterConfig = {},
  options: SingleExporterOptions = {},
): PipelineLogRecordExporter {
  return singleExporter('logs', definition, config, options);
}

/** For `PeriodicExportingMetricReader`, with the temporality the exporter asks for; see {@link spanExporter}. */
export function metricExporter(
  definition: ExporterDefinition,
  config: ExporterConfig = {},
  options: SingleExporterOptions & { readonly temporality?: TemporalityPreference } = {},
): PipelineMetricExporter {
  const { temporality, ...rest } = options;
  const exporter = singleExporter('metrics', definition, config, rest);
  const settings = metricSettings(process.env, temporality === undefined ? {} : { temporality });
  let preferred: TemporalityPreference = 'cumulative';
  void exporter.running.then((pipeline) => {
    if (pipeline !== undefined) preferred = pipeline.temporality;
  });
  return {
    ...exporter,
    export: (metrics, resultCallback) => exporter.export([metrics], resultCallback),
    selectAggregationTemporality: (instrumentType) => temporalityOf(settings.temporality ?? preferred, instrumentType),
  };
}
