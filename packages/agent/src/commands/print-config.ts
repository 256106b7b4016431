/** `telemetryflow print-config`: the configuration as it is understood, in the native layout, secrets redacted. */
import { printConfig as print } from '@telemetryflow/kernel';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export async function printConfig(
  files: readonly string[],
  format: 'yaml' | 'json',
  terminal: Terminal,
): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files);
  terminal.out(await print(resolution.config, format));
  return ExitCode.OK;
}
