/** The tree that a condition is read into. Every node knows its column. */

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*';

export type Node =
  | { readonly kind: 'logic'; readonly op: 'and' | 'or'; readonly terms: readonly Node[]; readonly column: number }
  | { readonly kind: 'not'; readonly term: Node; readonly column: number }
  | {
      readonly kind: 'compare';
      readonly op: Comparison;
      readonly left: Node;
      readonly right: Node;
      readonly column: number;
    }
  | {
      readonly kind: 'math';
      readonly op: Arithmetic;
      readonly left: Node;
      readonly right: Node;
      readonly column: number;
    }
  | { readonly kind: 'literal'; readonly value: Literal; readonly float?: boolean; readonly column: number }
  | { readonly kind: 'enum'; readonly name: string; readonly column: number }
  | PathNode
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly column: number };

export type Literal = string | number | bigint | boolean | null;

/** `resource.attributes["a"][0]`: the dotted name, and the keys behind it. */
export interface PathNode {
  readonly kind: 'path';
  readonly name: string;
  readonly keys: readonly (string | number)[];
  readonly column: number;
}
