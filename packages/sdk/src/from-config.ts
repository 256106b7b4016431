/**
 * `fromConfig`: a pipeline as span processor, log record processor and metric reader. It returns at once, so that
 * instrumentation can be set up before the host's own modules load; the pipeline starts meanwhile, and what the SDK
 * hands over before it runs waits in bounded buffers.
 */
import { type DeliveryReport, holdProcess, systemClock, type TimeLimit, waitAtMost } from '@telemetryflow/kernel';
import { disabledTelemetry } from './disabled.ts';
import { DropCount } from './drop-count.ts';
import { metricSettings, sdkDisabled } from './environment.ts';
import { flushOnExit } from './exit.ts';
import { createLogRecordProcessor } from './log-record-processor.ts';
import { createMetricSource } from './metric-reader.ts';
import { open, ownLogger, type PipelineSource } from './opening.ts';
import { createPart } from './part.ts';
import { reportWith } from './report.ts';
import { ResourceGate } from './resource-gate.ts';
import { SignalBuffer } from './signal-buffer.ts';
import { createSpanProcessor } from './span-processor.ts';
import { trackState } from './state.ts';
import type { Telemetry, TelemetryOptions } from './telemetry.ts';

const MAX_BUFFERED_ITEMS = 8192;
const EXIT_TIMEOUT_MS = 5000;
/** For what happens before the pipeline's own time limit is known; the default of that. */
const PATIENCE_MS = 25_000;

/**
 * Takes a configuration object, the path of a YAML file, or a pipeline (which is started, and left running at the
 * end), or a promise of one of these. Throws nothing: see {@link Telemetry.pipeline}. With `OTEL_SDK_DISABLED=true` nothing is read or sent.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LoggerProvider } from '@opentelemetry/sdk-logs';
 * import { MeterProvider } from '@opentelemetry/sdk-metrics';
 * import { TracerProvider } from '@opentelemetry/sdk-trace';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { PipelineLogRecordProcessor, PipelineSpanProcessor } from '@telemetryflow/sdk';
 * import { fromConfig, type PipelineSource, type Telemetry, type TelemetryOptions } from '@telemetryflow/sdk';
 *
 * const source: PipelineSource = { exporters: { debug: { verbosity: 'basic' } } };
 * const options: TelemetryOptions = { plugins: [debug], metricInterval: 10_000 };
 * const telemetry: Telemetry = fromConfig(source, options);
 * const spanProcessors: PipelineSpanProcessor[] = telemetry.spanProcessors;
 * const processors: PipelineLogRecordProcessor[] = telemetry.logRecordProcessors;
 * const meters = new MeterProvider({ readers: telemetry.metricReaders });
 * new TracerProvider({ spanProcessors }).getTracer('shop').startSpan('checkout').end();
 * new LoggerProvider({ processors }).getLogger('shop').emit({ body: 'order taken' });
 * meters.getMeter('shop').createCounter('orders').add(1);
 * const { delivered, dropped } = await telemetry.shutdown();
 * assert.deepEqual([delivered, dropped], [3, 0]);
 * ```
 */
export function fromConfig(source: PipelineSource, options: TelemetryOptions = {}): Telemetry {
  if (sdkDisabled(process.env)) {
    Promise.resolve(source).catch(() => {});
    return disabledTelemetry();
  }
  const clock = options.clock ?? systemClock;
  const own = ownLogger(options);
  const state = trackState(clock);
  const { opening, running } = open(source, options, own, state);
  const drops = new DropCount(clock, own);
  const gate = new ResourceGate(clock, own);
  const buffered = { gate, drops, maxItems: options.maxBufferedItems ?? MAX_BUFFERED_ITEMS };
  const spans = new SignalBuffer('traces', buffered);
  const logs = new SignalBuffer('logs', buffered);
  const settings = metricSettings(process.env, options);
  const metrics = createMetricSource({
    ...settings,
    clock,
    logger: own,
    gate,
    drops,
    running,
    preference: () => settings.temporality ?? state.pipeline?.temporality ?? 'cumulative',
  });
  void running.then((pipeline) => {
    for (const buffer of [spans, logs]) {
      if (pipeline === undefined) buffer.lose('unavailable');
      else buffer.open(pipeline);
    }
  });

  const report = (delivered: DeliveryReport | undefined): DeliveryReport =>
    reportWith(delivered, drops.entries(), spans.size + logs.size);

  /** Brings everything into the pipeline, within the limit; what is left of that for the pipeline. */
  async function prepare(collecting: Promise<void> | undefined, limit: TimeLimit): Promise<TimeLimit> {
    const begun = clock.monotonic();
    const moving = Promise.all([running, collecting, spans.settle(), logs.settle()]);
    await waitAtMost(moving, limit.timeoutMs ?? PATIENCE_MS, clock);
    if (limit.timeoutMs === undefined) return {};
    return { timeoutMs: Math.max(0, limit.timeoutMs - (clock.monotonic() - begun)) };
  }

  function flush(limit: TimeLimit, collecting?: Promise<void>): Promise<DeliveryReport> {
    return held(async () => {
      const left = await prepare(collecting, limit);
      return report(await state.pipeline?.forceFlush(left));
    });
  }

  const flushAll = (limit: TimeLimit = {}): Promise<DeliveryReport> => stopping ?? flush(limit, metrics.collectNow());

  let release = (): void => {};
  let stopping: Promise<DeliveryReport> | undefined;
  function stop(limit: TimeLimit, collecting: Promise<void>): Promise<DeliveryReport> {
    stopping ??= held(async () => {
      const left = await prepare(collecting, limit);
      metrics.stop();
      release();
      const { pipeline } = state;
      if (pipeline === undefined) {
        // It starts too late for this shutdown; what waited for it still goes out, as far as the process lives.
        void running.then((late) => late?.shutdown());
        return report(undefined);
      }
      spans.handOver({ complete: false });
      logs.handOver({ complete: false });
      return report(await (state.borrowed ? pipeline.forceFlush(left) : pipeline.shutdown(left)));
    });
    return stopping;
  }

  /** The last part that ends takes the pipeline with it; until then the others may still have something to send. */
  function end(limit: TimeLimit, collecting = Promise.resolve()): Promise<DeliveryReport> {
    if (stopping !== undefined) return stopping;
    const allClosed = spanPart.closed && logPart.closed && (metricPart.closed || !metrics.bound);
    return allClosed ? stop(limit, collecting) : flush(limit, collecting);
  }

  const spanPart = createPart({ flush: (ms) => flush(limitOf(ms)), end: (ms) => end(limitOf(ms)) });
  const logPart = createPart({ flush: (ms) => flush(limitOf(ms)), end: (ms) => end(limitOf(ms)) });
  const metricPart = createPart({
    flush: (ms) => flush(limitOf(ms), metrics.collectNow()),
    end(ms) {
      const last = metrics.collectNow();
      metrics.stop();
      return end(limitOf(ms), last);
    },
  });

  function shutdown(limit: TimeLimit = {}): Promise<DeliveryReport> {
    const stopped = stop(limit, metrics.collectNow());
    for (const part of [spanPart, logPart, metricPart]) void part.shutdown();
    return stopped;
  }

  if (options.flushOnExit === true) {
    const { exitTimeoutMs: timeoutMs = EXIT_TIMEOUT_MS } = options;
    const made = (): number => spans.taken + logs.taken;
    release = flushOnExit({ timeoutMs, logger: own, made, flush: flushAll, shutdown });
  }

  return {
    spanProcessors: [createSpanProcessor(spans, spanPart)],
    logRecordProcessors: [createLogRecordProcessor(logs, logPart)],
    metricReaders: [metrics.reader(metricPart)],
    pipeline: opening,
    status: () => state.current(),
    onStatus: (listener) => state.subscribe(listener),
    forceFlush: flushAll,
    shutdown,
    async [Symbol.asyncDispose]() {
      await shutdown();
    },
  };
}

function limitOf(timeoutMs: number | undefined): TimeLimit {
  return timeoutMs === undefined ? {} : { timeoutMs };
}

/** Timers here do not keep a process alive; somebody who awaits this work does. */
async function held<T>(work: () => Promise<T>): Promise<T> {
  const release = holdProcess();
  try {
    return await work();
  } finally {
    release();
  }
}
