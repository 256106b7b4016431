/** The command `telemetryflow`. */
import { main as start } from '@telemetryflow/cli';
import { FULL } from './distro.ts';

/** Runs the command that `argv` names, with every component, and sets the exit code of the process. */
export function main(argv: readonly string[]): Promise<void> {
  return start(argv, FULL);
}
