/** Origins of what no schema decoded: pipelines, default receivers, the instances of a block that expands. */
import { type ConfigPath, formatPath } from '../errors/problem.ts';
import type { DecodeContext } from './decode-context.ts';
import { leaves } from './leaves.ts';
import { nearestOrigin, type Origin, originOf } from './origin.ts';
import type { ConfiguredPipeline, SourcePosition } from './resolved.ts';

type MutableOrigins = Map<string, Origin>;

/** Receivers that were added because the configuration names none. */
export function recordDefaultReceivers(ids: readonly string[], origins: MutableOrigins): void {
  const derived: Origin = { kind: 'derived', from: 'no receivers are configured', position: undefined };
  for (const id of ids) {
    const base = `receivers.${id}`;
    for (const [path, { kind }] of origins) {
      if ((path === base || path.startsWith(`${base}.`)) && kind === 'object') origins.set(path, derived);
    }
  }
}

/** Every id of every pipeline: where it was written, or why it is there. `cx` is the service block's. */
export function recordPipelines(pipelines: readonly ConfiguredPipeline[], cx: DecodeContext): void {
  const { origins } = cx.shared;
  for (const pipeline of pipelines) {
    const implicit = pipeline.implicit === true;
    const from = implicit ? 'no service.pipelines are written' : 'the pipeline names no receivers';
    const derived: Origin = { kind: 'derived', from, position: pipeline.position };
    for (const side of ['receivers', 'processors', 'exporters'] as const) {
      const list = ['pipelines', pipeline.id, side];
      const written = implicit ? undefined : writtenIds(list, cx);
      for (const key of [...origins.keys()]) if (key.startsWith(`service.${formatPath(list)}[`)) origins.delete(key);
      if (written === undefined) cx.origin(list, implicit ? derived : { kind: 'default' });
      for (const [index, id] of pipeline[side].entries()) {
        const exact = written?.find((each) => each.id === id);
        const expanded = written?.find((each) => id.startsWith(`${each.id}/`));
        cx.origin([...list, index], (exact ?? expanded)?.origin ?? derived);
      }
    }
  }
}

/** Extensions start as listed, else all of them. */
export function recordExtensions(listed: boolean, cx: DecodeContext): void {
  if (listed) return;
  cx.origin(['extensions'], { kind: 'derived', from: 'no service.extensions are written', position: undefined });
}

interface Block {
  readonly path: ConfigPath;
  readonly config: unknown;
  readonly position: SourcePosition | undefined;
}

/**
 * One instance of an expanded block. A value is from the entry of the block's list at the instance's index, or from
 * the top of the block, where the same value stands there; else it follows from the block as a whole.
 */
export function recordInstance(
  block: Block,
  instance: { readonly path: ConfigPath; readonly config: unknown; readonly index: number },
  origins: MutableOrigins,
): void {
  const lists = Object.entries((block.config ?? {}) as object).filter(([, value]) => Array.isArray(value));
  const found: [string, Origin][] = [];
  for (const [path, value] of leaves(instance.config)) {
    const candidates = [...lists.map(([key]) => [key, instance.index, ...path]), path];
    const source = candidates.find((each) => Object.is(valueAt(block.config, each), value));
    const origin = source === undefined ? undefined : nearestOrigin(origins, [...block.path, ...source]);
    const derived: Origin = { kind: 'derived', from: formatPath(block.path), position: block.position };
    found.push([formatPath([...instance.path, ...path]), origin ?? derived]);
  }
  for (const [path, origin] of found) origins.set(path, origin);
}

/** Undefined where the list was not written. */
function writtenIds(
  list: ConfigPath,
  cx: DecodeContext,
): readonly { readonly id: string; readonly origin: Origin }[] | undefined {
  const { node, exact } = cx.nearestPlace(list);
  if (!exact || node.kind !== 'list') return undefined;
  return node.items.flatMap((item) => (item.kind === 'scalar' ? [{ id: item.text, origin: originOf(item) }] : []));
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce(
    (at: unknown, key) =>
      typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}
