/** Where each value of a resolved configuration came from. */
import type { SourcePosition } from './resolved.ts';
import type { ScalarNode } from './tree.ts';

export type Origin =
  /** Written in a file. */
  | { readonly kind: 'file'; readonly position: SourcePosition }
  /** Written in a file, with text from these variables or files in it. */
  | { readonly kind: 'reference'; readonly variables: readonly string[]; readonly position: SourcePosition | undefined }
  /** Given in a JS object. */
  | { readonly kind: 'object' }
  /** The default of the option. */
  | { readonly kind: 'default' };

/** By path in the native form, as `exporters.loki.timeout`. */
export type Origins = ReadonlyMap<string, Origin>;

/** The origin of one scalar. */
export function originOf(node: ScalarNode): Origin {
  if (node.substitution !== undefined) {
    return { kind: 'reference', variables: node.substitution.variables, position: node.position };
  }
  return node.position === undefined ? { kind: 'object' } : { kind: 'file', position: node.position };
}
