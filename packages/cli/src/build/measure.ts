/** What a person wants to know of what was built: how big it is, and how long it takes to be there. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { BuildError } from './error.ts';

const RUNS = 3;

export interface Measured {
  readonly bytes: number;
  /** From the start of the process to the end of `--version`, everything loaded; median of three. */
  readonly startMs: number;
}

/** Throws a {@link BuildError} when it does not start. */
export function measure(file: string, command: readonly [program: string, ...args: string[]]): Measured {
  const [program, ...args] = command;
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    const { status, stderr, error } = spawnSync(program, [...args, '--version'], { encoding: 'utf8' });
    if (status !== 0) throw new BuildError(`${file} does not start: ${error?.message ?? stderr}`);
    return performance.now() - started;
  });
  return { bytes: statSync(file).size, startMs: times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0 };
}

/** `3.2 MiB, starts in 180 ms`. */
export function describeMeasured({ bytes, startMs }: Measured): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB, starts in ${Math.round(startMs)} ms`;
}
