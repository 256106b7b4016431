/**
 * What a package default-exports: one definition, made by `defineExporter`, `defineReceiver`,
 * `defineProcessor`, `defineConnector` or `defineExtension`.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { ObjectSchema } from '../config/schema.ts';
import type { Batch } from '../data/batch.ts';
import type { ComponentContext } from './context.ts';
import type { DroppedItems, Items, Outcome } from './outcome.ts';
import type { Reason } from './reason.ts';

/** The contract between kernel and plugins; a definition made for another one is refused. */
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

interface DefinitionBase<C> {
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

// ---- exporter ------------------------------------------------------------------------------------------------

/** What `encode` may know besides the batch. */
export interface EncodeContext {
  /** Milliseconds since the epoch at the first encode of the batch. */
  readonly now: number;
  /** Stable over retries and splits of the batch. */
  readonly id: string;
  /** The destination's current mode, as the last `send` that returned one set it. */
  readonly mode: unknown;
}

/** One request to be sent, and the items of the batch it carries. */
export interface Payload<B = unknown> {
  readonly body: B;
  readonly items: Items;
  /** With `ordered`: payloads of equal key go one at a time, retries included. */
  readonly key?: string;
  /** Oldest item time in ms since the epoch, for backends with an age limit. */
  readonly oldestMs?: number;
}

/** Items that cannot be sent to this backend. */
export interface Undeliverable {
  readonly dropped: Items;
  readonly reason: Reason;
  readonly detail?: string;
}

/** `undefined` (a bare `yield`, at least every 256 items) lets the kernel give the event loop back. */
export type Encoded<B = unknown> = Payload<B> | Undeliverable | undefined;

/** What `send` gets with each attempt. */
export interface SendOptions {
  /** Aborted at the attempt's timeout or the shutdown deadline. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** One exporter instance for one signal. */
export interface Exporter<S extends Signal = Signal, B = unknown> {
  /** Pure: no clock, network, environment or logger. Every item must be in exactly one payload or drop. */
  encode(batch: Batch<S>, context: EncodeContext): Iterable<Encoded<B>>;
  /** One attempt: no loop, no sleep. A throw is a bug, or a socket error the kernel classifies. */
  send(payload: Payload<B>, options: SendOptions): Promise<Outcome>;
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /** Final payloads at shutdown, each with `items: []`. */
  drain?(now: number): Iterable<Payload<B>>;
  /**
   * True when neither `encode` nor `send` keeps anything of a batch or of a payload's body: after the end of the last
   * attempt nobody reads them, and the kernel uses their memory for other telemetry. Default false.
   */
  readonly releasesBatches?: boolean;
  /**
   * Told of each payload of `encode` at its end: nobody reads it any more, so the memory of its body may hold the next
   * one. Not told of a payload that a tap saw, that an attempt may still read which was given up without an answer, or
   * that shutdown cut off.
   */
  release?(payload: Payload<B>): void;
}

/** Hard bounds the chain applies before `encode`. */
export interface ExporterLimits {
  /** Never more items in one request. */
  readonly maxItems?: number;
  /** Items older than this (ms) are dropped as `too_old` before every attempt; needs `Payload.oldestMs`. */
  readonly maxAgeMs?: number;
}

/** What an exporter instance gets: one is made per signal. */
export interface ExporterContext extends ComponentContext {
  readonly dataSignal: Signal;
}

type PerSignal<C, T> = T | ((config: C, signal: Signal) => T);

/** What `validate --healthcheck` shows of a backend. */
export interface HealthcheckResult {
  readonly ok: boolean;
  readonly message: string;
}

/** A kind of exporter: what it takes, its options, its limits, and how an instance is made. */
export interface ExporterDefinition<C = unknown> extends DefinitionBase<C> {
  readonly kind: 'exporter';
  readonly signals: SignalSupport;
  /** Which of the supported signals this configuration leaves on; default: the switches `metrics`, `logs`, `traces`. */
  enabledSignals?(config: C): readonly Signal[];
  /** The face `encode` reads; the queue keeps only that one. */
  readonly reads: PerSignal<C, 'records' | 'otlp'>;
  readonly temporality?: PerSignal<C, 'cumulative' | 'delta' | 'as_is'>;
  /** With temporality `delta`: `delta` turns count and sum of summaries into differences too. Default `as_is`. */
  readonly summaries?: PerSignal<C, 'as_is' | 'delta'>;
  readonly limits?: PerSignal<C, ExporterLimits>;
  readonly ordered?: PerSignal<C, boolean>;
  /** Longest time of one `send` in ms, where an attempt is more than a request; default: the option `timeout`. */
  readonly attemptMs?: PerSignal<C, number>;
  /** Concurrent sends; default 4. */
  readonly concurrency?: PerSignal<C, number>;
  /** The gate a payload is behind; default: the exporter's signal. */
  destination?(config: C, signal: Signal, payload: Payload): string;
  /** Several instances from one block, by name (webhook endpoints become `webhook/<name>`). */
  expand?(config: C): Readonly<Record<string, C>>;
  healthcheck?(config: C, options: { signal: AbortSignal }): Promise<HealthcheckResult>;
  /** No I/O here: that is for `start`. */
  create(config: C, context: ExporterContext): Exporter;
}

// ---- receiver, processor, connector, extension -----------------------------------------------------------------

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

/** Any definition; made by the `define…` functions, which erase the type of its configuration. */
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

/** Marks definitions, so that a second copy of the kernel still recognises them. */
export const DEFINITION: unique symbol = Symbol.for('telemetryflow.definition');

/** Makes a definition of an exporter; a package default-exports it. */
export function defineExporter<C>(definition: Authored<ExporterDefinition<C>>): ExporterDefinition {
  return brand('exporter', definition);
}

/** Makes a definition of a receiver; a package default-exports it. */
export function defineReceiver<C>(definition: Authored<ReceiverDefinition<C>>): ReceiverDefinition {
  return brand('receiver', definition);
}

/** Makes a definition of a processor; a package default-exports it. */
export function defineProcessor<C>(definition: Authored<ProcessorDefinition<C>>): ProcessorDefinition {
  return brand('processor', definition);
}

/** Makes a definition of a connector; a package default-exports it. */
export function defineConnector<C>(definition: Authored<ConnectorDefinition<C>>): ConnectorDefinition {
  return brand('connector', definition);
}

/** Makes a definition of an extension; a package default-exports it. */
export function defineExtension<C>(definition: Authored<ExtensionDefinition<C>>): ExtensionDefinition {
  return brand('extension', definition);
}

export type { DroppedItems };
