/** Imports a plugin and takes the definitions out of it. */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DEFINITION } from '../component/brand.ts';
import { API_VERSION, type Definition } from '../component/definition.ts';
import { messageOf } from '../lifecycle/error.ts';
import { entryFile, type Manifest } from './manifest.ts';

/** Why a plugin cannot be used, and what to do. */
export interface PluginProblem {
  readonly problem: string;
  readonly hint: string;
}

/** What a plugin's module exported. */
export interface LoadedPlugin {
  readonly definitions: readonly Definition[];
  /** The file that was imported, links followed. */
  readonly file: string;
}

/** Imports the package's entry. The manifest's `apiVersion` is checked first: foreign code does not run in vain. */
export async function loadPackage(manifest: Manifest): Promise<LoadedPlugin | PluginProblem> {
  const label = `package ${manifest.name} ${manifest.version}`;
  for (const block of manifest.blocks) {
    const problem = versionProblem(label, block.apiVersion ?? API_VERSION, manifest.name);
    if (problem !== undefined) return problem;
  }
  const entry = entryFile(manifest);
  if (entry === undefined) {
    return {
      problem: `${label} in ${manifest.folder} exports no module`,
      hint: 'its package.json needs "exports" with a "default" file; report it to its authors',
    };
  }
  return loadFile(entry, label, manifest.name);
}

/** Imports one file. `label` names it in problems; `packageName` is what an update would install. */
export async function loadFile(
  file: string,
  label: string = file,
  packageName?: string,
): Promise<LoadedPlugin | PluginProblem> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    return { problem: `${label} could not be loaded: ${messageOf(error)}`, hint: loadHint(error, label) };
  }
  const definitions = definitionsIn(module);
  if (definitions.length === 0) {
    return {
      problem: `${label} does not export a component`,
      hint: 'its default export must come from defineExporter, defineReceiver or another define function of the kernel',
    };
  }
  for (const definition of definitions) {
    const problem = versionProblem(label, definition.apiVersion, packageName);
    if (problem !== undefined) return problem;
  }
  return { definitions, file: realpathSync(file) };
}

/**
 * The definitions in a module, a default export, a list, or a definition itself; empty when there are none. They are
 * known by their brand, so those of a second copy of the kernel count.
 */
export function definitionsIn(value: unknown, depth = 0): readonly Definition[] {
  if (isDefinition(value)) return [value];
  if (depth > 3 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => definitionsIn(entry, depth + 1));
  // A CommonJS module that was compiled from ESM has its default one level deeper.
  return 'default' in value ? definitionsIn(value.default, depth + 1) : [];
}

/** The mismatch between a plugin's contract and this kernel's, with the fix. */
export function versionProblem(label: string, apiVersion: number, packageName?: string): PluginProblem | undefined {
  if (apiVersion === API_VERSION) return undefined;
  const update = packageName === undefined ? 'update the plugin' : `npm install ${packageName}@latest`;
  return {
    problem: `${label} was made for plugin API ${apiVersion}, this kernel speaks plugin API ${API_VERSION}`,
    hint: apiVersion > API_VERSION ? 'npm install @telemetryflow/kernel@latest' : update,
  };
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && (value as { [DEFINITION]?: unknown })[DEFINITION] === true;
}

function loadHint(error: unknown, label: string): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== 'ERR_MODULE_NOT_FOUND') return `update or reinstall it; if that does not help, report it to its authors`;
  const missing = /Cannot find package '([^']+)'/.exec(messageOf(error))?.[1];
  return missing === undefined ? `reinstall ${label}, its files are incomplete` : `npm install ${missing}`;
}
