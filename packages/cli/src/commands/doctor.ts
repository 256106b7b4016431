/** `telemetryflow doctor`: why data does not arrive, for each exporter, and what to do about it. */
import type { Distro } from '../distro.ts';
import { checkDisk, type FreeBytes } from '../doctor/disk.ts';
import { type DoctorOptions, examine } from '../doctor/doctor.ts';
import type { Finding } from '../doctor/finding.ts';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

/** Defaults are the machine's. */
export interface DoctorEnvironment extends Partial<DoctorOptions> {
  readonly freeBytes?: FreeBytes;
  readonly distro?: Distro;
}

/** Sends one real item of each signal to each exporter's backend. Ends with 1 when anything is wrong. */
export async function doctor(
  files: readonly string[],
  terminal: Terminal,
  { timeoutMs = 10_000, env = process.env, now = Date.now, freeBytes, distro = {} }: DoctorEnvironment = {},
): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files, distro);
  let well = true;
  const print = (finding: Finding): void => {
    well &&= finding.ok;
    terminal.out(`  ${finding.ok ? 'ok  ' : 'FAIL'} ${finding.check.padEnd(11)} ${finding.what}\n`);
    if (finding.fix !== undefined) terminal.out(`${' '.repeat(19)}${finding.fix}\n`);
  };
  terminal.out('this machine\n');
  print(checkDisk(undefined, freeBytes));
  for await (const { exporter, findings } of examine(resolution, { timeoutMs, env, now })) {
    terminal.out(`${exporter}\n`);
    for (const finding of findings) print(finding);
  }
  return well ? ExitCode.OK : ExitCode.RUNTIME;
}
