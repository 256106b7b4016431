/** An agent as a process of its own, on ports that are free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

export interface RunningAgent {
  /** Milliseconds from the start of the process to the line that says it runs. */
  readonly startedIn: number;
  /** What it logged. */
  said(): string;
  /** Asks it to stop; the exit code. */
  stop(): Promise<number>;
}

/** Starts `program ...args` and waits for its log to say that it runs; throws what it said when it ends before. */
export async function startAgent(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<RunningAgent> {
  const started = performance.now();
  const child = spawn(program, args, { ...options, env: { ...process.env, ...options.env } });
  let said = '';
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? 1);
  const running = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (/Running\./.test(said)) resolve();
      });
    }
  });
  const early = await Promise.race([running, ended]);
  if (early !== undefined) throw new Error(`the agent ended with ${early}:\n${said}`);
  return {
    startedIn: performance.now() - started,
    said: () => said,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** The status of an HTTP answer. */
export function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).once('error', reject);
  });
}

/** As many ports as asked for, which nobody listened on just now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
