/** Runs the agent as users do: the command, a YAML file, a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = path.join(import.meta.dirname, '..', '..');

export interface RunningAgent {
  /** All output so far. */
  output(): string;
  /** Resolves when the output holds the text, rejects when the process ends first. */
  prints(text: string | RegExp): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** The command of this clone. */
const COMMAND = path.join(root, 'packages/agent/bin/telemetryflow.cjs');

/**
 * Starts `telemetryflow run` with a text or with files; without any it runs its built-in configuration. `command` is
 * another installation's `telemetryflow.cjs`.
 */
export async function startAgent(
  yaml?: string | readonly string[],
  env: Readonly<Record<string, string>> = {},
  command: string = COMMAND,
): Promise<RunningAgent> {
  const dir = await mkdtemp(path.join(tmpdir(), 'telemetryflow-agent-'));
  const file = path.join(dir, 'telemetry.yaml');
  if (typeof yaml === 'string') await writeFile(file, yaml);
  const files = typeof yaml === 'string' ? [file] : (yaml ?? []);
  const args = [command, 'run', ...files.flatMap((each) => ['--config', each])];
  const child = spawn(process.execPath, args, { cwd: dir, env: { ...process.env, NODE_OPTIONS: '', ...env } });
  let output = '';
  let ended = false;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      ended = true;
      resolve(code);
    });
  });
  const agent: RunningAgent = {
    output: () => output,
    async prints(text) {
      const end = Date.now() + 60_000;
      const found = () => (typeof text === 'string' ? output.includes(text) : text.test(output));
      while (!found()) {
        if (ended || Date.now() > end) throw new Error(`the agent did not print ${text}:\n${output.slice(-3000)}`);
        await sleep(50);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 40_000);
      const code = await exit;
      clearTimeout(killer);
      await rm(dir, { recursive: true, force: true });
      return code;
    },
  };
  await agent.prints(yaml === undefined ? 'What to do next' : 'Running.');
  return agent;
}
