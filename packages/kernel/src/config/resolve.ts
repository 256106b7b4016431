/**
 * A configuration from its sources to what the graph builds:
 *
 *   load -> substitute -> merge -> convert the dialect -> per block: find the package, decode, validate, check
 *        -> pipelines -> ports
 *
 * Everything wrong is collected and thrown once, as a {@link ConfigError}.
 */
import type {
  ConnectorDefinition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/definition.ts';
import type { ExporterDefinition } from '../component/exporter.ts';
import { ConfigError } from '../errors/config-error.ts';
import { type ConfigProblem, problem } from '../errors/problem.ts';
import { type ComponentBlock, decodeOwn } from './component-block.ts';
import type { AnyObjectSchema } from './decode.ts';
import { DecodeContext, type DecodeShared } from './decode-context.ts';
import { recordDefaultReceivers, recordExtensions, recordPipelines } from './derived-origins.ts';
import { feedbackLoops } from './feedback.ts';
import { byId, type Instances, instancesOf } from './instances.ts';
import { loadListedPlugins } from './listed-plugins.ts';
import { type ConfigSource, type LoadedConfig, loadConfigSources } from './load.ts';
import { didYouMean } from './nearest.ts';
import type { Origins } from './origin.ts';
import { automaticPipelines, type Components, warnUnused, writtenPipelines } from './pipelines.ts';
import { checkPorts, type Listener, listenersOf } from './ports.ts';
import type { Configured, ConfiguredPipeline, PluginLookup, ResolvedConfig } from './resolved.ts';
import { SecretRegistry } from './secret-registry.ts';
import { readSections, resolveBlocks, type Sections } from './sections.ts';
import { type ServiceOptions, serviceSchema } from './service-options.ts';
import type { Environment } from './substitute.ts';
import { emptyMap } from './tree.ts';

/** What a configuration is resolved against. */
export interface ResolveOptions {
  /** Finds the packages of the components it names. */
  readonly plugins: PluginLookup;
  /** Default `process.env`. */
  readonly env?: Environment;
  /** What `${file:path}` in a JS object is relative to; default the working directory. */
  readonly baseDir?: string;
  /** Receivers to add when the configuration names none. With it, a pipeline without receivers is an error. */
  readonly agentDefaults?: { readonly receivers: Readonly<Record<string, unknown>> };
}

/** A configuration that is valid, with what is to be said about it. */
export interface Resolution {
  readonly config: ResolvedConfig;
  /** Warnings and notices. */
  readonly warnings: readonly ConfigProblem[];
  /** Where each value came from, by its path in the native form. */
  readonly origins: Origins;
  /** The secrets of this configuration, for scrubbing logs and errors. */
  readonly secrets: SecretRegistry;
}

/**
 * Throws a {@link ConfigError} that names everything start would refuse for configuration reasons.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type {
 *   ConfigProblem,
 *   Configured,
 *   ConfiguredPipeline,
 *   PluginLookup,
 *   Resolution,
 *   ResolvedConfig,
 *   ResolveOptions,
 *   ServiceTelemetry,
 * } from '@telemetryflow/kernel';
 * import { createPluginLookup, resolveConfig, type SourcePosition } from '@telemetryflow/kernel';
 *
 * const plugins: PluginLookup = createPluginLookup({ plugins: [debug] });
 * const options: ResolveOptions = { plugins, env: { SHOP: 'eu' } };
 * const text =
 *   'exporters:\n  debug:\n    service_name: shop-${SHOP}\nservice:\n  telemetry: { metrics: { level: basic } }\n';
 * const resolution: Resolution = await resolveConfig([{ name: 'telemetry.yaml', text }], options);
 * const config: ResolvedConfig = resolution.config;
 * const exporter: Configured | undefined = config.exporters.get('debug');
 * const at: SourcePosition | undefined = exporter?.position;
 * assert.equal((exporter?.config as { service_name: string }).service_name, 'shop-eu');
 * assert.deepEqual(at, { file: 'telemetry.yaml', line: 2, column: 3 });
 * const pipelines: readonly ConfiguredPipeline[] = config.pipelines;
 * assert.deepEqual(pipelines.map(({ id, exporters }) => [id, exporters]).at(0), ['traces', ['debug']]);
 * const { metrics }: ServiceTelemetry = config.telemetry;
 * assert.equal(metrics.level, 'basic');
 * const warnings: readonly ConfigProblem[] = resolution.warnings;
 * assert.deepEqual(warnings, []);
 * ```
 */
export async function resolveConfig(
  sources: readonly ConfigSource[] | LoadedConfig,
  options: ResolveOptions,
): Promise<Resolution> {
  const loaded = 'root' in sources ? sources : await loadConfigSources(sources, options);
  const shared = { problems: [], origins: new Map(), secrets: new SecretRegistry(), warned: new Set<string>() };
  const config = await resolveLoaded(loaded, options, shared);
  const problems: readonly ConfigProblem[] = shared.problems;
  const errors = problems.filter((each) => each.severity === 'error');
  if (errors.length > 0 || config === undefined) {
    throw new ConfigError(errors, { texts: loaded.texts, scrub: (text) => shared.secrets.scrub(text) });
  }
  return { config, warnings: problems, origins: shared.origins, secrets: shared.secrets };
}

async function resolveLoaded(
  loaded: LoadedConfig,
  options: ResolveOptions,
  shared: DecodeShared,
): Promise<ResolvedConfig | undefined> {
  const sections = readSections(loaded.root, options.agentDefaults?.receivers, shared);
  await loadListedPlugins(sections.plugins, options.plugins, options.baseDir, shared);
  const blocks = await resolveBlocks(sections, options.plugins, shared);
  recordDefaultReceivers(sections.defaultReceivers, shared.origins);
  const components = componentsOf(blocks, shared);
  const extensions = byId(instancesOf<ExtensionDefinition>(blocks.extension, shared));

  const cx = new DecodeContext(shared, ['service']);
  const entry = sections.service ?? { key: 'service', keyPosition: undefined, value: emptyMap(undefined, ['service']) };
  const service = (await decodeOwn(serviceSchema as unknown as AnyObjectSchema, entry, cx, 'service')) as
    | ServiceOptions
    | undefined;
  if (service === undefined) return undefined;

  const pipelines = resolvePipelines(service, components, sections, options, cx);
  recordPipelines(pipelines, cx);
  const serviceExtensions = resolveExtensions(service, blocks.extension, cx);
  recordExtensions(service.extensions !== undefined, cx);
  const receivers = usedReceivers(components, pipelines, sections, shared);
  const exporters = byId(components.exporters);
  const listening = checkListeners(service, { receivers, extensions, serviceExtensions }, blocks, cx);
  // Where an exporter with errors would send is not to be asked.
  if (shared.problems.every(({ severity }) => severity !== 'error')) {
    shared.problems.push(...feedbackLoops(pipelines, exporters, listening));
  }
  return {
    receivers,
    processors: components.processors as ReadonlyMap<string, Configured<ProcessorDefinition>>,
    exporters,
    connectors: components.connectors,
    extensions,
    pipelines,
    serviceExtensions,
    telemetry: {
      metrics: { level: service.telemetry.metrics.level, address: service.telemetry.metrics.address || undefined },
      logs: service.telemetry.logs,
    },
    shutdownTimeoutMs: service.shutdown_timeout,
  };
}

function componentsOf(blocks: Components['blocks'], shared: DecodeShared): Components {
  return {
    blocks,
    receivers: byId(instancesOf<ReceiverDefinition>(blocks.receiver, shared)),
    processors: byId(instancesOf<ProcessorDefinition>(blocks.processor, shared)),
    connectors: byId(instancesOf<ConnectorDefinition>(blocks.connector, shared)),
    exporters: instancesOf<ExporterDefinition>(blocks.exporter, shared) satisfies Instances<ExporterDefinition>,
  };
}

function resolvePipelines(
  service: ServiceOptions,
  components: Components,
  sections: Sections,
  options: ResolveOptions,
  cx: DecodeContext,
): readonly ConfiguredPipeline[] {
  const { blocks } = components;
  const { problems } = cx.shared;
  if (blocks.exporter.length === 0) {
    problems.push(
      problem('TFO_ERR_CONFIG_NO_EXPORTERS', { position: sections.exportersPosition, path: ['exporters'] }),
    );
  } else if (blocks.exporter.every((each) => each.disabled)) {
    problems.push(problem('TFO_WARN_CONFIG_NOTHING', { position: sections.exportersPosition, path: ['exporters'] }));
  }
  const written = service.pipelines ?? {};
  if (Object.keys(written).length > 0) {
    const embedded = options.agentDefaults === undefined;
    const added = sections.defaultReceivers.length > 0 ? sections.defaultReceivers : undefined;
    const rules = { defaultReceivers: embedded ? noReceivers(blocks.receiver) : added };
    const pipelines = writtenPipelines(written, components, rules, cx);
    if (!cx.failed) warnUnused(pipelines, components, cx);
    return pipelines;
  }
  const [connector] = blocks.connector;
  if (connector !== undefined) {
    const details = { position: connector.entry.keyPosition, path: connector.entry.value.path };
    problems.push(problem('TFO_ERR_CONFIG_CONNECTOR_PIPELINES', details));
  }
  return automaticPipelines(components);
}

/** Without any receiver, an embedded pipeline is fed by code; with some, a pipeline that names none is an error. */
function noReceivers(blocks: readonly ComponentBlock[]): readonly string[] | undefined {
  return blocks.length === 0 ? [] : undefined;
}

function resolveExtensions(
  service: ServiceOptions,
  blocks: readonly ComponentBlock[],
  cx: DecodeContext,
): readonly string[] {
  const configured = blocks.map((each) => each.id);
  if (service.extensions === undefined) return configured;
  for (const [index, id] of service.extensions.entries()) {
    if (configured.includes(id) || cx.hasFailed(['extensions', index])) continue;
    const { node } = cx.nearestPlace(['extensions', index]);
    cx.fail('TFO_ERR_CONFIG_REFERENCE', ['extensions', index], node, {
      params: { kind: 'extension', id, section: 'extensions' },
      hint: didYouMean(id, configured),
    });
  }
  return [...new Set(service.extensions)];
}

/** Default receivers that no pipeline can use are left out, and the others are named in one notice. */
function usedReceivers(
  components: Components,
  pipelines: readonly ConfiguredPipeline[],
  sections: Sections,
  shared: DecodeShared,
): ReadonlyMap<string, Configured<ReceiverDefinition>> {
  const receivers = components.receivers as ReadonlyMap<string, Configured<ReceiverDefinition>>;
  if (sections.defaultReceivers.length === 0) return receivers;
  const used = new Set(pipelines.flatMap((each) => each.receivers));
  const kept = new Map([...receivers].filter(([id]) => used.has(id)));
  if (kept.size > 0) {
    const params = { ids: [...kept.keys()].join(', ') };
    shared.problems.push(problem('TFO_NOTICE_CONFIG_DEFAULT_RECEIVERS', { params }));
  }
  return kept;
}

/** Reports ports that clash; gives back where each receiver listens. */
function checkListeners(
  service: ServiceOptions,
  running: Pick<ResolvedConfig, 'receivers' | 'extensions' | 'serviceExtensions'>,
  blocks: Components['blocks'],
  cx: DecodeContext,
): ReadonlyMap<string, readonly Listener[]> {
  const contexts = new Map(
    [...blocks.receiver, ...blocks.extension].map((block) => [`${block.kind}:${block.id}`, block.cx]),
  );
  const contextOf = (each: Configured): DecodeContext => contexts.get(`${each.definition.kind}:${each.id}`) ?? cx;
  const started = running.serviceExtensions.flatMap((id) => running.extensions.get(id) ?? []);
  const listening = new Map([...running.receivers].map(([id, each]) => [id, listenersOf(each, contextOf(each))]));
  const listeners = [
    ...[...listening.values()].flat(),
    ...started.flatMap((each) => listenersOf(each, contextOf(each))),
  ];
  const address = service.telemetry.metrics.address;
  const path = ['telemetry', 'metrics', 'address'];
  if (address) listeners.push({ address, owner: 'service.telemetry.metrics', cx, path });
  checkPorts(listeners);
  return listening;
}
