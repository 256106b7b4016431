/**
 * The options that every exporter has. The kernel merges this schema into every exporter's own; an exporter that
 * redeclares a key (for another default, or another shape) wins.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { ExporterDefinition } from '../component/exporter.ts';
import type { AnyObjectSchema } from './decode.ts';
import type { FieldSchema, ObjectSchema } from './schema.ts';

/** What to do when the queue is full; see the delivery reference. */
export type OnFull = 'auto' | 'refuse' | 'block' | 'drop_oldest';

/** The block `queue` of an exporter, decoded. */
export interface QueueOptions {
  /** Merged requests held, in flight and in back-off included. */
  readonly max_requests: number;
  readonly max_bytes: number;
  readonly on_full: OnFull;
  /** Id of the storage extension that makes the queue durable. */
  readonly storage?: string;
  /**
   * Acknowledge a batch with its final outcome instead of with its place in the queue. Batches that were merged into one
   * request share its outcome: where a part of it is given up, each of their senders is told to send again.
   */
  readonly wait_for_result: boolean;
  /** Concurrent sends; default the exporter's own. */
  readonly num_consumers?: number;
  /** The Collector's switch: without a queue a batch is acknowledged with its final outcome. */
  readonly enabled: boolean;
}

/** The block `retry` of an exporter, decoded. */
export interface RetryOptions {
  readonly enabled: boolean;
  /** Milliseconds. */
  readonly initial: number;
  /** Milliseconds. */
  readonly max: number;
  readonly multiplier: number;
  /** 0.5 is plus or minus half. */
  readonly jitter: number;
  /** Milliseconds from the first attempt of a payload; 0 never gives up. */
  readonly max_elapsed: number;
  readonly max_attempts?: number;
}

/** A signal's switch with its own batch settings. */
export interface SignalOptions {
  readonly enabled: boolean;
  readonly batch_size?: number;
  /** Milliseconds. */
  readonly flush_interval?: number;
  readonly max_batch_items?: number;
}

/**
 * Decoded; an exporter's own configuration has these keys too.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { OnFull, RetryOptions, SignalOptions } from '@telemetryflow/kernel';
 * import { createPluginLookup, type ExporterOptions, type QueueOptions, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { object: { exporters: { debug: { timeout: '5s', logs: { batch_size: 10 } } } } };
 * const { config } = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const options = config.exporters.get('debug')?.config as ExporterOptions;
 * const { on_full, max_bytes }: QueueOptions = options.queue;
 * const { initial }: RetryOptions = options.retry;
 * const onFull: OnFull = on_full;
 * assert.deepEqual([options.timeout, onFull, max_bytes, initial], [5000, 'auto', 67_108_864, 5000]);
 * assert.equal((options.logs as SignalOptions).batch_size, 10);
 * ```
 */
export interface ExporterOptions {
  readonly enabled: boolean;
  /** Items that trigger a flush. */
  readonly batch_size: number;
  /** Milliseconds the first item waits at most. */
  readonly flush_interval: number;
  /** Items of one request under backlog. */
  readonly max_batch_items: number;
  /** Milliseconds of one attempt. */
  readonly timeout: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly service_name?: string;
  readonly queue: QueueOptions;
  readonly retry: RetryOptions;
  readonly metrics?: boolean | SignalOptions;
  readonly logs?: boolean | SignalOptions;
  readonly traces?: boolean | SignalOptions;
}

const queue: ObjectSchema<QueueOptions> & { readonly description: string } = {
  type: 'object',
  description: 'What waits to be sent.',
  aliases: ['sending_queue'],
  present: true,
  properties: {
    max_requests: {
      type: 'integer',
      minimum: 1,
      default: 1000,
      aliases: ['queue_size'],
      description: 'Most requests held.',
    },
    max_bytes: { type: 'string', unit: 'size', default: '64MiB', description: 'Most bytes held.' },
    on_full: {
      type: 'string',
      enum: ['auto', 'refuse', 'block', 'drop_oldest'],
      default: 'auto',
      description: 'When full: auto refuses while the backend is alive and drops while it is down.',
    },
    storage: {
      type: 'string',
      description: 'Id of the storage extension that makes the queue durable; refused while there is none.',
    },
    wait_for_result: {
      type: 'boolean',
      default: false,
      description:
        'Acknowledge with the final outcome of the request a batch went out in, not with its place in the queue.',
    },
    num_consumers: {
      type: 'integer',
      minimum: 1,
      description: "Concurrent sends, instead of the exporter's own number.",
    },
    enabled: { type: 'boolean', default: true, description: 'False is the same as wait_for_result: true.' },
  },
};

const retry: ObjectSchema<RetryOptions> & { readonly description: string } = {
  type: 'object',
  description: 'How often a request is sent again.',
  aliases: ['retry_on_failure'],
  present: true,
  properties: {
    enabled: { type: 'boolean', default: true, description: 'Send again after a temporary failure.' },
    initial: {
      type: 'string',
      unit: 'duration',
      default: '5s',
      aliases: ['initial_interval'],
      description: 'First wait.',
    },
    max: { type: 'string', unit: 'duration', default: '30s', aliases: ['max_interval'], description: 'Longest wait.' },
    multiplier: { type: 'number', minimum: 1, default: 1.5, description: 'Growth of the wait.' },
    jitter: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.5,
      aliases: ['randomization_factor'],
      description: 'Random share of the wait, both ways.',
    },
    max_elapsed: {
      type: 'string',
      unit: 'duration',
      default: '5m',
      aliases: ['max_elapsed_time'],
      description: 'Give up this long after the first attempt; 0 never does.',
    },
    max_attempts: { type: 'integer', minimum: 1, description: 'Give up after this many attempts.' },
  },
};

const batchSize = { type: 'integer', minimum: 1, description: 'Items that trigger a flush.' } as const;
const flushInterval = { type: 'string', unit: 'duration', description: 'Longest wait of the first item.' } as const;
const maxBatchItems = { type: 'integer', minimum: 1, description: 'Most items of one request under backlog.' } as const;

function signalSwitch(signal: Signal): FieldSchema {
  return {
    description: `Send ${signal}: true, false, or an object with settings of their own.`,
    oneOfTypes: [
      { type: 'boolean', description: `Send ${signal}.` },
      {
        type: 'object',
        description: `Settings for ${signal}.`,
        properties: {
          enabled: { type: 'boolean', default: true, description: `Send ${signal}.` },
          batch_size: batchSize,
          flush_interval: flushInterval,
          max_batch_items: maxBatchItems,
        },
      },
    ],
  };
}

/**
 * The schema of the options that every exporter has.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { exporterOptionsSchema } from '@telemetryflow/kernel';
 *
 * // An exporter redeclares an option to give it another default.
 * const timeout = { ...exporterOptionsSchema.properties.timeout, default: '10s' };
 * assert.deepEqual(timeout, {
 *   type: 'string',
 *   unit: 'duration',
 *   default: '10s',
 *   description: 'Longest time of one attempt.',
 * });
 * ```
 */
export const exporterOptionsSchema: ObjectSchema<ExporterOptions> = {
  type: 'object',
  properties: {
    enabled: { type: 'boolean', default: true, description: 'False leaves this exporter out.' },
    batch_size: { ...batchSize, default: 1000 },
    flush_interval: { ...flushInterval, default: '1s' },
    max_batch_items: { ...maxBatchItems, default: 8192 },
    timeout: { type: 'string', unit: 'duration', default: '30s', description: 'Longest time of one attempt.' },
    tags: {
      type: 'object',
      values: { type: 'string', description: 'Value.' },
      fromList: true,
      default: {},
      description: 'Resource attributes to add where the telemetry has none: a map, or a list of key:value.',
    },
    service_name: { type: 'string', description: 'The service.name of telemetry that has none.' },
    queue,
    retry,
    metrics: signalSwitch('metrics'),
    logs: signalSwitch('logs'),
    traces: signalSwitch('traces'),
  },
};

const merged = new WeakMap<object, AnyObjectSchema>();

/**
 * The exporter's schema with the shared options it does not redeclare, by key or by alias.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { exporterSchema } from '@telemetryflow/kernel';
 *
 * const { properties } = exporterSchema(debug);
 * assert.ok('verbosity' in properties, 'its own option');
 * assert.ok('queue' in properties, 'an option that every exporter has');
 * ```
 */
export function exporterSchema(definition: ExporterDefinition): AnyObjectSchema {
  const known = merged.get(definition);
  if (known !== undefined) return known;
  const own = definition.config as AnyObjectSchema;
  const schema = { ...own, properties: { ...sharedProperties(own), ...own.properties } };
  merged.set(definition, schema);
  return schema;
}

/** The shared options that an exporter with this schema of its own takes over as they are. */
export function sharedProperties(own: AnyObjectSchema): Readonly<Record<string, FieldSchema>> {
  const taken = new Set(Object.entries(own.properties).flatMap(([key, field]) => [key, ...(field.aliases ?? [])]));
  return Object.fromEntries(Object.entries(exporterOptionsSchema.properties).filter(([key]) => !taken.has(key)));
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/**
 * The signals that an exporter supports and its decoded configuration leaves on.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { enabledSignals } from '@telemetryflow/kernel';
 *
 * assert.deepEqual(enabledSignals(debug, { metrics: false }), ['traces', 'logs']);
 * ```
 */
export function enabledSignals(definition: ExporterDefinition, config: unknown): readonly Signal[] {
  const supported = SIGNALS.filter((signal) => definition.signals[signal] !== undefined);
  if (definition.enabledSignals !== undefined) {
    const on = definition.enabledSignals(config);
    return supported.filter((signal) => on.includes(signal));
  }
  return supported.filter((signal) => isOn((config as Partial<ExporterOptions>)[signal]));
}

/** Batch settings of one signal: its own where the switch is an object that sets them, else the exporter's. */
export function batchOptions(
  options: ExporterOptions,
  signal: Signal,
): Pick<ExporterOptions, 'batch_size' | 'flush_interval' | 'max_batch_items'> {
  const own = options[signal];
  const settings: Partial<SignalOptions> = typeof own === 'object' ? own : {};
  return {
    batch_size: settings.batch_size ?? options.batch_size,
    flush_interval: settings.flush_interval ?? options.flush_interval,
    max_batch_items: settings.max_batch_items ?? options.max_batch_items,
  };
}

function isOn(value: boolean | SignalOptions | undefined): boolean {
  return typeof value === 'object' ? value.enabled !== false : value !== false;
}
