/**
 * A configuration between parsing and decoding: scalars, lists and maps that remember where they were written.
 * YAML files and JS objects both become this tree; merging, substitution and the dialect converter work on it.
 */
import type { ConfigPath } from '../errors/problem.ts';
import type { SourcePosition } from './resolved.ts';
import type { Secret } from './secret.ts';

interface Located {
  /** Undefined for values of a JS object. */
  readonly position: SourcePosition | undefined;
  /** Keys as written, from the top of the file. */
  readonly path: ConfigPath;
}

export type ScalarValue = string | number | boolean | bigint | null | Secret;

export interface ScalarNode extends Located {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  /** The text as written, without quotes; what a string field gets. */
  readonly text: string;
  /** Unquoted or substituted: the schema decides the type. */
  readonly plain: boolean;
  /** Nothing was written after the key. */
  readonly empty: boolean;
  readonly substitution?: Substitution;
}

/** What substitution did to a scalar, and what it could not do. */
export interface Substitution {
  /** What was read, in order. */
  readonly references: readonly Reference[];
  /** Texts that came from the environment or from files. */
  readonly values: readonly string[];
  /** Variables without value and without default. */
  readonly unset: readonly string[];
  /** Faults are reported only where the value is used: a disabled component needs no variable. */
  readonly faults: readonly SubstitutionFault[];
}

/** One `${…}` in a text: its variable and where the value was had from, or its file. */
export type Reference =
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** `fallback` is the text after `:-`, `host` the host's name for an unset HOSTNAME. */
      readonly given: 'environment' | 'fallback' | 'host' | 'nothing';
    }
  | { readonly kind: 'file'; readonly path: string };

export type SubstitutionFault =
  | { readonly kind: 'syntax'; readonly reason: string }
  | { readonly kind: 'unset'; readonly variable: string; readonly text: string }
  | { readonly kind: 'file'; readonly file: string; readonly reason: string };

export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}

export interface MapEntry {
  readonly key: string;
  readonly keyPosition: SourcePosition | undefined;
  readonly value: ConfigNode;
}

export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export type ConfigNode = ScalarNode | ListNode | MapNode;

/** A map without entries, for what was left out. */
export function emptyMap(position: SourcePosition | undefined, path: ConfigPath): MapNode {
  return { kind: 'map', entries: new Map(), position, path };
}

/** True for a key without value, `null` and `~`. */
export function isNull(node: ConfigNode): node is ScalarNode & { readonly value: null } {
  return node.kind === 'scalar' && node.value === null;
}

/** Plain words for what a node holds, without its value. */
export function describeNode(node: ConfigNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  if (node.value === null) return 'nothing';
  if (node.substitution !== undefined) return 'text from the environment that is none';
  if (typeof node.value === 'boolean') return `${node.value}`;
  if (typeof node.value === 'number' || typeof node.value === 'bigint') return `the number ${node.text.slice(0, 40)}`;
  return node.plain ? 'text' : 'quoted text';
}
