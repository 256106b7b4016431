/** The `integrations:` block to the native layout: each integration is an exporter of that type. */
import { type ConfigProblem, problem } from '../errors/problem.ts';
import { type ConfigNode, describeNode, isNull, type MapEntry, type MapNode } from './tree.ts';

export interface Converted {
  /** Without `integrations`. Nodes keep the path they were written under. */
  readonly root: MapNode;
  readonly problems: readonly ConfigProblem[];
}

/** Pure; a configuration without `integrations` comes back as it is. */
export function convertIntegrations(root: MapNode): Converted {
  const integrations = root.entries.get('integrations');
  if (integrations === undefined) return { root, problems: [] };
  const problems: ConfigProblem[] = [];
  const entries = new Map(root.entries);
  entries.delete('integrations');
  const block = integrations.value;
  if (block.kind !== 'map') {
    if (!isNull(block)) {
      const params = { expected: 'a map', actual: describeNode(block) };
      problems.push(problem('TFO_ERR_CONFIG_TYPE', { position: block.position, path: block.path, params }));
    }
    return { root: { ...root, entries }, problems };
  }
  const native = root.entries.get('exporters');
  const exporters = new Map<string, MapEntry>(native?.value.kind === 'map' ? native.value.entries : []);
  for (const [key, entry] of block.entries) {
    if (exporters.has(key)) {
      const details = { position: entry.keyPosition, path: entry.value.path, params: { kind: 'exporter', id: key } };
      problems.push(problem('TFO_ERR_CONFIG_COMPONENT_TWICE', details));
    } else {
      exporters.set(key, entry);
    }
  }
  const value: ConfigNode = { ...block, entries: exporters };
  const usable = native === undefined || native.value.kind === 'map' || isNull(native.value);
  if (usable) entries.set('exporters', { key: 'exporters', keyPosition: (native ?? integrations).keyPosition, value });
  return { root: { ...root, entries }, problems };
}
