/** `telemetryflow components`: what is installed, with version, place and stability per signal. */
import type { InstalledComponent } from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { agentPlugins } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export async function components(json: boolean, terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  const plugins = agentPlugins(distro);
  const installed = (await plugins.installed({ load: true })).map((each) => ({ ...each, ...builtIn(each, distro) }));
  terminal.out(json ? `${JSON.stringify(installed, null, 2)}\n` : table(installed));
  if (installed.length === 0) {
    terminal.err('No component is installed here; npm install some, as @telemetryflow/exporter-loki\n');
  }
  return ExitCode.OK;
}

/** Package and version of a component that the program imports: no folder tells them. */
function builtIn({ kind, type }: InstalledComponent, { components: given = [] }: Distro): Partial<InstalledComponent> {
  const from = given.find(({ definition }) =>
    [definition].flat().some((each) => each.kind === kind && each.type === type),
  );
  return from === undefined ? {} : { package: from.package, version: from.version };
}

const SIGNALS = ['traces', 'metrics', 'logs'] as const;

function table(installed: readonly InstalledComponent[]): string {
  const rows = installed.map((c) => [
    c.kind,
    c.type,
    c.version ?? '',
    c.problem ?? SIGNALS.flatMap((s) => (c.signals[s] === undefined ? [] : [`${s} ${c.signals[s]}`])).join(', '),
    c.path ?? '',
  ]);
  const all = [['KIND', 'TYPE', 'VERSION', 'SIGNALS', 'PATH'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
