/** Several sources, in order, to one tree: maps merge deeply, everything else is replaced by the later source. */
import type { ConfigNode, MapEntry } from './tree.ts';
import { isNull } from './tree.ts';

/**
 * `null` removes what an earlier source set; where none did, it is a key without value.
 * A key without value leaves an earlier value alone.
 */
export function mergeSources(sources: readonly ConfigNode[]): ConfigNode | undefined {
  const [first, ...later] = sources;
  if (first === undefined) return undefined;
  return later.reduce((merged, source) => mergeNodes(merged, source), first);
}

function mergeNodes(earlier: ConfigNode, later: ConfigNode): ConfigNode {
  if (isNull(later)) return later.empty ? earlier : later;
  if (earlier.kind !== 'map' || later.kind !== 'map') return later;
  const entries = new Map<string, MapEntry>(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    if (before === undefined) {
      entries.set(key, entry);
    } else if (isNull(entry.value) && !entry.value.empty) {
      entries.delete(key);
    } else {
      const value = mergeNodes(before.value, entry.value);
      // A map keeps the position of its first appearance, so that the order of components stays readable.
      entries.set(key, value.kind === 'map' ? { ...before, value } : { ...entry, value });
    }
  }
  return { ...earlier, entries };
}
