/** Starts a server as a child process on loopback, waits until it is ready, and stops it by its pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running server. `url` is where it is reached; `version` goes into the support matrix. */
export interface Referee {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly dir: string;
  /** What the server logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export interface ServerOptions {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly dir: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Throws or answers false until the server is ready. */
  ready(): Promise<boolean>;
  readonly readyWithinMs?: number;
  readonly signal?: NodeJS.Signals;
  /** Another process to signal instead of the child (a launcher's real server). */
  stopPid?(): number;
}

/** Starts it; rejects with the end of its log when it ends early or is not ready in time. */
export async function startServer(options: ServerOptions): Promise<Referee> {
  const logFile = path.join(options.dir, `${options.name}.log`);
  const fd = openSync(logFile, 'a');
  const child = spawn(options.command, [...options.args], {
    stdio: ['ignore', fd, fd],
    cwd: options.cwd ?? options.dir,
    env: { ...process.env, ...options.env },
  });
  closeSync(fd);
  const log = (): string => readFileSync(logFile, 'utf8');
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.on('error', () => {});
  await waitUntilReady(options, child, log);
  return {
    name: options.name,
    version: options.version,
    url: options.url,
    dir: options.dir,
    log,
    async stop() {
      if (child.exitCode === null) {
        const pid = options.stopPid?.() ?? child.pid;
        if (pid !== undefined) process.kill(pid, options.signal ?? 'SIGTERM');
        const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
        await ended;
        clearTimeout(killer);
      }
      await rm(options.dir, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(options: ServerOptions, child: ChildProcess, log: () => string): Promise<void> {
  const end = Date.now() + (options.readyWithinMs ?? 90_000);
  while (Date.now() < end) {
    if (child.exitCode !== null || child.pid === undefined) break;
    if (await options.ready().catch(() => false)) return;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`${options.name} did not become ready:\n${log().slice(-3000)}`);
}

/** True when a GET answers 2xx (and its body holds `text`, when given). */
export async function answers(url: string, text = '', headers: Record<string, string> = {}): Promise<boolean> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(2000) });
  const body = await response.text();
  return response.ok && body.includes(text);
}

/** Polls until `probe` answers something, for servers that store a moment after they answer. */
export async function eventually<T>(probe: () => Promise<T | undefined>, withinMs = 30_000): Promise<T> {
  const end = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(`nothing within ${withinMs} ms`, { cause: last });
}
