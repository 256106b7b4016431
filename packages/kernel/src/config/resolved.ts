/** A configuration after everything: substituted, converted, decoded, validated and checked. */
import type { Signal } from '@telemetryflow/otlp';
import type {
  ConnectorDefinition,
  Definition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/definition.ts';
import type { ExporterDefinition } from '../component/exporter.ts';

/** Where a value was written. Lines and columns count from 1. JS objects have no file. */
export interface SourcePosition {
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** One configured component instance. */
export interface Configured<D extends Definition = Definition> {
  readonly id: string;
  readonly definition: D;
  /** Decoded by the definition's schema, defaults filled in, secrets wrapped. */
  readonly config: unknown;
  readonly position: SourcePosition | undefined;
}

/** One pipeline, by the ids of its components. */
export interface ConfiguredPipeline {
  /** `traces`, `metrics/prod` and so on. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
  /** True where no `service.pipelines` were written: `pipeline.consume` feeds it besides its receivers. */
  readonly implicit?: boolean;
  readonly position: SourcePosition | undefined;
}

/** The block `service.telemetry`, decoded. */
export interface ServiceTelemetry {
  readonly metrics: { readonly level: 'none' | 'basic' | 'normal' | 'detailed'; readonly address: string | undefined };
  readonly logs: { readonly level: 'error' | 'warn' | 'info' | 'debug' };
}

/** A configuration, decoded: every component with its definition and its options. */
export interface ResolvedConfig {
  readonly receivers: ReadonlyMap<string, Configured<ReceiverDefinition>>;
  readonly processors: ReadonlyMap<string, Configured<ProcessorDefinition>>;
  /** After `expand`: one entry per instance; disabled exporters are absent. */
  readonly exporters: ReadonlyMap<string, Configured<ExporterDefinition>>;
  readonly connectors: ReadonlyMap<string, Configured<ConnectorDefinition>>;
  readonly extensions: ReadonlyMap<string, Configured<ExtensionDefinition>>;
  readonly pipelines: readonly ConfiguredPipeline[];
  /** Extensions to start, in order. */
  readonly serviceExtensions: readonly string[];
  readonly telemetry: ServiceTelemetry;
  /** Default 25 s. */
  readonly shutdownTimeoutMs: number;
}

/** Finds definitions by kind and type; the configuration names types, the lookup finds packages. */
export interface PluginLookup {
  /** The definition, or why there is none (a sentence, with what to do). */
  find(
    kind: Definition['kind'],
    type: string,
  ): Promise<Definition | { readonly problem: string; readonly hint: string }>;
  /**
   * Loads the packages and files of the configuration's `plugins:` list, relative to the folder `from`, before any
   * `find`. One entry per specifier: undefined when it was loaded, else why it was not.
   */
  load?(
    specifiers: readonly string[],
    from: string | undefined,
  ): Promise<readonly ({ readonly problem: string; readonly hint: string } | undefined)[]>;
  /** Types known for this kind, for nearest-name hints. */
  known(kind: Definition['kind']): readonly string[];
  /** File URL of the module a definition was imported from, where known; its prebuilt validator lies beside it. */
  module?(definition: Definition): string | undefined;
}
