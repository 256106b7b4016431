/** Runs a command as the terminal does, in this process, on files in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execute } from '../src/cli.ts';

/** What a command left behind. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `telemetryflow <args>`. */
export async function telemetryflow(...args: readonly string[]): Promise<Result> {
  let out = '';
  let err = '';
  const code = await execute(['node', 'telemetryflow', ...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
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
