/** Runs a command as the terminal does, in this process, on files in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execute } from '../src/cli.ts';
import type { Distro } from '../src/distro.ts';

/** What a command left behind. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `telemetryflow <args>` with every component of this repository. */
export function telemetryflow(...args: readonly string[]): Promise<Result> {
  return commandOf({}, ...args);
}

/** The command of a distribution. */
export async function commandOf(distro: Distro, ...args: readonly string[]): Promise<Result> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string): void => {
      out += text;
    },
    err: (text: string): void => {
      err += text;
    },
  };
  const code = await execute(['node', 'telemetryflow', ...args], terminal, distro);
  return { code, out, err };
}

/** A folder for files of one test. */
export interface Folder {
  /** Writes a file and says where it is. */
  file(name: string, text: string): string;
  remove(): void;
}

export function folder(): Folder {
  const dir = mkdtempSync(path.join(tmpdir(), 'telemetryflow-agent-test-'));
  return {
    file(name, text) {
      const full = path.join(dir, name);
      writeFileSync(full, text);
      return full;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
