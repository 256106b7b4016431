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
 * ```ts
 * import assert from 'node:assert/strict';
 * import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
 * import debug from '@telemetryflow/exporter-debug';
 * import { consoleLogger } from '@telemetryflow/kernel';
 * import {
 *   type ExporterConfig,
 *   type PipelineSpanExporter,
 *   type SingleExporterOptions,
 *   spanExporter,
 * } from '@telemetryflow/sdk';
 *
 * const config: ExporterConfig = { verbosity: 'basic' };
 * const options: SingleExporterOptions = { logger: consoleLogger('error') };
 * const exporter: PipelineSpanExporter = spanExporter(debug, config, options);
 * const tracers = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
 * tracers.getTracer('shop').startSpan('checkout').end();
 * await tracers.shutdown();
 * const ledgers = (await exporter.pipeline).ledger();
 * assert.equal(ledgers.exporters['debug']?.traces?.delivered, 1);
 * ```
 */
export function spanExporter(
  definition: ExporterDefinition,
  config: ExporterConfig = {},
  options: SingleExporterOptions = {},
): PipelineSpanExporter {
  return singleExporter('traces', definition, config, options);
}

/**
 * For `BatchLogRecordProcessor` and the like; see {@link spanExporter}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
 * import debug from '@telemetryflow/exporter-debug';
 * import { logRecordExporter, type PipelineLogRecordExporter } from '@telemetryflow/sdk';
 *
 * const exporter: PipelineLogRecordExporter = logRecordExporter(debug, { verbosity: 'basic' });
 * const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
 * loggers.getLogger('shop').emit({ body: 'order taken' });
 * await loggers.shutdown();
 * const ledgers = (await exporter.pipeline).ledger();
 * assert.equal(ledgers.exporters['debug']?.logs?.delivered, 1);
 * ```
 */
export function logRecordExporter(
  definition: ExporterDefinition,
  config: ExporterConfig = {},
  options: SingleExporterOptions = {},
): PipelineLogRecordExporter {
  return singleExporter('logs', definition, config, options);
}

/**
 * For `PeriodicExportingMetricReader`, with the temporality the exporter asks for; see {@link spanExporter}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
 * import debug from '@telemetryflow/exporter-debug';
 * import { metricExporter, type PipelineMetricExporter, type TemporalityPreference } from '@telemetryflow/sdk';
 *
 * const temporality: TemporalityPreference = 'delta';
 * const exporter: PipelineMetricExporter = metricExporter(debug, { verbosity: 'basic' }, { temporality });
 * const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
 * meters.getMeter('shop').createCounter('orders').add(1);
 * await meters.shutdown();
 * const ledgers = (await exporter.pipeline).ledger();
 * assert.equal(ledgers.exporters['debug']?.metrics?.delivered, 1);
 * assert.equal(exporter.selectAggregationTemporality('COUNTER'), 0);
 * ```
 */
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
