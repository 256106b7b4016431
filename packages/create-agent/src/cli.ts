/** The command: reads the command line, asks for what is missing, writes the project, and makes it run. */

import { createProject } from './create.ts';
import { type ChoiceFlags, FlagError, readFlags, typesOf, USAGE } from './flags.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/**
 *  Creates the project that `process.argv` describes and sets the exit code of the process.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { main } from '@telemetryflow/create-agent';
 *
 * await main(['node', 'create-agent', '--help']); // as the bin does with process.argv
 * assert.equal(process.exitCode, 0);
 * ```
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await execute(argv.slice(2), processTerminal);
}

/** 0: the project runs; 1: installing failed; 2: the command line is wrong, and nothing was written. */
export async function execute(argv: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    const flags = readFlags(argv);
    if (flags === 'help') {
      terminal.out(USAGE);
      return 0;
    }
    return (await createProject(await complete(flags, terminal), terminal)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    terminal.err(`error: ${error.message}\n`);
    return 2;
  }
}

/** With what a person at a terminal answers, where the flags leave it open. */
async function complete(flags: ChoiceFlags, { ask }: Terminal): Promise<ChoiceFlags & { readonly folder: string }> {
  if (flags.folder !== undefined && flags.exporters.length > 0) return { ...flags, folder: flags.folder };
  if (ask === undefined) throw new FlagError(`name a folder and at least one exporter\n\n${USAGE}`);
  const folder = flags.folder ?? (await ask('Folder? [my-agent] ')).trim();
  const exporters =
    flags.exporters.length > 0 ? flags.exporters : typesOf('exporter', await ask('Where does telemetry go? [debug] '));
  return { ...flags, folder: folder || 'my-agent', exporters: exporters.length > 0 ? exporters : ['debug'] };
}
