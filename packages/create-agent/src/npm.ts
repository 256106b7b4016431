/** Runs programs in a folder, without input. Standard output is for the result of the command. */
import { spawn } from 'node:child_process';

/** The npm that runs this command, else the one on the path. */
export function runNpm(args: readonly string[], folder: string): Promise<number> {
  const cli = process.env['npm_execpath'];
  const output = process.stderr.fd;
  if (cli?.endsWith('npm-cli.js')) return run(process.execPath, [cli, ...args], { folder, output });
  // On Windows npm is a script, which only a shell can start; no argument here holds a space or a quote.
  return run('npm', args, { folder, output, shell: process.platform === 'win32' });
}

interface RunOptions {
  readonly folder: string;
  /** Where the program's standard output goes. */
  readonly output: 'ignore' | number;
  readonly shell?: boolean;
}

/** The exit code; 1 where the program could not be started or was killed. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<number> {
  const { folder, output, shell = false } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: folder, shell, stdio: ['ignore', output, process.stderr.fd] });
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
