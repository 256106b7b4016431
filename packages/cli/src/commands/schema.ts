/** `telemetryflow schema`: the JSON Schema of every installed component, for completion in editors. */
import { type Definition, editorSchema, type Plugins } from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { agentPlugins } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export async function schema(terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  terminal.out(await schemaText(agentPlugins(distro)));
  return ExitCode.OK;
}

/** The schema as the command prints it. */
export async function schemaText(plugins: Plugins): Promise<string> {
  return `${JSON.stringify(editorSchema(await installedDefinitions(plugins)))}\n`;
}

async function installedDefinitions(plugins: Plugins): Promise<readonly Definition[]> {
  const definitions: Definition[] = [];
  for (const { kind, type, problem } of await plugins.installed({ load: true })) {
    const found = problem === undefined ? await plugins.find(kind, type) : undefined;
    if (found !== undefined && !('problem' in found)) definitions.push(found);
  }
  return definitions;
}
