/** Component blocks to the instances that will run: `expand` makes several exporters of one block. */
import type { Definition } from '../component/definition.ts';
import type { ExporterDefinition } from '../component/exporter.ts';
import { problem } from '../errors/problem.ts';
import type { ComponentBlock } from './component-block.ts';
import type { DecodeShared } from './decode-context.ts';
import { recordInstance } from './derived-origins.ts';
import type { Configured } from './resolved.ts';

/** Ids as they are written in pipelines, each with the instances it stands for. */
export type Instances<D extends Definition> = ReadonlyMap<string, readonly Configured<D>[]>;

/** One instance per block, or those its definition expands it to. Blocks with errors have none. */
export function instancesOf<D extends Definition>(
  blocks: readonly ComponentBlock[],
  shared: DecodeShared,
): Instances<D> {
  const instances = new Map<string, readonly Configured<D>[]>();
  const taken = new Set(blocks.map((block) => block.id));
  for (const block of blocks) {
    const { definition, config, id, entry } = block;
    if (definition === undefined || config === undefined) continue;
    const one = { id, definition: definition as D, config, position: entry.keyPosition };
    instances.set(id, expandBlock(definition, one, block, taken, shared));
  }
  return instances;
}

/** All instances of a kind by their final id. */
export function byId<D extends Definition>(instances: Instances<D>): ReadonlyMap<string, Configured<D>> {
  return new Map([...instances.values()].flat().map((each) => [each.id, each]));
}

function expandBlock<D extends Definition>(
  definition: Definition,
  one: Configured<D>,
  block: ComponentBlock,
  taken: Set<string>,
  shared: DecodeShared,
): readonly Configured<D>[] {
  const expand = (definition as Partial<ExporterDefinition>).expand;
  if (definition.kind !== 'exporter' || expand === undefined) return [one];
  const at = { position: block.entry.keyPosition, path: block.entry.value.path };
  try {
    const expanded = Object.entries(expand(one.config));
    return expanded.map(([name, config], index) => {
      // An instance without a name is the block itself; what was printed as `webhook/a` reads back as `webhook/a`.
      const itself = name === '' || (expanded.length === 1 && one.id.endsWith(`/${name}`));
      const id = itself ? one.id : `${one.id}/${name}`;
      if (id !== one.id && taken.has(id)) {
        const params = { kind: 'exporter', id };
        shared.problems.push(problem('TFO_ERR_CONFIG_COMPONENT_TWICE', { ...at, params }));
      }
      taken.add(id);
      const from = { path: block.cx.base, config: one.config, position: block.entry.keyPosition };
      recordInstance(from, { path: ['exporters', id], config, index }, shared.origins);
      return { ...one, id, config };
    });
  } catch (error) {
    const params = { component: one.id, reason: error instanceof Error ? error.message : String(error) };
    shared.problems.push(problem('TFO_ERR_CONFIG_CHECK_FAILED', { ...at, params }));
    return [];
  }
}
