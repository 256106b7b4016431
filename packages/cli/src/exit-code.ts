/** Exit codes of the command. */
export const ExitCode = {
  OK: 0,
  /** Something failed while running. */
  RUNTIME: 1,
  /** The command line was wrong. */
  USAGE: 2,
  /** The configuration was wrong (EX_CONFIG of sysexits). */
  CONFIG: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
