/**
 * What a package default-exports: one definition, made by `defineExporter`, `defineReceiver`,
 * `defineProcessor`, `defineConnector` or `defineExtension`.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { ObjectSchema } from '../config/schema.ts';
import type { Batch } from '../data/batch.ts';
import { DEFINITION } from './brand.ts';
import type { ComponentContext } from './context.ts';
import type { ExporterDefinition } from './exporter.ts';
import type { Reason } from './reason.ts';

/**
 * The contract between kernel and plugins; a definition made for another one is refused.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { API_VERSION } from '@telemetryflow/kernel';
 *
 * assert.equal(debug.apiVersion, API_VERSION);
 * ```
 */
export const API_VERSION = 1;

/** How settled the behaviour is. */
export type Stability = 'development' | 'alpha' | 'beta' | 'stable';

/** Stability of each signal that is supported. */
export type SignalSupport = Partial<Readonly<Record<Signal, Stability>>>;

/** What a component is in a pipeline. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';

/** A rule of a configuration that a schema cannot state; found without I/O except opening files it names. */
export interface Problem {
  /** Keys from the component's configuration down to the offending value, as `['tls', 'ca_file']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
  /** `warning` does not stop the start. Default `error`. */
  readonly severity?: 'error' | 'warning';
}

/** What the definitions of all kinds say. */
export interface DefinitionBase<C> {
  readonly type: string;
  readonly aliases?: readonly string[];
  readonly apiVersion: number;
  /** One sentence. */
  readonly description: string;
  /**
   * What a new configuration sets, as it is written in YAML: `{ endpoint: '${LOKI_ENDPOINT:-http://localhost:3100}' }`.
   * Credentials are references. Default: the required options, each as a variable.
   */
  readonly starter?: Readonly<Record<string, unknown>>;
  /**
   * `import.meta.url` of the module that defines it. The package's prebuilt validator is found beside that file;
   * without it (and without a plugin lookup that knows the file) ajv compiles the schema at start.
   */
  readonly module?: string;
  readonly config: ObjectSchema<C>;
  check?(config: C): readonly Problem[];
}

/** Where a batch is handed on. The promise is the acknowledgement; it rejects with a `ConsumeError`. */
export interface Consumer {
  /** `transport` is how the batch came, as `http`, for the receiver's metrics; empty where nothing was received. */
  consume(batch: Batch, transport?: string): Promise<void>;
  /** False when nothing downstream takes this signal. */
  accepts(signal: Signal): boolean;
}

/** Takes data from outside and hands it to `next.consume`, whose promise is the acknowledgement. */
export interface Receiver {
  start(): Promise<void>;
  /** Stop taking data; resolves when requests in progress are answered. */
  stop(): Promise<void>;
}

/** What a receiver gets from its pipeline. */
export interface ReceiverContext extends ComponentContext {
  readonly next: Consumer;
  /** Refuse before reading a body: a reason while memory is short or shutdown has begun, else undefined. */
  readonly pressure: () => 'memory' | 'shutdown' | undefined;
}

/** A kind of receiver. */
export interface ReceiverDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'receiver';
  readonly signals: SignalSupport;
  /** Addresses this configuration binds, for the clash check of `validate`. */
  listens?(config: C): readonly { readonly address: string; readonly path: readonly (string | number)[] }[];
  create(config: C, context: ReceiverContext): Receiver;
}

/** What a processor is given with each batch. */
export interface ProcessOptions {
  /** Count items that will not go on. */
  drop(count: number, reason: Reason, detail?: string): void;
}

/** One in, at most one out. Everything not handed on must be counted through `drop`. */
export interface Processor {
  process(batch: Batch, options: ProcessOptions): Batch | null | Promise<Batch | null>;
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** A kind of processor. */
export interface ProcessorDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'processor';
  readonly signals: SignalSupport;
  create(config: C, context: ComponentContext & { readonly dataSignal: Signal }): Processor;
}

/** A processor with named outputs: the pipelines that name it as receiver. */
export interface Connector {
  process(
    batch: Batch,
    options: ProcessOptions & { emit(batch: Batch, pipelines?: readonly string[]): Promise<void> },
  ): Promise<void>;
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** A kind of connector. */
export interface ConnectorDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'connector';
  /** Supported pairs, as `['traces', 'metrics']`. */
  readonly pairs: readonly (readonly [from: Signal, to: Signal])[];
  create(config: C, context: ComponentContext & { readonly outputs: readonly string[] }): Connector;
}

/** A service beside the pipelines. */
export interface Extension {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What other components get by `context.extension(id)`. */
  readonly service?: unknown;
}

/** A kind of extension. */
export interface ExtensionDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'extension';
  listens?(config: C): readonly { readonly address: string; readonly path: readonly (string | number)[] }[];
  create(config: C, context: ComponentContext & { readonly pipeline: PipelineView }): Extension;
}

/** What an extension may see of the pipeline. */
export interface PipelineView {
  status(): PipelineStatus;
}

/** The state of a component, or of a pipeline. `recoverable` heals by itself, `permanent` needs somebody. */
export type ComponentState = 'starting' | 'ok' | 'recoverable' | 'permanent' | 'stopping' | 'stopped';

/** The state of one component. */
export interface ComponentStatus {
  readonly state: ComponentState;
  /** ISO time of the last change of state. */
  readonly since: string;
  readonly message?: string;
}

/** The state of a pipeline and of each component, by `kind:id`. */
export interface PipelineStatus {
  readonly state: ComponentState;
  readonly components: Readonly<Record<string, ComponentStatus>>;
}

/**
 * Any definition; made by the `define…` functions, which erase the type of its configuration.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { type ComponentKind, type Definition, type SignalSupport, type Stability } from '@telemetryflow/kernel';
 *
 * // What a list of components shows of one.
 * function row(definition: Definition): [ComponentKind, string, Stability | undefined] {
 *   const signals: SignalSupport = 'signals' in definition ? definition.signals : {};
 *   return [definition.kind, definition.type, signals.logs];
 * }
 * assert.deepEqual(row(debug), ['exporter', 'debug', 'stable']);
 * ```
 */
export type Definition =
  | ExporterDefinition
  | ReceiverDefinition
  | ProcessorDefinition
  | ConnectorDefinition
  | ExtensionDefinition;

type Authored<D> = Omit<D, 'kind' | 'apiVersion'> & { readonly apiVersion?: number };

function brand<D>(kind: ComponentKind, definition: object): D {
  return Object.freeze({ apiVersion: API_VERSION, ...definition, kind, [DEFINITION]: true }) as D;
}

/**
 * Makes a definition of an exporter; a package default-exports it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createPipeline, defineExporter, delivered, type ExporterDefinition } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const received: unknown[] = [];
 * const memory: ExporterDefinition = defineExporter<{ prefix: string }>({
 *   type: 'memory',
 *   description: 'Keeps the bodies of log records.',
 *   signals: { logs: 'beta' },
 *   reads: 'records',
 *   config: { type: 'object', properties: { prefix: { type: 'string', default: '', description: 'Before each.' } } },
 *   create: ({ prefix }) => ({
 *     *encode(batch) {
 *       const body = batch.records().map((each) => 'body' in each && `${prefix}${each.body}`);
 *       yield { body, items: { from: 0, to: batch.count } };
 *     },
 *     async send({ body }) {
 *       received.push(body);
 *       return delivered();
 *     },
 *   }),
 * });
 * const pipeline = await createPipeline({ exporters: { memory: { prefix: '> ' } } }, { plugins: [memory] });
 * await pipeline.start();
 * const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';
 * await pipeline.consume({ signal: 'logs', records: decodeJson('logs', text) });
 * await pipeline.shutdown();
 * assert.deepEqual(received, [['> hello']]);
 * ```
 */
export function defineExporter<C>(definition: Authored<ExporterDefinition<C>>): ExporterDefinition {
  return brand('exporter', definition);
}

/**
 * Makes a definition of a receiver; a package default-exports it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { Consumer, Receiver, ReceiverContext, ReceiverDefinition } from '@telemetryflow/kernel';
 * import { batchFromRecords, createPipeline, defineReceiver } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const records = decodeJson('logs', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}');
 * const once: ReceiverDefinition = defineReceiver<Record<never, never>>({
 *   type: 'once',
 *   description: 'Hands over two log records at start.',
 *   signals: { logs: 'beta' },
 *   config: { type: 'object', properties: {} },
 *   create(_config, { next }: ReceiverContext): Receiver {
 *     const consumer: Consumer = next;
 *     return { start: () => consumer.consume(batchFromRecords('logs', records)), stop: async () => {} };
 *   },
 * });
 * const config = { receivers: { once: {} }, exporters: { debug: { verbosity: 'basic' } } };
 * const pipeline = await createPipeline(config, { plugins: [once, debug] });
 * await pipeline.start();
 * assert.equal((await pipeline.shutdown()).delivered, 2);
 * ```
 */
export function defineReceiver<C>(definition: Authored<ReceiverDefinition<C>>): ReceiverDefinition {
  return brand('receiver', definition);
}

/**
 * Makes a definition of a processor; a package default-exports it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { Batch, ProcessOptions, Processor, ProcessorDefinition } from '@telemetryflow/kernel';
 * import { batchFromRecords, type ComponentContext, defineProcessor } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const first: ProcessorDefinition = defineProcessor<{ items: number }>({
 *   type: 'first',
 *   description: 'Lets the first items of each batch through.',
 *   signals: { logs: 'beta' },
 *   config: { type: 'object', properties: { items: { type: 'integer', default: 1, description: 'How many.' } } },
 *   create: ({ items }, _context: ComponentContext): Processor => ({
 *     process(batch: Batch, { drop }: ProcessOptions) {
 *       drop(Math.max(0, batch.count - items), 'filtered', 'not among the first');
 *       return batch.select({ from: 0, to: items });
 *     },
 *   }),
 * });
 * const processor = first.create({ items: 2 }, {} as Parameters<typeof first.create>[1]);
 * const batch = batchFromRecords(
 *   'logs',
 *   decodeJson('logs', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}'),
 * );
 * const dropped: unknown[] = [];
 * const passed = await processor.process(batch, { drop: (count, reason) => dropped.push([count, reason]) });
 * assert.deepEqual([passed?.count, dropped], [2, [[1, 'filtered']]]);
 * ```
 */
export function defineProcessor<C>(definition: Authored<ProcessorDefinition<C>>): ProcessorDefinition {
  return brand('processor', definition);
}

/**
 * Makes a definition of a connector; a package default-exports it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { type Connector, type ConnectorDefinition, createPipeline, defineConnector } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const forward: ConnectorDefinition = defineConnector<Record<never, never>>({
 *   type: 'forward',
 *   description: 'Hands every batch on to the pipelines that name it.',
 *   pairs: [['logs', 'logs']],
 *   config: { type: 'object', properties: {} },
 *   create: (): Connector => ({ process: (batch, { emit }) => emit(batch) }),
 * });
 * const pipelines = {
 *   'logs/in': { exporters: ['forward'] },
 *   'logs/out': { receivers: ['forward'], exporters: ['debug'] },
 * };
 * const config = { connectors: { forward: {} }, exporters: { debug: {} }, service: { pipelines } };
 * const pipeline = await createPipeline(config, { plugins: [forward, debug] });
 * await pipeline.start();
 * const records = decodeJson('logs', '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}');
 * await pipeline.consume({ signal: 'logs', records });
 * assert.equal((await pipeline.shutdown()).delivered, 1);
 * ```
 */
export function defineConnector<C>(definition: Authored<ConnectorDefinition<C>>): ConnectorDefinition {
  return brand('connector', definition);
}

/**
 * Makes a definition of an extension; a package default-exports it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { ComponentState, Extension, ExtensionDefinition, PipelineView } from '@telemetryflow/kernel';
 * import { createPipeline, defineExtension } from '@telemetryflow/kernel';
 *
 * const seen: ComponentState[] = [];
 * const watch: ExtensionDefinition = defineExtension<Record<never, never>>({
 *   type: 'watch',
 *   description: 'Notes the state of the pipeline when it starts.',
 *   config: { type: 'object', properties: {} },
 *   create(_config, context): Extension {
 *     const pipeline: PipelineView = context.pipeline;
 *     return { start: async () => void seen.push(pipeline.status().state), stop: async () => {} };
 *   },
 * });
 * const pipeline = await createPipeline(
 *   { extensions: { watch: {} }, exporters: { debug: {} } },
 *   { plugins: [watch, debug] },
 * );
 * await pipeline.start();
 * await pipeline.shutdown();
 * assert.deepEqual(seen, ['starting']);
 * ```
 */
export function defineExtension<C>(definition: Authored<ExtensionDefinition<C>>): ExtensionDefinition {
  return brand('extension', definition);
}
