/** `telemetryflow init`: writes a commented configuration for chosen components, and the schema beside it. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  ConfigError,
  type ConfiguredPipeline,
  type Definition,
  type Plugins,
  resolveConfig,
} from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { agentPlugins, defaultReceivers, installedTypes } from '../resolve.ts';
import { type StarterChoice, type StarterConfig, starterConfig } from '../starter/starter-config.ts';
import type { StarterVariable } from '../starter/variables.ts';
import type { Terminal } from '../terminal.ts';
import { schemaText } from './schema.ts';

export interface InitFlags {
  /** Types, or other names of them. */
  readonly exporters?: readonly string[];
  readonly receivers?: readonly string[];
  readonly processors?: readonly string[];
  readonly output: string;
  readonly force: boolean;
}

const SCHEMA_FILE = 'telemetryflow.schema.json';

class UsageError extends Error {}

/** Asks only where no exporter was named and there is a terminal. Ends with 2 when a choice cannot be met. */
export async function init(flags: InitFlags, terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  const plugins = agentPlugins(distro);
  try {
    const wanted = flags.exporters === undefined ? await ask(flags, plugins, terminal) : flags;
    const file = path.resolve(wanted.output);
    if (existsSync(file) && !wanted.force) {
      throw new UsageError(`${wanted.output} is there already; --force overwrites it, --output names another file`);
    }
    const components = await choose(wanted, plugins);
    const config = await withPipelines(components, plugins);
    writeFileSync(file, config.text);
    const schemaFile = path.join(path.dirname(file), SCHEMA_FILE);
    if (!existsSync(schemaFile) || wanted.force) writeFileSync(schemaFile, await schemaText(plugins));
    terminal.out(summary(wanted.output, config.variables));
    await check(config, plugins);
    return ExitCode.OK;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.err(`error: ${error.message}\n`);
    return ExitCode.USAGE;
  }
}

async function ask(flags: InitFlags, plugins: Plugins, terminal: Terminal): Promise<InitFlags> {
  if (terminal.ask === undefined) {
    throw new UsageError('no terminal to ask on: name at least --exporters, as --exporters loki,datadog');
  }
  const answer = (question: string): Promise<readonly string[]> =>
    terminal.ask?.(question).then(list, (error: Error) => Promise.reject(new UsageError(error.message))) ??
    Promise.resolve([]);
  const installed = await installedTypes(plugins, 'exporter');
  if (installed.length === 0) {
    throw new UsageError('no exporter is installed here; npm install one, as @telemetryflow/exporter-loki');
  }
  terminal.err(`Exporters: ${installed.join(', ')}\n`);
  const exporters = await answer('Where does telemetry go? ');
  if (exporters.length === 0) throw new UsageError('no exporter was named');
  if (flags.receivers !== undefined) return { ...flags, exporters };
  const usual = Object.keys(await defaultReceivers(plugins)).join(',');
  const receivers = await answer(`Where does it come from? [${usual}] `);
  return receivers.length === 0 ? { ...flags, exporters } : { ...flags, exporters, receivers };
}

function list(answer: string): readonly string[] {
  return answer.split(/[\s,]+/).filter((each) => each !== '');
}

/** The definitions behind the names, in the order given, each once. */
async function choose(flags: InitFlags, plugins: Plugins): Promise<readonly StarterChoice[]> {
  const exporters = await find('exporter', flags.exporters ?? [], plugins);
  if (exporters.length === 0) throw new UsageError('name at least one exporter, as --exporters debug');
  const metrics = exporters.some(
    ({ definition }) => 'signals' in definition && definition.signals.metrics !== undefined,
  );
  const usual = Object.keys(await defaultReceivers(plugins)).filter((type) => type === 'otlp' || metrics);
  const receivers = flags.receivers ?? (usual.length > 0 ? usual : ['otlp']);
  const health = (await installedTypes(plugins, 'extension')).filter((type) => type === 'health_check');
  return [
    ...(await find('receiver', receivers, plugins)),
    ...(await find('processor', flags.processors ?? [], plugins)),
    ...exporters,
    ...(await find('extension', health, plugins)),
  ];
}

async function find(
  kind: Definition['kind'],
  names: readonly string[],
  plugins: Plugins,
): Promise<readonly StarterChoice[]> {
  const installed = await plugins.installed();
  const chosen = new Map<string, StarterChoice>();
  for (const name of names) {
    const found = await plugins.find(kind, name);
    if ('problem' in found) throw new UsageError(`${found.problem}; ${found.hint}`);
    const of = installed.find((each) => each.kind === kind && each.type === found.type);
    chosen.set(found.type, { definition: found, package: of?.package });
  }
  return [...chosen.values()];
}

/** The pipelines are those that the kernel would make of the components, written out. */
async function withPipelines(components: readonly StarterChoice[], plugins: Plugins): Promise<StarterConfig> {
  const schemaFile = `./${SCHEMA_FILE}`;
  const bare = starterConfig({ components, pipelines: [], schemaFile });
  const pipelines = await pipelinesOf(bare, plugins);
  return starterConfig({ components, pipelines, schemaFile });
}

async function pipelinesOf(config: StarterConfig, plugins: Plugins): Promise<readonly ConfiguredPipeline[]> {
  try {
    return (await check(config, plugins)).config.pipelines;
  } catch (error) {
    // What is missing is reported for the text that was written.
    if (ConfigError.is(error)) return [];
    throw error;
  }
}

/** Throws a ConfigError for what is left to be filled in; variables count as set. */
function check({ text, variables }: StarterConfig, plugins: Plugins): ReturnType<typeof resolveConfig> {
  const env = Object.fromEntries(variables.map((each) => [each.name, each.fallback ?? standIn(each)]));
  return resolveConfig([{ text, name: 'telemetry.yaml' }], { plugins, env, agentDefaults: { receivers: {} } });
}

/** A value in the place of one that only the person knows. */
function standIn({ path: option }: StarterVariable): string {
  return /(url|endpoint)s?$/.test(option) ? 'http://stand-in.invalid' : 'abc12345';
}

function summary(output: string, variables: readonly StarterVariable[]): string {
  const needed = variables.filter(({ fallback }) => fallback === undefined);
  const set = needed.length === 0 ? '' : `\nSet before the start:\n${needed.map(({ name }) => `  ${name}\n`).join('')}`;
  return `Written: ${output} and ${SCHEMA_FILE}, for completion in editors.\n${set}\nNext: telemetryflow run --config ${output}\n`;
}
