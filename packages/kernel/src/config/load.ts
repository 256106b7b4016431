/** Reads configuration sources, substitutes references in their scalars, and merges them. Nothing is decoded here. */
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../errors/config-error.ts';
import { type ConfigProblem, problem } from '../errors/problem.ts';
import { mergeSources } from './merge.ts';
import { parseObject } from './object-source.ts';
import { readFailure } from './read-failure.ts';
import { directoryOf, type Environment, substitute } from './substitute.ts';
import { type ConfigNode, describeNode, emptyMap } from './tree.ts';
import { importYaml, parseYaml } from './yaml-source.ts';

/** Larger files are refused: a configuration of this size is a mistake. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** A path of a YAML file, YAML text, or a JS object. */
export type ConfigSource =
  | string
  | { readonly text: string; readonly name: string }
  /** `substitute`: read `${NAME}` in its strings too; default false. */
  | { readonly object: Readonly<Record<string, unknown>>; readonly substitute?: boolean };

/** A configuration as it is written: merged and substituted, not decoded yet. */
export interface LoadedConfig {
  readonly root: ConfigNode;
  /** Text of each file by its name as given, for code frames. */
  readonly texts: ReadonlyMap<string, string>;
}

/** How the sources of a configuration are read. */
export interface LoadOptions {
  /** Default `process.env`. */
  readonly env?: Environment;
  /** What `${file:path}` in a JS object is relative to; default the working directory. */
  readonly baseDir?: string;
}

/**
 * Reads all sources, in order; throws one {@link ConfigError} that names everything that cannot be read.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type { ConfigSource, LoadedConfig } from '@telemetryflow/kernel';
 * import { createPluginLookup, loadConfigSources, resolveConfig } from '@telemetryflow/kernel';
 *
 * const sources: ConfigSource[] = [
 *   { name: 'base.yaml', text: 'exporters:\n  debug:\n    verbosity: basic\n' },
 *   { object: { exporters: { debug: { output: 'stderr' } } } },
 * ];
 * const loaded: LoadedConfig = await loadConfigSources(sources);
 * assert.deepEqual([...loaded.texts.keys()], ['base.yaml']);
 * const { config } = await resolveConfig(loaded, { plugins: createPluginLookup({ plugins: [debug] }) });
 * const { verbosity, output } = config.exporters.get('debug')?.config as Record<string, unknown>;
 * assert.deepEqual([verbosity, output], ['basic', 'stderr']);
 * ```
 */
export async function loadConfigSources(
  sources: readonly ConfigSource[],
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  const problems: ConfigProblem[] = [];
  const texts = new Map<string, string>();
  const roots: ConfigNode[] = [];
  for (const source of sources) {
    const root = await loadSource(source, options, texts, problems);
    if (root !== undefined) roots.push(root);
  }
  if (problems.length > 0) throw new ConfigError(problems, { texts });
  return { root: mergeSources(roots) ?? emptyMap(undefined, []), texts };
}

async function loadSource(
  source: ConfigSource,
  options: LoadOptions,
  texts: Map<string, string>,
  problems: ConfigProblem[],
): Promise<ConfigNode | undefined> {
  const env = options.env ?? process.env;
  if (typeof source === 'object' && 'object' in source) {
    const root = asMap(parseObject(source.object, [], problems), problems);
    const directory = options.baseDir ?? process.cwd();
    return root === undefined || source.substitute !== true ? root : substitute(root, { env, directory });
  }
  const name = typeof source === 'string' ? source : source.name;
  const text = typeof source === 'string' ? await readSource(source, problems) : source.text;
  if (text === undefined) return undefined;
  texts.set(name, text);
  const yaml = await importYaml();
  if ('code' in yaml) {
    problems.push(yaml);
    return undefined;
  }
  const parsed = parseYaml(yaml, text, name);
  problems.push(...parsed.problems);
  const root = parsed.root === undefined ? undefined : asMap(parsed.root, problems);
  return root === undefined ? undefined : substitute(root, { env, directory: directoryOf(name) });
}

function asMap(root: ConfigNode, problems: ConfigProblem[]): ConfigNode | undefined {
  if (root.kind === 'map') return root;
  const params = { expected: 'a map at the top of the configuration', actual: describeNode(root) };
  const hint = 'write keys such as receivers:, exporters: and service:';
  problems.push(problem('TFO_ERR_CONFIG_TYPE', { position: root.position, params, hint }));
  return undefined;
}

async function readSource(file: string, problems: ConfigProblem[]): Promise<string | undefined> {
  const position = { file, line: 1, column: 1 };
  try {
    const bytes = await readFile(file);
    if (bytes.length > LARGEST_FILE) throw new Error(`larger than ${LARGEST_FILE / 1024 / 1024} MiB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    problems.push(problem('TFO_ERR_CONFIG_READ', { position, params: { file, reason: readFailure(error) } }));
    return undefined;
  }
}
