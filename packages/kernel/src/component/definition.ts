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
