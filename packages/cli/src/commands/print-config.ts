/** `telemetryflow print-config`: the configuration as it is understood, in the native layout, secrets redacted. */
import { printConfig as print, printOrigins } from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export interface PrintConfigOptions {
  readonly format: 'yaml' | 'json';
  /** Also say where each value came from. */
  readonly origin: boolean;
}

export async function printConfig(
  files: readonly string[],
  { format, origin }: PrintConfigOptions,
  terminal: Terminal,
  distro: Distro = {},
): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files, distro);
  const object = 'built-in configuration';
  terminal.out(origin ? await printOrigins(resolution, format, { object }) : await print(resolution.config, format));
  return ExitCode.OK;
}
