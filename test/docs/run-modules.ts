/**
 * Runs the modules of a folder one after the other, and says on descriptor 3 how each ends, a line of JSON each.
 * The process ends by itself when they leave nothing open.
 */
import { readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

/** What a module came to: it begins, then fails or ends, perhaps with something open. */
export interface ModuleReport {
  readonly name: string;
  readonly state: 'began' | 'failed' | 'ended';
  readonly error?: string;
  /** What keeps the process alive at that moment. */
  readonly open: readonly string[];
}

if (process.argv[1] === import.meta.filename) await runModules(process.argv[2] ?? '.');

async function runModules(folder: string): Promise<void> {
  const report = (line: Omit<ModuleReport, 'open'>): unknown =>
    writeSync(3, `${JSON.stringify({ ...line, open: process.getActiveResourcesInfo() })}\n`);
  for (const name of readdirSync(folder).sort()) {
    report({ name, state: 'began' });
    try {
      await import(path.resolve(folder, name));
      report({ name, state: 'ended' });
    } catch (error) {
      report({ name, state: 'failed', error: inspect(error) });
    }
  }
}
