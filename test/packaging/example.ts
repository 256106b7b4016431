/** An example of the repository in the hands of a stranger: a copy, installed from packed packages. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { root } from './pack.ts';
import type { Registry } from './registry.ts';
import { npmCli } from './toolchain.ts';

export interface Example {
  readonly dir: string;
  /** Runs a program of the example to its end. */
  start(node: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>;
  remove(): void;
}

export interface Finished {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Everything it printed. */
  readonly said: string;
}

/** Copies the example into a folder that is empty otherwise, and installs what its package.json names. */
export async function installExample(name: string, registry: Registry): Promise<Example> {
  const folder = mkdtempSync(path.join(tmpdir(), `telemetryflow-${name}-`));
  const dir = path.join(folder, name);
  cpSync(path.join(root, 'examples', name), dir, { recursive: true });
  await npmInstall(dir, [], registry);
  return {
    dir,
    start: (node, args, env) => runToEnd(node, args, dir, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `npm install <args>`; asynchronous, since the registry is in this process. Throws what npm said when it fails. */
export async function npmInstall(dir: string, args: readonly string[], registry: Registry): Promise<void> {
  const command = [npmCli('12'), 'install', '--no-audit', '--no-fund', ...args];
  const { status, said } = await runToEnd(process.execPath, command, dir, registry.env);
  if (status !== 0) throw new Error(`npm install ${args.join(' ')} in ${dir} ended with ${status}:\n${said}`);
}

/** Runs a program to its end. */
export function runToEnd(
  node: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return finished(spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd, env: clean(env) }));
}

/** Without the options that jest runs with. */
function clean(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: '', ...env };
}

async function finished(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Finished> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const [status, signal] = await once(child, 'close');
  return { status, signal, said };
}
