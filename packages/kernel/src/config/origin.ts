/** Where each value of a resolved configuration came from. */
import { type ConfigPath, formatPath } from '../errors/problem.ts';
import type { SourcePosition } from './resolved.ts';
import type { ConfigNode, Reference } from './tree.ts';

/** Where a value of a configuration came from. */
export type Origin =
  /** Written in a file. */
  | { readonly kind: 'file'; readonly position: SourcePosition }
  /** Written with text from these variables or files in it; without a position in a JS object. */
  | {
      readonly kind: 'reference';
      readonly references: readonly Reference[];
      readonly position: SourcePosition | undefined;
    }
  /** Given in a JS object. */
  | { readonly kind: 'object' }
  /** The default of the option. */
  | { readonly kind: 'default' }
  /** Follows from other parts of the configuration: `from` says which, as a phrase. */
  | { readonly kind: 'derived'; readonly from: string; readonly position: SourcePosition | undefined };

/** By path in the native form, as `exporters.loki.timeout`; lists and maps have one as well as what is in them. */
export type Origins = ReadonlyMap<string, Origin>;

/** The origin of what a node holds. */
export function originOf(node: ConfigNode): Origin {
  if (node.kind === 'scalar' && node.substitution !== undefined) {
    return { kind: 'reference', references: node.substitution.references, position: node.position };
  }
  return node.position === undefined ? { kind: 'object' } : { kind: 'file', position: node.position };
}

/**
 * The origin of a value, else of the nearest part of the configuration around it that has one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, nearestOrigin, type Origin, type Origins, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { name: 'telemetry.yaml', text: 'exporters:\n  debug:\n    tags: { team: pay }\n' };
 * const resolution = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * const origins: Origins = resolution.origins;
 * const origin: Origin | undefined = nearestOrigin(origins, ['exporters', 'debug', 'tags', 'team']);
 * assert.deepEqual(origin, { kind: 'file', position: { file: 'telemetry.yaml', line: 3, column: 19 } });
 * ```
 */
export function nearestOrigin(origins: Origins, path: ConfigPath): Origin | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(formatPath(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/**
 * An origin in words: `telemetry.yaml:3:14`, `$LOKI_TOKEN at telemetry.yaml:4:12`, `default`. Never shows a value.
 * `object` is what a JS object is called; default `given in code`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { describeOrigin, type Origin } from '@telemetryflow/kernel';
 *
 * const position = { file: 'telemetry.yaml', line: 3, column: 14 };
 * const origin: Origin = { kind: 'file', position };
 * assert.equal(describeOrigin(origin), 'telemetry.yaml:3:14');
 * const token = { kind: 'variable', name: 'LOKI_TOKEN', given: 'environment' } as const;
 * assert.equal(
 *   describeOrigin({ kind: 'reference', references: [token], position }),
 *   '$LOKI_TOKEN at telemetry.yaml:3:14',
 * );
 * assert.equal(describeOrigin({ kind: 'default' }), 'default');
 * ```
 */
export function describeOrigin(
  origin: Origin,
  { object = 'given in code' }: { readonly object?: string } = {},
): string {
  switch (origin.kind) {
    case 'file':
      return place(origin.position);
    case 'reference': {
      const where = origin.position === undefined ? object : `at ${place(origin.position)}`;
      return `${origin.references.map(describeReference).join(', ')} ${where}`;
    }
    case 'object':
      return object;
    case 'default':
      return 'default';
    case 'derived':
      return origin.position === undefined ? origin.from : `${origin.from} at ${place(origin.position)}`;
  }
}

function describeReference(reference: Reference): string {
  if (reference.kind === 'file') return `file ${reference.path}`;
  const { name, given } = reference;
  if (given === 'environment') return `$${name}`;
  if (given === 'host') return `host name for $${name}`;
  return given === 'fallback' ? `default for $${name}` : `unset $${name}`;
}

function place({ file, line, column }: SourcePosition): string {
  return `${file ?? ''}:${line}:${column}`;
}
