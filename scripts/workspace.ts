/** The packages of this repository, as their manifests describe them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.join(import.meta.dirname, '..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly telemetryflow?: { readonly kind: string; readonly type: string; readonly signals?: readonly string[] };
}

export interface WorkspacePackage {
  /** Relative to the root, as `packages/exporters/loki`. */
  readonly dir: string;
  readonly manifest: Manifest;
}

/** Every published package, sorted by folder. */
export function packages(): readonly WorkspacePackage[] {
  return globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: root })
    .sort()
    .map((file) => ({
      dir: path.dirname(file),
      manifest: JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest,
    }));
}

/** The component packages: those with a `telemetryflow` block. */
export function components(): readonly WorkspacePackage[] {
  return packages().filter((p) => p.manifest.telemetryflow !== undefined);
}

/** The text of a file of the repository, or undefined. */
export function read(file: string): string | undefined {
  const full = path.join(root, file);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
