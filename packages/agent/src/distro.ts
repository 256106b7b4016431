/** What a distribution of its own hands to `main`. */

export interface Distro {
  /** What the command is called in its help; default `telemetryflow`. */
  readonly name?: string;
  /** What `--version` prints; default the version of the agent. */
  readonly version?: string;
  /** `import.meta.url` of the program: the packages it depends on provide components. */
  readonly resolveFrom?: string | URL;
}
