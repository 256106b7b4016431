/** `telemetryflow validate`: everything that start would refuse for configuration reasons. */
import { formatProblem } from '@telemetryflow/kernel';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

/** Warnings are printed; with `strict` they fail as errors do. */
export async function validate(files: readonly string[], strict: boolean, terminal: Terminal): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files);
  for (const warning of resolution.warnings) terminal.err(`${warning.severity}: ${formatProblem(warning)}\n`);
  const serious = resolution.warnings.filter((warning) => warning.severity === 'warning');
  if (strict && serious.length > 0) {
    terminal.err('The configuration has warnings, and --strict was given.\n');
    return ExitCode.CONFIG;
  }
  const { exporters, pipelines } = resolution.config;
  terminal.out(
    `The configuration is valid: ${plural(pipelines.length, 'pipeline')}, ${plural(exporters.size, 'exporter')}.\n`,
  );
  return ExitCode.OK;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
