/** Lists what is installed, for the `components` command, without running plugin code unless asked to. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Signal } from '@telemetryflow/otlp';
import type { ComponentKind, Definition, Stability } from '../component/definition.ts';
import type { LoadedPlugin, PluginProblem } from './load.ts';
import { packageIn } from './locate.ts';
import type { Manifest } from './manifest.ts';

/** One component that a configuration could name. */
export interface InstalledComponent {
  readonly kind: ComponentKind;
  readonly type: string;
  /** Undefined for a definition that was passed in code. */
  readonly package: string | undefined;
  readonly version: string | undefined;
  /** The folder of the package. */
  readonly path: string | undefined;
  /** Undefined stability: the package does not say, and its code was not run. */
  readonly signals: Readonly<Partial<Record<Signal, Stability | undefined>>>;
  /** Why a package that is there cannot be used; only known after its code was run. */
  readonly problem?: string;
}

interface Installed {
  readonly folders: readonly string[];
  readonly definitions: readonly Definition[];
  readonly load: ((manifest: Manifest) => Promise<LoadedPlugin | PluginProblem>) | undefined;
}

/** Sorted by kind, then type; of a type that is there twice, the one that would be used. */
export async function listInstalled({ folders, definitions, load }: Installed): Promise<readonly InstalledComponent[]> {
  const components = new Map<string, InstalledComponent>();
  const add = (component: InstalledComponent) => {
    const key = `${component.kind}/${component.type}`;
    if (!components.has(key)) components.set(key, component);
  };
  for (const definition of definitions) add(describe(definition, undefined));
  for (const manifest of scan(folders)) {
    const result = load === undefined ? undefined : await load(manifest);
    if (result !== undefined && 'definitions' in result) {
      for (const definition of result.definitions) add(describe(definition, manifest));
      continue;
    }
    for (const block of manifest.blocks) {
      const { kind, type, signals } = block;
      const where = { package: manifest.name, version: manifest.version, path: manifest.folder };
      add({ kind, type, ...where, signals, ...(result === undefined ? {} : { problem: result.problem }) });
    }
  }
  return [...components.values()].sort((a, b) => compare(a.kind, b.kind) || compare(a.type, b.type));
}

function describe(definition: Definition, manifest: Manifest | undefined): InstalledComponent {
  return {
    kind: definition.kind,
    type: definition.type,
    package: manifest?.name,
    version: manifest?.version,
    path: manifest?.folder,
    signals: 'signals' in definition ? definition.signals : {},
  };
}

/** Packages with a `telemetryflow` block and a conventional name, in the order in which resolution sees them. */
function scan(folders: readonly string[]): readonly Manifest[] {
  const manifests = new Map<string, Manifest>();
  const seen = new Set<string>();
  for (const start of folders) {
    for (let folder = start; ; folder = dirname(folder)) {
      const modules = join(folder, 'node_modules');
      if (!seen.has(modules)) {
        seen.add(modules);
        for (const path of candidates(modules)) {
          const manifest = readable(path);
          if (manifest !== undefined && manifest.blocks.length > 0 && !manifests.has(manifest.name)) {
            manifests.set(manifest.name, manifest);
          }
        }
      }
      if (dirname(folder) === folder) break;
    }
  }
  // Official packages win over others of the same type, as they do in the lookup.
  return [...manifests.values()].sort((a, b) => Number(b.name.startsWith('@')) - Number(a.name.startsWith('@')));
}

function candidates(modules: string): string[] {
  const scope = join(modules, '@telemetryflow');
  return [
    ...entries(scope).map((name) => join(scope, name)),
    ...entries(modules)
      .filter((name) => name.startsWith('telemetryflow-'))
      .map((name) => join(modules, name)),
  ];
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readable(folder: string): Manifest | undefined {
  try {
    return packageIn(folder);
  } catch {
    return undefined;
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
