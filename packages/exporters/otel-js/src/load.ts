/** Finds the module a block names, and makes the exporter it names there. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OtelJsConfig } from './config.ts';
import type { SdkExporter } from './sdk.ts';

/** The file of the module, as a program in `folder` finds it; undefined when it is not there. */
export function locate(specifier: string, folder: string = process.cwd()): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve(specifier);
  } catch {
    return locateImportOnly(specifier, folder);
  }
}

/** A package that can be imported but not required names its file under `exports`. */
function locateImportOnly(specifier: string, folder: string): string | undefined {
  let manifest: string | undefined;
  try {
    manifest = findPackageJSON(specifier, folder + sep);
  } catch {
    return undefined;
  }
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: unknown };
  const root = (exports as { readonly '.'?: unknown } | undefined)?.['.'] ?? exports;
  const target = typeof root === 'string' ? root : firstPath(root);
  const file = target === undefined ? undefined : join(dirname(manifest), target);
  return file !== undefined && existsSync(file) ? file : undefined;
}

function firstPath(conditions: unknown): string | undefined {
  for (const name of ['node', 'import', 'default']) {
    const target = (conditions as Record<string, unknown> | undefined)?.[name];
    const path = typeof target === 'string' ? target : target === undefined ? undefined : firstPath(target);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Imports the module and constructs the exporter. Rejects with a sentence that names what is wrong. */
export async function createSdkExporter(config: OtelJsConfig): Promise<SdkExporter> {
  const file = locate(config.module);
  if (file === undefined) throw new Error(`the module ${config.module} was not found from ${process.cwd()}`);
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const all = { ...(loaded['default'] as object | undefined), ...loaded } as Record<string, unknown>;
  const exported = all[config.export];
  if (typeof exported !== 'function') {
    const names = Object.keys(all).filter((name) => name.endsWith('Exporter'));
    const there = names.length === 0 ? 'no exporter' : names.join(', ');
    throw new Error(`${config.module} exports no class ${config.export}; it has ${there} (option \`export\`)`);
  }
  const exporter = new (exported as new (options: unknown) => Partial<SdkExporter>)(optionsOf(config));
  if (typeof exporter.export !== 'function') {
    throw new Error(`${config.export} of ${config.module} is no exporter: it has no method export`);
  }
  return exporter as SdkExporter;
}

/** The headers of the configuration as the exporter gets them. */
export function headersOf({ headers }: Pick<OtelJsConfig, 'headers'>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
}

function optionsOf(config: OtelJsConfig): unknown {
  const headers = headersOf(config);
  if (Object.keys(headers).length === 0) return config.options;
  const own = (config.options ?? {}) as { readonly headers?: object };
  return { ...own, headers: { ...own.headers, ...headers } };
}
