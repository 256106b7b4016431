/**
 * What the OpenTelemetry SDKs of 2.x and 3.x expect of the parts they are given, by shape: nothing of an SDK is
 * imported, so one package serves both lines. `test/contracts.types.test.ts` (and its twin for 2.x) holds them to it.
 */
import type { SdkRecordOf } from '@telemetryflow/otlp';

/** A `SpanProcessor`. */
export interface PipelineSpanProcessor {
  onStart(span: unknown, parentContext: unknown): void;
  onEnd(span: SdkRecordOf['traces']): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** A `LogRecordProcessor`. */
export interface PipelineLogRecordProcessor {
  onEmit(logRecord: SdkRecordOf['logs'], context?: unknown): void;
  forceFlush(options?: TimeoutOption): Promise<void>;
  shutdown(): Promise<void>;
}

/** What a meter provider gives its readers to collect from. */
export interface MetricProducer {
  collect(options?: TimeoutOption): Promise<MetricCollection>;
}

/** What a collection of metrics gave. */
export interface MetricCollection {
  readonly resourceMetrics: SdkRecordOf['metrics'];
  /** What the host's callbacks threw. */
  readonly errors: readonly unknown[];
}

/**
 * An `IMetricReader`. Numbers are those of the SDK's enums.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { PipelineMetricReader, TimeoutOption } from '@telemetryflow/sdk';
 * import { fromConfig, type MetricCollection, type MetricProducer } from '@telemetryflow/sdk';
 *
 * // What a MeterProvider does with the readers it is given.
 * const resourceMetrics = { resource: { attributes: {} }, scopeMetrics: [] };
 * const producer: MetricProducer = {
 *   collect: async (): Promise<MetricCollection> => ({ resourceMetrics, errors: [] }),
 * };
 * const telemetry = fromConfig({ exporters: { debug: {} } }, { plugins: [debug] });
 * const readers: PipelineMetricReader[] = telemetry.metricReaders;
 * for (const reader of readers) reader.setMetricProducer(producer);
 * const timeout: TimeoutOption = { timeoutMillis: 1000 };
 * const collected = await readers[0]?.collect(timeout);
 * await telemetry.shutdown();
 * assert.deepEqual(collected?.errors, []);
 * ```
 */
export interface PipelineMetricReader {
  /** Called by the meter provider, once. */
  setMetricProducer(producer: MetricProducer): void;
  /** Always the default aggregation of the instrument. */
  selectAggregation(instrumentType: string): { type: 0 };
  /** 0 delta, 1 cumulative. */
  selectAggregationTemporality(instrumentType: string): 0 | 1;
  selectCardinalityLimit(instrumentType: string): number;
  /** `Result` is the `CollectionResult` of your SDK. */
  collect<Result = MetricCollection>(options?: TimeoutOption): Promise<Result>;
  forceFlush(options?: TimeoutOption): Promise<void>;
  shutdown(options?: TimeoutOption): Promise<void>;
}

/** What an exporter of an SDK reports: 0 success, 1 failure. */
export interface ExportResult {
  code: 0 | 1;
  error?: Error;
}

/**
 * A `SpanExporter`, `LogRecordExporter` or `PushMetricExporter`, by what it exports.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { type ExportResult, type PipelineExporter, spanExporter, type Watchable } from '@telemetryflow/sdk';
 *
 * const exporter: PipelineExporter<never[]> & Watchable = spanExporter(debug);
 * const result = await new Promise<ExportResult>((resolve) => exporter.export([], resolve));
 * assert.deepEqual(result, { code: 0 });
 * assert.equal(exporter.status().state, 'ok');
 * await exporter.shutdown();
 * ```
 */
export interface PipelineExporter<Exported> {
  export(exported: Exported, resultCallback: (result: ExportResult) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** As the SDKs spell it. */
export interface TimeoutOption {
  readonly timeoutMillis?: number;
}
