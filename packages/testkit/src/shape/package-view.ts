/** A package folder as the shape conventions see it: its manifest, its files, its definition. Reads, never writes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Definition } from '@telemetryflow/kernel';

export interface PackageView {
  readonly dir: string;
  /** package.json; empty when it is missing or not JSON. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Paths of all files from the package's folder on, with `/`; without node_modules and dist. */
  readonly files: readonly string[];
  /** The text of a file, or undefined. */
  read(path: string): string | undefined;
  /** The `telemetryflow` block: present in component packages. */
  readonly block: Readonly<Record<string, unknown>> | undefined;
  /** What a component package default-exports, or why that could not be read. */
  readonly definition: Definition | { readonly unreadable: string } | undefined;
}

/** Look at a package; imports its entry when it is a component. */
export async function viewPackage(dir: string): Promise<PackageView> {
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(join(dir, path), 'utf8');
    } catch {
      return undefined;
    }
  };
  const manifest = parse(read('package.json'));
  const block = manifest['telemetryflow'];
  const isComponent = typeof block === 'object' && block !== null;
  return {
    dir,
    manifest,
    files: listFiles(dir, dir),
    read,
    block: isComponent ? (block as Record<string, unknown>) : undefined,
    definition: isComponent ? await importDefinition(dir, manifest) : undefined,
  };
}

function parse(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage']);

function listFiles(root: string, dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? listFiles(root, path) : [relative(root, path).split(sep).join('/')];
    })
    .sort();
}

async function importDefinition(
  dir: string,
  manifest: Readonly<Record<string, unknown>>,
): Promise<Definition | { readonly unreadable: string }> {
  const root = field(manifest['exports'], '.');
  const entries = [field(root, '@telemetryflow/source'), field(root, 'default')];
  for (const entry of entries) {
    if (typeof entry !== 'string') continue;
    const path = join(dir, entry);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    try {
      const module: { default?: Definition } = await import(pathToFileURL(path).href);
      return module.default ?? { unreadable: `${entry} has no default export` };
    } catch (error) {
      return { unreadable: `${entry} cannot be imported: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  return { unreadable: 'package.json names no entry that exists' };
}

/** A property of an unknown value, or undefined. */
export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
