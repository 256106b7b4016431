/**
 * Finds the definition for a kind and a type. First hit wins: definitions passed in code, the configuration's
 * `plugins:` list, `@telemetryflow/<kind>-<type>`, `telemetryflow-<kind>-<type>`; packages are looked for from the
 * configuration's folder, the working directory, the program that called, and the kernel, in that order.
 */

import { existsSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Logger } from '../component/context.ts';
import type { ComponentKind, Definition } from '../component/definition.ts';
import type { PluginLookup } from '../config/resolved.ts';
import { canonicalType, OFFICIAL_TYPES, packageNames } from './catalogue.ts';
import { explainMissing, explainNotBuiltIn, REBUILD } from './explain.ts';
import { type InstalledComponent, listInstalled } from './installed.ts';
import { definitionsIn, type LoadedPlugin, loadFile, loadPackage, type PluginProblem, versionProblem } from './load.ts';
import { asPath, folderOf, locatePackage, packageIn } from './locate.ts';
import { entryFile, type Manifest } from './manifest.ts';

/** Where components are looked for. */
export interface PluginLookupOptions {
  /** Definitions, lists of them, or modules that export them. */
  readonly plugins?: readonly unknown[] | undefined;
  /** Folder of the configuration file. */
  readonly configFolder?: string | undefined;
  /** Default `process.cwd()`. */
  readonly cwd?: string | undefined;
  /** `import.meta.url` of the program that calls: in linked layouts only it sees its plugins. */
  readonly resolveFrom?: string | URL | readonly (string | URL)[] | undefined;
  readonly logger?: Logger | undefined;
  /** False: nothing but `plugins` is there, and no folder is searched. Default true. */
  readonly discover?: boolean | undefined;
}

/** A {@link PluginLookup} that also knows what is installed. */
export interface Plugins extends PluginLookup {
  load(specifiers: readonly string[], from: string | undefined): Promise<readonly (PluginProblem | undefined)[]>;
  module(definition: Definition): string | undefined;
  /** Everything a configuration could name here. Runs the code of installed plugins only with `load`. */
  installed(options?: { readonly load?: boolean }): Promise<readonly InstalledComponent[]>;
}

/**
 * Throws a TypeError when an entry of `plugins` is no definition, or one for another plugin API.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { Definition, InstalledComponent, PluginLookupOptions, Plugins } from '@telemetryflow/kernel';
 * import { createPluginLookup, type PluginProblem } from '@telemetryflow/kernel';
 *
 * const options: PluginLookupOptions = { plugins: [debug], discover: false };
 * const plugins: Plugins = createPluginLookup(options);
 * const found: Definition | PluginProblem = await plugins.find('exporter', 'logging');
 * assert.equal(found, debug, 'by its alias');
 * const missing: Definition | PluginProblem = await plugins.find('exporter', 'loki');
 * assert.match('problem' in missing ? missing.problem : '', /loki/);
 * const installed: readonly InstalledComponent[] = await plugins.installed();
 * assert.deepEqual(
 *   installed.map(({ kind, type }) => [kind, type]),
 *   [['exporter', 'debug']],
 * );
 * ```
 */
export function createPluginLookup(options: PluginLookupOptions = {}): Plugins {
  const given = options.plugins?.flatMap(givenDefinitions) ?? [];
  const listed: Definition[] = [];
  const found = new Map<string, Promise<Definition | PluginProblem>>();
  const loaded = new Map<string, Promise<LoadedPlugin | PluginProblem>>();
  const callers = options.resolveFrom === undefined ? [] : [options.resolveFrom].flat();
  const discover = options.discover !== false;
  const everywhere = unique([
    ...(options.configFolder === undefined ? [] : [folderOf(`${options.configFolder}/`)]),
    folderOf(`${options.cwd ?? process.cwd()}/`),
    ...callers.map(folderOf),
    folderOf(import.meta.url),
  ]);
  const folders = discover ? everywhere : [];

  /** File URL of the module each definition came from. */
  const modules = new WeakMap<Definition, string>();

  function remember({ definitions, file }: LoadedPlugin): void {
    for (const definition of definitions) modules.set(definition, pathToFileURL(file).href);
  }

  /** A definition given in code is looked for in the package its type names. */
  function fileOf(definition: Definition): string | undefined {
    const known = modules.get(definition);
    if (known !== undefined) return known;
    for (const packageName of packageNames(definition.kind, definition.type)) {
      for (const folder of folders) {
        const manifest = locatePackage(packageName, folder);
        const entry = manifest === undefined ? undefined : entryFile(manifest);
        if (entry !== undefined && existsSync(entry)) return pathToFileURL(realpathSync(entry)).href;
      }
    }
    return undefined;
  }

  function load(manifest: Manifest): Promise<LoadedPlugin | PluginProblem> {
    let promise = loaded.get(manifest.folder);
    if (promise === undefined) {
      promise = loadPackage(manifest).then((result) => {
        if ('file' in result) {
          remember(result);
          options.logger?.debug('Loaded a plugin.', {
            package: `${manifest.name}@${manifest.version}`,
            file: result.file,
          });
        }
        return result;
      });
      loaded.set(manifest.folder, promise);
    }
    return promise;
  }

  async function search(kind: ComponentKind, name: string): Promise<Definition | PluginProblem> {
    const type = canonicalType(kind, name);
    for (const source of [given, listed]) {
      const match = among(source, kind, name) ?? among(source, kind, type);
      if (match !== undefined) return match;
    }
    if (!discover) return explainNotBuiltIn(kind, name, given);
    const tried = packageNames(kind, type);
    for (const packageName of tried) {
      for (const folder of folders) {
        const manifest = locatePackage(packageName, folder);
        if (manifest === undefined) continue;
        const result = await load(manifest);
        if ('problem' in result) return result;
        return among(result.definitions, kind, type) ?? wrongContent(manifest, result.definitions, kind, type);
      }
    }
    return explainMissing({ kind, name, type, tried, folders, definitions: [...given, ...listed] });
  }

  async function loadListed(specifier: string, from: string | undefined): Promise<PluginProblem | undefined> {
    if (!discover)
      return { problem: `this program has its components built in and loads no "${specifier}"`, hint: REBUILD };
    const base = from ?? options.configFolder ?? options.cwd ?? process.cwd();
    const path = asPath(specifier, base);
    const places = from === undefined ? folders : unique([folderOf(`${from}/`), ...folders]);
    const manifest =
      path === undefined
        ? places.map((folder) => locatePackage(specifier, folder)).find((entry) => entry !== undefined)
        : packageIn(path);
    if (manifest === undefined && path === undefined) {
      return {
        problem: `package "${specifier}" is not installed; looked from ${places.join(', ')}`,
        hint: `npm install ${specifier}; a file is written as ./${specifier}`,
      };
    }
    const result = manifest === undefined ? await loadFile(path ?? specifier) : await load(manifest);
    if ('problem' in result) return result;
    remember(result);
    listed.push(...result.definitions);
    return undefined;
  }

  return {
    find(kind, type) {
      const key = `${kind}/${type}`;
      let promise = found.get(key);
      if (promise === undefined) {
        promise = search(kind, type);
        found.set(key, promise);
      }
      return promise;
    },
    async load(specifiers, from) {
      const problems: (PluginProblem | undefined)[] = [];
      // One after the other: the order of the list decides which definition of a type wins.
      for (const specifier of specifiers) problems.push(await loadListed(specifier, from));
      found.clear();
      return problems;
    },
    known(kind) {
      const types = [...given, ...listed].filter((entry) => entry.kind === kind).map((entry) => entry.type);
      if (!discover) return unique(types);
      return unique([...types, ...OFFICIAL_TYPES.filter((entry) => entry.kind === kind).map((entry) => entry.type)]);
    },
    module: fileOf,
    installed: ({ load: run = false } = {}) =>
      listInstalled({ folders, definitions: [...given, ...listed], load: run ? load : undefined }),
  };
}

function givenDefinitions(value: unknown): readonly Definition[] {
  const definitions = definitionsIn(value);
  if (definitions.length === 0) {
    throw new TypeError(
      'plugins: an entry is not a component definition; pass the default export of a plugin, ' +
        'or what defineExporter and the other define functions return',
    );
  }
  for (const definition of definitions) {
    const problem = versionProblem(`${definition.kind} "${definition.type}"`, definition.apiVersion);
    if (problem !== undefined) throw new TypeError(`plugins: ${problem.problem}; ${problem.hint}`);
  }
  return definitions;
}

function among(definitions: readonly Definition[], kind: ComponentKind, type: string): Definition | undefined {
  const ofKind = definitions.filter((entry) => entry.kind === kind);
  return ofKind.find((entry) => entry.type === type) ?? ofKind.find((entry) => entry.aliases?.includes(type));
}

function wrongContent(
  manifest: Manifest,
  definitions: readonly Definition[],
  kind: ComponentKind,
  type: string,
): PluginProblem {
  const has = definitions.map((entry) => `${entry.kind} "${entry.type}"`).join(', ');
  return {
    problem: `package ${manifest.name} ${manifest.version} provides ${has}, not the ${kind} "${type}" its name promises`,
    hint: 'reinstall it, or report it to its authors',
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
