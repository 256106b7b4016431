/** Programs in processes of their own, and the backend they send to. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { decode } from '@telemetryflow/otlp';
import { type Backend, otlpSignal, startBackend } from '@telemetryflow/testkit';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program (of this folder, or by its path) until it ends by itself. */
export async function run(
  program: string,
  args: readonly string[],
  flags: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const file = resolve(import.meta.dirname, program);
  const all = ['--conditions=@telemetryflow/source', '--no-warnings', ...flags, file, ...args];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, all, { env: { PATH, NODE_COMPILE_CACHE, ...variables } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((ended) => {
    child.once('close', (...end) => ended(end));
  });
  return { code, signal, stdout, stderr };
}

export interface Collector extends Backend {
  /** Names of spans, bodies of log records and names of metrics, as `span first`, sorted. */
  arrived(): readonly string[];
}

/** An OTLP/HTTP backend that takes everything. */
export async function startCollector(): Promise<Collector> {
  const backend = await startBackend({ status: 200 });
  return Object.assign(backend, {
    arrived: () =>
      backend.requests
        .flatMap((request) => {
          const signal = otlpSignal(request);
          if (signal === 'traces') return decode(signal, request.body).map(({ name }) => `span ${name}`);
          if (signal === 'logs') return decode(signal, request.body).map(({ body }) => `log ${body}`);
          return decode(signal, request.body).flatMap(({ scopeMetrics }) =>
            scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => `metric ${descriptor.name}`)),
          );
        })
        .sort(),
  });
}
