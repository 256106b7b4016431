/** What a distribution of its own hands to `main`. */
import type { Bundle, Definition } from '@telemetryflow/kernel';

/** A distribution: what it is called, and what it holds. */
export interface Distro {
  /** What the command is called in its help; default `telemetryflow`. */
  readonly name?: string;
  /** What `--version` prints; default the version of this package. */
  readonly version?: string;
  /** What its help says it is for. */
  readonly description?: string;
  /** What it runs without `--config`; default nothing: then `--config` is required. */
  readonly builtIn?: BuiltIn;
  /** `import.meta.url` of the program: the packages it depends on provide components. */
  readonly resolveFrom?: string | URL;
  /** The components, imported by the program: then nothing else is looked for. */
  readonly components?: readonly DistroComponent[];
  /** What a program of one file holds; see `telemetryflow build`. */
  readonly bundle?: Bundle;
}

/** What a distribution runs when it is told nothing. */
export interface BuiltIn {
  /** In the native layout; its components must be there. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Printed on standard error once it runs. */
  readonly welcome: string;
}

/** A component that a distribution imports itself. */
export interface DistroComponent {
  /** What the package default-exports. */
  readonly definition: Definition | readonly Definition[];
  readonly package: string;
  readonly version: string;
}
