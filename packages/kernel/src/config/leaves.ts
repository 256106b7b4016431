/** Walks a plain value: a decoded configuration, or one as it is printed. */
import type { ConfigPath } from '../errors/problem.ts';

/** Scalars, secrets and empty containers with their paths, in order. */
export function* leaves(value: unknown, path: ConfigPath = []): Generator<readonly [path: ConfigPath, value: unknown]> {
  const children = typeof value === 'object' && value !== null ? childrenOf(value) : [];
  if (children.length === 0) yield [path, value];
  for (const [key, child] of children) yield* leaves(child, [...path, key]);
}

function childrenOf(value: object): readonly (readonly [string | number, unknown])[] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}
