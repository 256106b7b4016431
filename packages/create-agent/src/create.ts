/** Writes the project, installs the packages, and lets the installed agent write its configuration. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageNames } from '@telemetryflow/kernel';
import { type ChoiceFlags, FlagError } from './flags.ts';
import { run, runNpm } from './npm.ts';
import { CLI, type Project, projectFiles, runningFiles } from './project/files.ts';
import { variablesIn } from './project/variables.ts';
import type { Terminal } from './terminal.ts';

/** False when a step failed, which was said. Throws a {@link FlagError} before anything is written. */
export async function createProject(
  choice: ChoiceFlags & { readonly folder: string },
  terminal: Terminal,
): Promise<boolean> {
  const started = performance.now();
  const folder = path.resolve(choice.folder);
  const project: Project = { ...choice, name: nameOf(folder), extensions: ['health_check'] };
  refuseContents(folder, choice.folder);
  mkdirSync(folder, { recursive: true });
  write(folder, projectFiles(project));

  terminal.err(`Installing the packages into ${choice.folder} ...\n`);
  const packages = [CLI, ...packagesOf(project)];
  const installed = await runNpm(['install', '--save-exact', '--no-audit', '--no-fund', ...packages], folder);
  if (installed !== 0) return failed(`npm install ended with ${installed}`, choice.folder, terminal);
  const init = ['agent.js', 'init', '--output', CONFIG, ...initFlags(project)];
  const said = await run(process.execPath, init, { folder, output: 'ignore' });
  if (said !== 0) return failed(`node ${init.join(' ')} ended with ${said}`, choice.folder, terminal);

  const variables = variablesIn(readFileSync(path.join(folder, CONFIG), 'utf8'));
  write(folder, runningFiles(project, variables));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const needed = variables.filter(({ required }) => required).map(({ name }) => name);
  terminal.out(nextSteps(choice.folder, needed, seconds));
  return true;
}

const CONFIG = 'telemetry.yaml';

/** The name of the folder as a package may be called. */
function nameOf(folder: string): string {
  const name = path.basename(folder);
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) {
    throw new FlagError(`"${name}" cannot name a package; use lower-case letters, digits and dashes, as my-agent`);
  }
  return name;
}

function refuseContents(folder: string, shown: string): void {
  if (!existsSync(folder)) return;
  const [first] = readdirSync(folder);
  if (first !== undefined) throw new FlagError(`${shown} is not empty: it holds ${first}; name a new folder`);
}

function packagesOf({ exporters, receivers, processors, extensions }: Project): readonly string[] {
  const first = (kind: 'exporter' | 'receiver' | 'processor' | 'extension', types: readonly string[]): string[] =>
    types.flatMap((type) => packageNames(kind, type).slice(0, 1));
  return [
    ...first('receiver', receivers),
    ...first('processor', processors),
    ...first('exporter', exporters),
    ...first('extension', extensions),
  ];
}

function initFlags({ exporters, receivers, processors }: Project): readonly string[] {
  const flags = ['--exporters', exporters.join(','), '--receivers', receivers.join(',')];
  return processors.length === 0 ? flags : [...flags, '--processors', processors.join(',')];
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

function failed(what: string, folder: string, terminal: Terminal): false {
  terminal.err(`error: ${what}; what was written is in ${folder}. Remove the folder to begin anew.\n`);
  return false;
}

function nextSteps(folder: string, needed: readonly string[], seconds: string): string {
  const set = needed.length === 0 ? '' : `  cp .env.example .env     and fill in ${needed.join(', ')}\n`;
  return `\nCreated ${folder} in ${seconds} s. What to do next:\n\n  cd ${folder}\n${set}  npm start\n`;
}
