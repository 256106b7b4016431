/** What `fromConfig` gives: the parts an OpenTelemetry SDK is built from, and the pipeline behind them. */
import type {
  DeliveryReport,
  Pipeline,
  PipelineOptions,
  PipelineStatus,
  StatusListener,
  TimeLimit,
} from '@telemetryflow/kernel';
import type { PipelineLogRecordProcessor, PipelineMetricReader, PipelineSpanProcessor } from './contracts.ts';
import type { TemporalityPreference } from './temporality.ts';

/** What `fromConfig` takes besides the configuration. */
export interface TelemetryOptions extends PipelineOptions {
  /**
   * Deliver what is queued when the process ends: on `beforeExit`, on SIGTERM, and when an exception is not caught.
   * Default false: no handler is installed, and `shutdown` is yours to call.
   */
  readonly flushOnExit?: boolean;
  /** Longest time that `flushOnExit` holds up the end of the process, in ms. Default 5000. */
  readonly exitTimeoutMs?: number;
  /** Between two collections of metrics, in ms. Default `OTEL_METRIC_EXPORT_INTERVAL`, else 60,000. */
  readonly metricInterval?: number;
  /**
   * How metrics are read from the SDK. Default `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `delta` where
   * every exporter of metrics asks for delta, else `cumulative`. Each exporter gets what it asks for in any case.
   */
  readonly temporality?: TemporalityPreference;
  /** Spans, and log records, held while the pipeline starts; more are dropped and counted. Default 8192 of each. */
  readonly maxBufferedItems?: number;
}

/** A guest in the host's process: bounded memory, no timers that keep it alive, and it never ends the process. */
export interface Telemetry extends AsyncDisposable {
  /** One, for `NodeSDK`, `TracerProvider` or `BasicTracerProvider`. */
  readonly spanProcessors: PipelineSpanProcessor[];
  /** One, for `NodeSDK` or `LoggerProvider`. */
  readonly logRecordProcessors: PipelineLogRecordProcessor[];
  /** One, for `NodeSDK` or `MeterProvider` (there as `readers`). */
  readonly metricReaders: PipelineMetricReader[];
  /**
   * The running pipeline. Rejects with the ConfigError or LifecycleError that kept it from starting; whoever does not
   * wait for it finds the error in the log and in `status()`, and the host goes on without telemetry.
   */
  readonly pipeline: Promise<Pipeline>;
  /** The state of the pipeline and of each component, by `kind:id`. */
  status(): PipelineStatus;
  /** Calls `listener` on every change of state. Returns what ends it. */
  onStatus(listener: StatusListener): () => void;
  /** Collects metrics and sends everything now. Ends when every item had one attempt, or in time. Never rejects. */
  forceFlush(limit?: TimeLimit): Promise<DeliveryReport>;
  /**
   * Sends everything, then stops; a pipeline that was passed in is left running. Idempotent, never rejects. The SDK's
   * own `shutdown` does the same once it has shut down all the parts it was given.
   */
  shutdown(limit?: TimeLimit): Promise<DeliveryReport>;
}
