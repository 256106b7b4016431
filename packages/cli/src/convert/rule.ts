/** How the options of one Collector component are said here. */
import type { Node } from 'yaml';

/** What becomes of one option: the same, another name, or another value under another name. */
export type Target = string | { readonly to: string; readonly value: (node: Node) => unknown };

export interface Rule {
  /** The component here. */
  readonly type: string;
  /**
   * Collector option → ours, as dotted paths. A path that ends in `.*` stands for everything below it, kept as it is.
   * What is named nowhere has no counterpart.
   */
  readonly options: Readonly<Record<string, Target>>;
  /** Defaults of the Collector that are others here, by our paths: written out where the option is not set. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** What to do about an option without counterpart, by its path or the beginning of it. */
  readonly advice?: Readonly<Record<string, string>>;
}

/** Options that mean the same under the same name. */
export function same(...paths: readonly string[]): Readonly<Record<string, Target>> {
  return Object.fromEntries(paths.map((path) => [path, path]));
}

/** Options below `prefix`, moved below another. */
export function below(
  prefix: string,
  options: Readonly<Record<string, Target>>,
  to: string = prefix,
): Readonly<Record<string, Target>> {
  return Object.fromEntries(
    Object.entries(options).map(([path, target]) => [
      `${prefix}.${path}`,
      typeof target === 'string' ? `${to}.${target}` : { ...target, to: `${to}.${target.to}` },
    ]),
  );
}
