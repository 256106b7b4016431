/**
 * Builds the running graph from a resolved configuration, from the exporters backwards:
 *
 *   exporters -> connectors -> processors of each pipeline -> receivers          extensions stand beside
 *
 * A receiver is one instance however many pipelines and signals it feeds; a processor is one instance per pipeline;
 * an exporter is one chain per signal. Nothing is started here, and all failures are reported at once.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Extension, Receiver } from '../component/definition.ts';
import type { Configured, ConfiguredPipeline, ResolvedConfig } from '../config/resolved.ts';
import type { ExporterChain } from '../delivery/chain.ts';
import { type Culprit, LifecycleError, messageOf, withoutSecrets } from '../lifecycle/error.ts';
import type { GraphServices } from './context.ts';
import { edge } from './edge.ts';
import type { ConnectorNode, ExporterBranch, PipelineNode, Stage } from './node.ts';
import { upstreamFirst } from './order.ts';
import { newStageCounts } from './pipeline-ledger.ts';
import { createSource, type Source, type Traffic } from './source.ts';

export interface ReceiverNode {
  readonly id: string;
  readonly receiver: Receiver;
  readonly source: Source;
}
export interface ExtensionNode {
  readonly id: string;
  readonly extension: Extension;
  /** Its service can be used. */
  running: boolean;
}

export interface Graph {
  readonly extensions: readonly ExtensionNode[];
  readonly chains: readonly ExporterChain[];
  readonly connectors: readonly ConnectorNode[];
  /** Upstream first. */
  readonly pipelines: readonly PipelineNode[];
  readonly receivers: readonly ReceiverNode[];
  /** What `pipeline.consume` feeds. */
  readonly feed: Source;
  readonly traffic: Traffic;
}

/** Throws a LifecycleError that names every component whose `create` failed. */
export function buildGraph(config: ResolvedConfig, services: GraphServices, traffic: Traffic): Graph {
  const culprits: Culprit[] = [];
  function attempt<T>(component: string, build: () => T): T | undefined {
    try {
      return build();
    } catch (error) {
      culprits.push({ component, error: withoutSecrets(error, services.scrub) });
      return undefined;
    }
  }

  const ordered = upstreamFirst(config.pipelines, (id) => config.connectors.has(id));
  const chains = buildChains(config, ordered, services, attempt);
  const connectors = buildConnectors(config, ordered, services, attempt);
  const pipelines: PipelineNode[] = [];
  for (const pipeline of ordered.toReversed()) {
    const node = buildPipeline(pipeline, config, { chains, connectors }, services, attempt);
    pipelines.unshift(node);
    for (const id of pipeline.receivers) connectors.get(id)?.outputs.unshift(node);
  }
  const fedBy = (id: string) => pipelines.filter((_, index) => ordered[index]?.receivers.includes(id));
  const sourceFor = (component: string, fed: readonly PipelineNode[], external: boolean): Source =>
    createSource({
      component,
      routes: bySignal(fed),
      traffic,
      memory: services.memory,
      out: edge(`${component} ->`),
      external,
    });

  const receivers: ReceiverNode[] = [];
  for (const configured of used(config.receivers, ordered, (pipeline) => pipeline.receivers)) {
    const component = `receiver:${configured.id}`;
    const source = sourceFor(component, fedBy(configured.id), false);
    const context = {
      ...services.context(component),
      next: source,
      pressure: () => {
        if (traffic.state === 'draining' || traffic.state === 'stopped') return 'shutdown';
        return services.memory.level() === 'ok' ? undefined : 'memory';
      },
    } as const;
    const receiver = attempt(component, () => configured.definition.create(configured.config, context));
    if (receiver !== undefined) receivers.push({ id: configured.id, receiver, source });
  }

  const extensions: ExtensionNode[] = [];
  for (const id of config.serviceExtensions) {
    const configured = config.extensions.get(id);
    if (configured === undefined) continue;
    const component = `extension:${id}`;
    const context = { ...services.context(component), pipeline: services.view };
    const extension = attempt(component, () => configured.definition.create(configured.config, context));
    if (extension !== undefined) extensions.push({ id, extension, running: false });
  }

  const fed = pipelines.filter((_, index) => {
    const pipeline = ordered[index];
    return pipeline !== undefined && (pipeline.implicit === true || pipeline.receivers.length === 0);
  });
  if (culprits.length > 0) throw creationError(culprits);
  return {
    extensions,
    chains: [...chains.values()],
    connectors: [...connectors.values()],
    pipelines,
    receivers,
    feed: sourceFor('pipeline.consume', fed, true),
    traffic,
  };
}

type Attempt = <T>(component: string, build: () => T) => T | undefined;

interface Sinks {
  /** By `signal exporter-id`. */
  readonly chains: ReadonlyMap<string, ExporterChain>;
  readonly connectors: ReadonlyMap<string, ConnectorNode>;
}

function chainKey(signal: Signal, id: string): string {
  return `${signal} ${id}`;
}

function buildChains(
  config: ResolvedConfig,
  pipelines: readonly ConfiguredPipeline[],
  services: GraphServices,
  attempt: Attempt,
): Map<string, ExporterChain> {
  const chains = new Map<string, ExporterChain>();
  for (const { signal, exporters } of pipelines) {
    for (const id of exporters) {
      const key = chainKey(signal, id);
      const configured = config.exporters.get(id);
      if (configured === undefined || chains.has(key)) continue;
      const component = `exporter:${id}`;
      const chain = attempt(component, () => {
        const context = { ...services.context(component, signal), dataSignal: signal };
        const exporter = configured.definition.create(configured.config, context);
        return services.createChain({ configured, signal, exporter, context });
      });
      if (chain !== undefined) chains.set(key, chain);
    }
  }
  return chains;
}

function buildConnectors(
  config: ResolvedConfig,
  pipelines: readonly ConfiguredPipeline[],
  services: GraphServices,
  attempt: Attempt,
): Map<string, ConnectorNode> {
  const nodes = new Map<string, ConnectorNode>();
  for (const configured of used(config.connectors, pipelines, (pipeline) => pipeline.exporters)) {
    const { id, definition } = configured;
    const component = `connector:${id}`;
    const outputs = pipelines.filter((pipeline) => pipeline.receivers.includes(id)).map((pipeline) => pipeline.id);
    const context = { ...services.context(component), outputs };
    const connector = attempt(component, () => definition.create(configured.config, context));
    if (connector === undefined) continue;
    const failed = services.failureReporter(component, context.logger, context.status);
    nodes.set(id, { id, connector, in: edge(`-> ${component}`), outputs: [], dropped: {}, failed });
  }
  return nodes;
}

function buildPipeline(
  pipeline: ConfiguredPipeline,
  config: ResolvedConfig,
  sinks: Sinks,
  services: GraphServices,
  attempt: Attempt,
): PipelineNode {
  const { id, signal } = pipeline;
  const stages: Stage[] = [];
  for (const processorId of pipeline.processors) {
    const configured = config.processors.get(processorId);
    if (configured === undefined) continue;
    const component = `processor:${processorId}`;
    const context = { ...services.context(component, id), dataSignal: signal };
    const processor = attempt(component, () => configured.definition.create(configured.config, context));
    if (processor === undefined) continue;
    stages.push({
      id: processorId,
      processor,
      counts: newStageCounts(),
      out: edge(`${component} (${id}) ->`),
      failed: services.failureReporter(component, context.logger, context.status),
      timed: services.instruments?.processorDuration(processorId, signal),
    });
  }
  const exporters: ExporterBranch[] = [];
  const connectors: ConnectorNode[] = [];
  for (const sink of pipeline.exporters) {
    const chain = sinks.chains.get(chainKey(signal, sink));
    const connector = sinks.connectors.get(sink);
    if (chain !== undefined) {
      exporters.push({
        chain,
        in: edge(`pipeline:${id} -> exporter:${sink}`),
        sized: services.instruments?.enqueueSize(sink),
      });
    } else if (connector !== undefined) connectors.push(connector);
  }
  const counts = { received: 0, added: 0, refused: 0, entered: 0 };
  return { id, signal, in: edge(`-> pipeline:${id}`), stages, exporters, connectors, counts };
}

/** The configured components that some pipeline names, in the order of the configuration. */
function used<C extends Configured>(
  configured: ReadonlyMap<string, C>,
  pipelines: readonly ConfiguredPipeline[],
  names: (pipeline: ConfiguredPipeline) => readonly string[],
): readonly C[] {
  const ids = new Set(pipelines.flatMap(names));
  return [...configured.values()].filter(({ id }) => ids.has(id));
}

function bySignal(pipelines: readonly PipelineNode[]): ReadonlyMap<Signal, readonly PipelineNode[]> {
  return Map.groupBy(pipelines, (pipeline) => pipeline.signal);
}

function creationError(culprits: readonly Culprit[]): LifecycleError {
  const lines = culprits.map(({ component, error }) => `${component}: ${messageOf(error)}`);
  const what = culprits.length === 1 ? 'a component' : `${culprits.length} components`;
  return new LifecycleError('TFO_ERR_LIFECYCLE_CREATE', `${what} could not be created: ${lines.join('; ')}`, culprits);
}
