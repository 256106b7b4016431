/** What decoding gathers on its way through one block of the configuration. */
import { type ConfigPath, type ConfigProblem, formatPath, type ProblemDetails, problem } from '../errors/problem.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Origin } from './origin.ts';
import type { SourcePosition } from './resolved.ts';
import type { SecretRegistry } from './secret-registry.ts';
import type { ConfigNode } from './tree.ts';

/** A place in the block: where its value and its key were written, and the path as written. */
export interface Place {
  readonly node: ConfigNode;
  readonly keyPosition: SourcePosition | undefined;
}

/** Shared by all blocks of one configuration. */
export interface DecodeShared {
  readonly problems: ConfigProblem[];
  readonly origins: Map<string, Origin>;
  readonly secrets: SecretRegistry;
  /** Variables that were warned about, so that each is named once. */
  readonly warned: Set<string>;
}

/** One block: a component's configuration, or `service`. */
export class DecodeContext {
  readonly shared: DecodeShared;
  /** Where the block is in the native form, as `['exporters', 'loki']`. */
  readonly base: ConfigPath;
  /** Value and key of every path inside the block, under its canonical keys. */
  readonly #places = new Map<string, Place>();
  /** Paths that have an error already: what else is wrong there would only repeat it. */
  readonly #failed = new Set<string>();
  #inDefault = false;

  constructor(shared: DecodeShared, base: ConfigPath) {
    this.shared = shared;
    this.base = base;
  }

  get failed(): boolean {
    return this.#failed.size > 0;
  }

  place(path: ConfigPath, node: ConfigNode, keyPosition: SourcePosition | undefined): void {
    if (!this.#inDefault) this.#places.set(formatPath(path), { node, keyPosition });
  }

  /** The place of `path`, or of the nearest part of it that was written. */
  nearestPlace(path: ConfigPath): Place & { readonly exact: boolean } {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(formatPath(path.slice(0, length)));
      if (place !== undefined) return { ...place, exact: length === path.length };
    }
    throw new Error('the block itself has no place');
  }

  hasFailed(path: ConfigPath): boolean {
    return this.#failed.has(formatPath(path));
  }

  /** Reports an error of the value at `path`. */
  fail(code: ErrorCode, path: ConfigPath, node: ConfigNode, details: ProblemDetails = {}): undefined {
    this.#failed.add(formatPath(path));
    this.shared.problems.push(problem(code, { position: node.position, path: node.path, ...details }));
    return undefined;
  }

  warn(code: ErrorCode, node: ConfigNode, details: ProblemDetails = {}): void {
    this.shared.problems.push(problem(code, { position: node.position, path: node.path, ...details }));
  }

  origin(path: ConfigPath, origin: Origin): void {
    this.shared.origins.set(formatPath([...this.base, ...path]), this.#inDefault ? { kind: 'default' } : origin);
  }

  /** Decodes the default of an option: it was written nowhere. */
  asDefault<T>(path: ConfigPath, decode: () => T): T {
    const outer = this.#inDefault;
    this.#inDefault = true;
    this.origin(path, { kind: 'default' });
    const decoded = decode();
    this.#inDefault = outer;
    return decoded;
  }
}
