/** The top of a configuration: which blocks there are, in which dialect. */
import type { ComponentKind } from '../component/definition.ts';
import { type ConfigPath, problem } from '../errors/problem.ts';
import { type ComponentBlock, resolveComponent, sectionOf } from './component-block.ts';
import type { DecodeShared } from './decode-context.ts';
import { convertIntegrations } from './dialect.ts';
import { didYouMean } from './nearest.ts';
import { parseObject } from './object-source.ts';
import type { PluginLookup, SourcePosition } from './resolved.ts';
import { type ConfigNode, describeNode, isNull, type MapEntry, type MapNode } from './tree.ts';

export const KINDS: readonly ComponentKind[] = ['extension', 'exporter', 'processor', 'connector', 'receiver'];
const TOP_LEVEL: readonly string[] = [...KINDS.map(sectionOf), 'service', 'plugins', 'integrations'];

/** An entry of the `plugins:` list: a package name or a path. */
export interface ListedPlugin {
  readonly name: string;
  readonly position: SourcePosition | undefined;
  readonly path: ConfigPath;
}

export interface Sections {
  readonly entries: Readonly<Record<ComponentKind, readonly MapEntry[]>>;
  readonly service: MapEntry | undefined;
  readonly plugins: readonly ListedPlugin[];
  /** Receivers that were added because the configuration names none. */
  readonly defaultReceivers: readonly string[];
  readonly exportersPosition: SourcePosition | undefined;
}

/** Splits the configuration into its blocks; reports keys that do not belong at the top. */
export function readSections(
  loaded: ConfigNode,
  defaultReceivers: Readonly<Record<string, unknown>> | undefined,
  shared: DecodeShared,
): Sections {
  const top: MapNode = loaded.kind === 'map' ? loaded : { ...loaded, kind: 'map', entries: new Map() };
  for (const [key, entry] of top.entries) {
    if (TOP_LEVEL.includes(key)) continue;
    const params = { key, known: TOP_LEVEL.join(', ') };
    const details = { position: entry.keyPosition, path: [key], params, hint: didYouMean(key, TOP_LEVEL) };
    shared.problems.push(problem('TFO_ERR_CONFIG_UNKNOWN_KEY', details));
  }
  const { root, problems } = convertIntegrations(top);
  shared.problems.push(...problems);
  const written = blockEntries(root, 'receiver', shared);
  const added = written.length === 0 ? receiverEntries(defaultReceivers) : [];
  return {
    entries: {
      receiver: [...written, ...added],
      processor: blockEntries(root, 'processor', shared),
      exporter: blockEntries(root, 'exporter', shared),
      connector: blockEntries(root, 'connector', shared),
      extension: blockEntries(root, 'extension', shared),
    },
    service: root.entries.get('service'),
    plugins: listedPlugins(root, shared),
    defaultReceivers: added.map((entry) => entry.key),
    exportersPosition: root.entries.get('exporters')?.keyPosition ?? top.position,
  };
}

/** All blocks of all kinds; packages are looked up in parallel. */
export async function resolveBlocks(
  sections: Sections,
  plugins: PluginLookup,
  shared: DecodeShared,
): Promise<Readonly<Record<ComponentKind, readonly ComponentBlock[]>>> {
  const resolve = (kind: ComponentKind): Promise<readonly ComponentBlock[]> =>
    Promise.all(sections.entries[kind].map((entry) => resolveComponent(kind, entry, plugins, shared)));
  const [receiver, processor, exporter, connector, extension] = await Promise.all([
    resolve('receiver'),
    resolve('processor'),
    resolve('exporter'),
    resolve('connector'),
    resolve('extension'),
  ]);
  return { receiver, processor, exporter, connector, extension };
}

function blockEntries(root: MapNode, kind: ComponentKind, shared: DecodeShared): readonly MapEntry[] {
  const section = root.entries.get(sectionOf(kind))?.value;
  if (section === undefined || isNull(section)) return [];
  if (section.kind === 'map') return [...section.entries.values()];
  wrongSection(section, `a map of ${sectionOf(kind)}`, shared);
  return [];
}

function listedPlugins(root: MapNode, shared: DecodeShared): readonly ListedPlugin[] {
  const list = root.entries.get('plugins')?.value;
  if (list === undefined || isNull(list)) return [];
  if (list.kind !== 'list') {
    wrongSection(list, 'a list of packages or paths', shared);
    return [];
  }
  return list.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.text !== '') {
      return { name: item.text, position: item.position, path: item.path };
    }
    wrongSection(item, 'a package name or a path', shared);
    return [];
  });
}

function receiverEntries(receivers: Readonly<Record<string, unknown>> | undefined): readonly MapEntry[] {
  const node = parseObject({ receivers: receivers ?? {} });
  const block = node.kind === 'map' ? node.entries.get('receivers')?.value : undefined;
  return block?.kind === 'map' ? [...block.entries.values()] : [];
}

function wrongSection(node: ConfigNode, expected: string, shared: DecodeShared): void {
  const params = { expected, actual: describeNode(node) };
  shared.problems.push(problem('TFO_ERR_CONFIG_TYPE', { position: node.position, path: node.path, params }));
}
