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

export interface StartOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints once it runs; default: the agent's words. */
  readonly ready?: RegExp;
}

/** Starts `program ...args` and waits until it says that it runs; throws what it said when it ends before. */
export async function startAgent(
  program: string,
  args: readonly string[],
  { ready = /Running\./, ...options }: StartOptions,
): Promise<RunningAgent> {
  const started = performance.now();
  const child = spawn(program, args, { ...options, env: { ...process.env, ...options.env } });
  let said = '';
  const ended = once(child, 'close').then(([code]) => (code as number | null) ?? 1);
  const running = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (ready.test(said)) resolve();
      });
    }
  });
  const early = await Promise.race([running, ended]);
  if (early !== undefined) throw new Error(`it ended with ${early}:\n${said}`);
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
