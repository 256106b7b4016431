/** The options of an exporter that the delivery chain obeys, with every default filled in. */
import type { Signal } from '@telemetryflow/otlp';
import type { ExporterDefinition } from '../component/exporter.ts';
import {
  batchOptions,
  type ExporterOptions,
  type OnFull,
  type QueueOptions,
  type RetryOptions,
} from '../config/exporter-options.ts';

export interface RetrySettings {
  readonly enabled: boolean;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  /** Share of the delay by which it varies in both directions: 0.5 is +-50 %. */
  readonly jitter: number;
  /** From the first attempt, without time behind an auth gate; `Infinity` = never give up. */
  readonly maxElapsedMs: number;
  readonly maxAttempts: number;
}

export interface QueueSettings {
  readonly maxRequests: number;
  readonly maxBytes: number;
  readonly onFull: OnFull;
  readonly waitForResult: boolean;
}

export interface DeliverySettings {
  /** Items that trigger a request. */
  readonly batchSize: number;
  /** Longest wait of the first item. */
  readonly flushIntervalMs: number;
  /** Most items of one request. */
  readonly maxBatchItems: number;
  /** Items older than this are dropped before every attempt. */
  readonly maxAgeMs: number;
  /** Per attempt. */
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly reads: 'records' | 'otlp';
  readonly temporality: 'cumulative' | 'delta' | 'as_is';
  readonly summaries: 'as_is' | 'delta' | 'delta_or_quantiles';
  readonly nonMonotonic: 'cumulative' | 'as_is';
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly serviceName: string | undefined;
}

/**
 * The part of a decoded exporter configuration that the chain reads. The decoder fills everything in; a chain made
 * in code may leave out what has a default.
 */
export type DeliveryConfig = {
  readonly [K in keyof ExporterOptions]?: ExporterOptions[K] extends QueueOptions | RetryOptions
    ? Partial<ExporterOptions[K]>
    : ExporterOptions[K];
};

const MIB = 1024 * 1024;

/** Settings for one exporter instance and signal: its configuration, its definition, then the shared defaults. */
export function deliverySettings(definition: ExporterDefinition, config: unknown, signal: Signal): DeliverySettings {
  const options = (config ?? {}) as DeliveryConfig;
  const batch = batchOptions(options as ExporterOptions, signal);
  const limits = perSignal(definition.limits, config, signal) ?? {};
  const maxBatchItems = Math.max(1, Math.min(batch.max_batch_items ?? 8192, limits.maxItems ?? Infinity));
  const queue: Partial<QueueOptions> = options.queue ?? {};
  const retry: Partial<RetryOptions> = options.retry ?? {};
  return {
    batchSize: Math.max(1, Math.min(batch.batch_size ?? 1000, maxBatchItems)),
    flushIntervalMs: batch.flush_interval ?? 1000,
    maxBatchItems,
    maxAgeMs: limits.maxAgeMs ?? Infinity,
    timeoutMs: perSignal(definition.attemptMs, config, signal) ?? (options.timeout || 30_000),
    concurrency: Math.max(1, queue.num_consumers ?? perSignal(definition.concurrency, config, signal) ?? 4),
    ordered: perSignal(definition.ordered, config, signal) ?? false,
    reads: perSignal(definition.reads, config, signal) ?? 'records',
    temporality: perSignal(definition.temporality, config, signal) ?? 'as_is',
    summaries: perSignal(definition.summaries, config, signal) ?? 'as_is',
    nonMonotonic: perSignal(definition.nonMonotonic, config, signal) ?? 'cumulative',
    queue: {
      maxRequests: queue.max_requests ?? 1000,
      maxBytes: queue.max_bytes ?? 64 * MIB,
      onFull: queue.on_full ?? 'auto',
      waitForResult: (queue.wait_for_result ?? false) || queue.enabled === false,
    },
    retry: {
      enabled: retry.enabled ?? true,
      initialMs: retry.initial ?? 5000,
      maxMs: retry.max ?? 30_000,
      multiplier: retry.multiplier ?? 1.5,
      jitter: retry.jitter ?? 0.5,
      maxElapsedMs: (retry.max_elapsed ?? 300_000) || Infinity,
      maxAttempts: retry.max_attempts || Infinity,
    },
    tags: options.tags,
    serviceName: options.service_name,
  };
}

function perSignal<T>(
  value: T | ((config: unknown, signal: Signal) => T) | undefined,
  config: unknown,
  signal: Signal,
): T | undefined {
  return typeof value === 'function' ? (value as (config: unknown, signal: Signal) => T)(config, signal) : value;
}
