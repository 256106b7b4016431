/**
 * Exit codes of the command.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ExitCode } from '@telemetryflow/cli';
 *
 * // A supervisor that starts the agent again unless that cannot help.
 * const helps = (code: ExitCode): boolean => code === ExitCode.RUNTIME;
 * assert.deepEqual([helps(1), helps(ExitCode.CONFIG), ExitCode.CONFIG], [true, false, 78]);
 * ```
 */
export const ExitCode = {
  OK: 0,
  /** Something failed while running. */
  RUNTIME: 1,
  /** The command line was wrong. */
  USAGE: 2,
  /** The configuration was wrong (EX_CONFIG of sysexits). */
  CONFIG: 78,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
