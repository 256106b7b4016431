/** `telemetryflow schema`: the JSON Schema of every installed component, for completion in editors. */
import { createPluginLookup, type Definition, editorSchema } from '@telemetryflow/kernel';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

export async function schema(terminal: Terminal): Promise<ExitCode> {
  const plugins = createPluginLookup({ resolveFrom: import.meta.url });
  const definitions: Definition[] = [];
  for (const { kind, type, problem } of await plugins.installed({ load: true })) {
    const found = problem === undefined ? await plugins.find(kind, type) : undefined;
    if (found !== undefined && !('problem' in found)) definitions.push(found);
  }
  terminal.out(`${JSON.stringify(editorSchema(definitions), null, 2)}\n`);
  return ExitCode.OK;
}
