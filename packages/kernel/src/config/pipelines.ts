/** `service.pipelines` to pipelines: references found, signals supported, connectors used on both sides, no cycle. */
import type { Signal } from '@telemetryflow/otlp';
import type { ComponentKind, ConnectorDefinition } from '../component/definition.ts';
import type { ExporterDefinition } from '../component/exporter.ts';
import { type ConfigPath, problem } from '../errors/problem.ts';
import type { ErrorCode } from '../errors/table.ts';
import { type ComponentBlock, sectionOf } from './component-block.ts';
import { parsePipelineId } from './component-id.ts';
import { checkConnectors, pruneDeadEnds } from './connectors.ts';
import type { DecodeContext } from './decode-context.ts';
import { enabledSignals } from './exporter-options.ts';
import type { Instances } from './instances.ts';
import { didYouMean } from './nearest.ts';
import type { Configured, ConfiguredPipeline } from './resolved.ts';
import type { PipelineOptions } from './service-options.ts';

/** Everything a pipeline may name. */
export interface Components {
  readonly blocks: Readonly<Record<ComponentKind, readonly ComponentBlock[]>>;
  readonly receivers: ReadonlyMap<string, Configured>;
  readonly processors: ReadonlyMap<string, Configured>;
  readonly connectors: ReadonlyMap<string, Configured<ConnectorDefinition>>;
  readonly exporters: Instances<ExporterDefinition>;
}

export interface PipelineRules {
  /** The receivers of pipelines that name none; undefined: such a pipeline is an error. Empty: it is fed by code. */
  readonly defaultReceivers: readonly string[] | undefined;
}

type Side = 'receivers' | 'processors' | 'exporters';

const ORDER: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** One pipeline per signal that some exporter takes: all receivers, all processors in order, all such exporters. */
export function automaticPipelines(components: Components): readonly ConfiguredPipeline[] {
  const exporters = [...components.exporters.values()].flat();
  return ORDER.flatMap((signal) => {
    const takers = exporters.filter((each) => enabledSignals(each.definition, each.config).includes(signal));
    if (takers.length === 0) return [];
    return {
      id: signal,
      signal,
      receivers: supporting(components.receivers, signal),
      processors: supporting(components.processors, signal),
      exporters: takers.map((each) => each.id),
      implicit: true,
      position: undefined,
    };
  });
}

/** The pipelines as written. `cx` is the service block's. */
export function writtenPipelines(
  written: Readonly<Record<string, PipelineOptions>>,
  components: Components,
  rules: PipelineRules,
  cx: DecodeContext,
): readonly ConfiguredPipeline[] {
  const pipelines: ConfiguredPipeline[] = [];
  for (const [id, options] of Object.entries(written)) {
    const signal = parsePipelineId(id);
    const { node, keyPosition } = cx.nearestPlace(['pipelines', id]);
    if (signal === undefined) {
      cx.fail('TFO_ERR_CONFIG_PIPELINE_ID', ['pipelines', id], node, { position: keyPosition, params: { id } });
      continue;
    }
    const pipeline = new PipelineReader(id, signal, components, cx);
    const receivers = pipeline.read('receivers', options.receivers ?? []);
    const processors = pipeline.read('processors', options.processors ?? []);
    const exporters = pipeline.read('exporters', options.exporters ?? []);
    if ((options.receivers ?? []).length === 0) receivers.push(...defaults(signal, components, rules));
    const listed = !cx.hasFailed(['pipelines', id, 'receivers']);
    if (receivers.length === 0 && listed && pipeline.clean && rules.defaultReceivers?.length !== 0) {
      cx.fail('TFO_ERR_CONFIG_NO_RECEIVER', ['pipelines', id, 'receivers'], node, {
        position: keyPosition,
        params: { id },
      });
    }
    if (cx.hasFailed(['pipelines', id, 'exporters'])) continue;
    if ((options.exporters ?? []).length === 0) {
      cx.fail('TFO_ERR_CONFIG_NO_EXPORTER', ['pipelines', id, 'exporters'], node, {
        position: keyPosition,
        params: { id },
      });
    } else {
      pipelines.push({ id, signal, receivers, processors, exporters, position: keyPosition });
    }
  }
  if (cx.failed) return pipelines;
  const kept = pruneDeadEnds(pipelines, components.connectors);
  for (const { id } of pipelines.filter((each) => !kept.some((other) => other.id === each.id))) {
    const { node, keyPosition } = cx.nearestPlace(['pipelines', id]);
    cx.warn('TFO_WARN_CONFIG_DISABLED', node, { position: keyPosition, params: { id } });
  }
  checkConnectors(kept, components.connectors, cx);
  return kept;
}

/** Says which configured components no pipeline names. */
export function warnUnused(pipelines: readonly ConfiguredPipeline[], components: Components, cx: DecodeContext): void {
  const used = new Set(pipelines.flatMap((each) => [...each.receivers, ...each.processors, ...each.exporters]));
  for (const kind of ['receiver', 'processor', 'exporter', 'connector'] as const) {
    for (const { id, entry, disabled, config } of components.blocks[kind]) {
      const instances = kind === 'exporter' ? (components.exporters.get(id) ?? []) : [];
      const inUse = used.has(id) || instances.some((each) => used.has(each.id));
      if (inUse || disabled || config === undefined) continue;
      const details = { position: entry.keyPosition, path: entry.value.path, params: { kind, id } };
      cx.shared.problems.push(problem('TFO_WARN_CONFIG_UNUSED', details));
    }
  }
}

class PipelineReader {
  readonly #id: string;
  readonly #signal: Signal;
  readonly #components: Components;
  readonly #cx: DecodeContext;
  /** No reference of this pipeline was refused. */
  clean = true;

  constructor(id: string, signal: Signal, components: Components, cx: DecodeContext) {
    this.#id = id;
    this.#signal = signal;
    this.#components = components;
    this.#cx = cx;
  }

  /** The instances that the ids of one list stand for. */
  read(side: Side, ids: readonly string[]): string[] {
    const found: string[] = [];
    for (const [index, id] of ids.entries()) {
      const path = ['pipelines', this.#id, side, index];
      if (this.#cx.hasFailed(path)) continue;
      if (ids.indexOf(id) !== index) this.#fail('TFO_ERR_CONFIG_LISTED_TWICE', path, { id });
      else found.push(...this.#resolve(side, id, path));
    }
    return found;
  }

  #resolve(side: Side, id: string, path: ConfigPath): readonly string[] {
    const kinds = kindsOf(side);
    const block = kinds.flatMap((kind) => this.#components.blocks[kind]).find((each) => each.id === id);
    if (block === undefined) return this.#unknown(kinds, id, path);
    if (block.disabled) return [];
    const { kind, definition } = block;
    if (definition === undefined || !('signals' in definition)) return [id];
    if (definition.signals[this.#signal] === undefined) {
      const supported = ORDER.filter((signal) => definition.signals[signal] !== undefined).join(', ') || 'none';
      const params = { kind, id, signal: this.#signal, supported, pipeline: this.#id };
      this.#fail('TFO_ERR_CONFIG_SIGNAL', path, params);
      return [id];
    }
    // A block with errors was reported where it stands.
    return kind === 'exporter' && block.config !== undefined ? this.#exporters(id, path) : [id];
  }

  #exporters(id: string, path: ConfigPath): readonly string[] {
    const instances = this.#components.exporters.get(id) ?? [];
    const on = instances.filter((each) => enabledSignals(each.definition, each.config).includes(this.#signal));
    if (on.length === 0 && instances.length > 0) {
      this.#fail('TFO_ERR_CONFIG_SIGNAL_OFF', path, { id, pipeline: this.#id, signal: this.#signal });
    }
    return on.map((each) => each.id);
  }

  #unknown(kinds: readonly ComponentKind[], id: string, path: ConfigPath): readonly string[] {
    const kind = kinds[0] ?? 'exporter';
    const known = kinds.flatMap((each) => this.#components.blocks[each]).map((each) => each.id);
    this.#fail('TFO_ERR_CONFIG_REFERENCE', path, { kind, id, section: sectionOf(kind) }, didYouMean(id, known));
    return [];
  }

  #fail(code: ErrorCode, path: ConfigPath, params: Readonly<Record<string, string>>, hint?: string): void {
    this.clean = false;
    const { node, exact } = this.#cx.nearestPlace(path);
    const written = exact ? node.path : ['service', ...path];
    this.#cx.fail(code, path, node, { path: written, params, hint });
  }
}

function kindsOf(side: Side): readonly ComponentKind[] {
  if (side === 'processors') return ['processor'];
  return [side === 'receivers' ? 'receiver' : 'exporter', 'connector'];
}

function defaults(signal: Signal, components: Components, rules: PipelineRules): readonly string[] {
  const supported = new Set(supporting(components.receivers, signal));
  return (rules.defaultReceivers ?? []).filter((id) => supported.has(id));
}

function supporting(components: ReadonlyMap<string, Configured>, signal: Signal): string[] {
  return [...components.values()]
    .filter(({ definition }) => 'signals' in definition && definition.signals[signal] !== undefined)
    .map((each) => each.id);
}
