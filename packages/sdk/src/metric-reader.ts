/**
 * The metric reader: collects from the host's meter provider on an interval, when flushed and when it ends. There is
 * one, whatever the exporters prefer: a second one would run every callback of the host again, and its data would
 * reach each exporter of the pipeline twice (docs/decisions has the record).
 */
import type { Clock, Logger, Pipeline, Reason, TimerHandle } from '@telemetryflow/kernel';
import { ConsumeError } from '@telemetryflow/kernel';
import { asRecords, countRecords } from '@telemetryflow/otlp';
import type { MetricCollection, MetricProducer, PipelineMetricReader } from './contracts.ts';
import type { DropCount } from './drop-count.ts';
import { observedSinceStart } from './observed-since.ts';
import type { Part } from './part.ts';
import type { ResourceGate } from './resource-gate.ts';
import { type TemporalityPreference, temporalityOf } from './temporality.ts';

/** Series per instrument; the default of the SDKs. */
const CARDINALITY_LIMIT = 2000;

export interface MetricReaderOptions {
  readonly intervalMs: number;
  /** Longest time of the host's callbacks in one collection. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gate: ResourceGate;
  readonly drops: DropCount;
  /** The pipeline once it runs; undefined when it could not start. Never rejects. */
  readonly running: Promise<Pipeline | undefined>;
  /** Asked only once the pipeline runs. */
  preference(): TemporalityPreference;
}

/** The reader's inner side, for the bridge. */
export interface MetricSource {
  /** True once a meter provider has it. */
  readonly bound: boolean;
  /** Collects and hands over. Waits for a collection in progress first. Never rejects. */
  collectNow(): Promise<void>;
  /** No more collections, except one that has begun. */
  stop(): void;
  reader(part: Part): PipelineMetricReader;
}

export function createMetricSource(options: MetricReaderOptions): MetricSource {
  const { clock, logger, gate, drops, running } = options;
  let producer: MetricProducer | undefined;
  let timer: TimerHandle | undefined;
  let collecting: Promise<void> | undefined;
  let complained = false;
  let stopped = false;

  function complain(errors: readonly unknown[]): void {
    if (complained || errors.length === 0) return;
    complained = true;
    logger.warn('Some metrics could not be collected.', { error: errors[0], errors: errors.length, hint: HINT });
  }

  async function collect(timeoutMillis = options.timeoutMs): Promise<MetricCollection> {
    if (producer === undefined) throw new Error('This metric reader belongs to no MeterProvider; pass it as a reader.');
    await running;
    return producer.collect({ timeoutMillis });
  }

  async function run(): Promise<void> {
    try {
      const { resourceMetrics, errors } = await collect();
      complain(errors);
      if (resourceMetrics.scopeMetrics.length === 0) return;
      await gate.pending(resourceMetrics.resource);
      await handOver(resourceMetrics);
    } catch (error) {
      complain([error]);
    }
  }

  async function handOver(metrics: MetricCollection['resourceMetrics']): Promise<void> {
    const pipeline = await running;
    const records = asRecords('metrics', [observedSinceStart(metrics)]);
    const lose = (reason: Reason): void => drops.add('metrics', reason, countRecords('metrics', records));
    if (pipeline === undefined) return lose('unavailable');
    if (!pipeline.accepts('metrics')) return;
    // Not awaited: with `wait_for_result` it would be the outcome, and the next collection would wait for a backend.
    pipeline.consume({ signal: 'metrics', records }).catch((error: unknown) => {
      if (!ConsumeError.is(error)) lose('bug');
      else if (error.code !== 'undelivered') lose(error.code);
    });
  }

  function collectOnce(): Promise<void> {
    collecting ??= run().finally(() => {
      collecting = undefined;
    });
    return collecting;
  }

  return {
    get bound() {
      return producer !== undefined;
    },
    async collectNow() {
      if (producer === undefined || stopped) return;
      await collecting;
      await collectOnce();
    },
    stop() {
      stopped = true;
      timer?.cancel();
    },
    reader: (part) => ({
      setMetricProducer(given) {
        if (producer !== undefined) throw new Error('This metric reader has a MeterProvider already; it can have one.');
        producer = given;
        timer = clock.setInterval(() => void collectOnce(), options.intervalMs);
      },
      selectAggregation: () => ({ type: 0 }),
      selectAggregationTemporality: (instrumentType) => temporalityOf(options.preference(), instrumentType),
      selectCardinalityLimit: () => CARDINALITY_LIMIT,
      collect: <Result>(limit?: { readonly timeoutMillis?: number }) =>
        collect(limit?.timeoutMillis) as Promise<unknown> as Promise<Result>,
      forceFlush: (limit) => part.flush(limit?.timeoutMillis),
      shutdown: (limit) => part.shutdown(limit?.timeoutMillis),
    }),
  };
}

const HINT = 'a callback of an observable instrument threw or took too long; the other metrics are sent';
