/** The command `telemetryflow`. */
import { main as start } from '@telemetryflow/cli';
import { FULL } from './distro.ts';

/**
 * Runs the command that `argv` names, with every component, and sets the exit code of the process.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mock } from 'node:test';
 * import { main } from '@telemetryflow/agent';
 *
 * const written = mock.method(process.stdout, 'write', () => true);
 * await main(['node', 'telemetryflow', '--version']);
 * written.mock.restore();
 * assert.match(String(written.mock.calls[0]?.arguments[0]), /^\d+\.\d+\.\d+/);
 * ```
 */
export function main(argv: readonly string[]): Promise<void> {
  return start(argv, FULL);
}
