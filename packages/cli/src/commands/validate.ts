/** `telemetryflow validate`: everything that start would refuse for configuration reasons. */
import { formatProblem } from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';
import { healthcheck } from './healthcheck.ts';

export interface ValidateOptions {
  /** Warnings fail as errors do. */
  readonly strict: boolean;
  /** Ask the backends, too. */
  readonly healthcheck: boolean;
}

/** Prints every warning, and what is wrong or that nothing is. */
export async function validate(
  files: readonly string[],
  options: ValidateOptions,
  terminal: Terminal,
  distro: Distro = {},
): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files, distro);
  for (const warning of resolution.warnings) terminal.err(`${warning.severity}: ${formatProblem(warning)}\n`);
  const serious = resolution.warnings.filter((warning) => warning.severity === 'warning');
  if (options.strict && serious.length > 0) {
    terminal.err('The configuration has warnings, and --strict was given.\n');
    return ExitCode.CONFIG;
  }
  const { exporters, pipelines } = resolution.config;
  terminal.out(
    `The configuration is valid: ${plural(pipelines.length, 'pipeline')}, ${plural(exporters.size, 'exporter')}.\n`,
  );
  return options.healthcheck ? await healthcheck(resolution, terminal) : ExitCode.OK;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
