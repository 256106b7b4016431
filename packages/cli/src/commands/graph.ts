/** `telemetryflow graph`: the pipelines as a Mermaid flowchart. */
import type { ResolvedConfig } from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export async function graph(files: readonly string[], terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  const { resolution } = await resolveAgent(files, distro);
  terminal.out(mermaid(resolution.config));
  return ExitCode.OK;
}

/** One subgraph per pipeline; receivers, exporters and connectors stand outside, since pipelines share them. */
export function mermaid(config: ResolvedConfig): string {
  const lines = ['flowchart LR'];
  const nodes = new Map<string, string>();
  const node = (kind: string, id: string, shape: (label: string) => string): string => {
    const key = `${kind}:${id}`;
    let name = nodes.get(key);
    if (name === undefined) {
      name = `n${nodes.size}`;
      nodes.set(key, name);
      lines.push(`  ${name}${shape(id.replaceAll('"', "'"))}`);
    }
    return name;
  };
  const outer = (id: string, kind: 'receiver' | 'exporter'): string => {
    if (config.connectors.has(id)) return node('connector', id, (label) => `{{"${label}"}}`);
    return node(kind, id, (label) => (kind === 'receiver' ? `(["${label}"])` : `[["${label}"]]`));
  };
  for (const pipeline of config.pipelines) {
    const steps = pipeline.processors.map((id, i) => ({ name: `p${lines.length}_${i}`, id }));
    const receivers = pipeline.receivers.map((id) => outer(id, 'receiver'));
    const exporters = pipeline.exporters.map((id) => outer(id, 'exporter'));
    lines.push(`  subgraph "${pipeline.id}"`);
    for (const { name, id } of steps) lines.push(`    ${name}["${id}"]`);
    for (const [i, step] of steps.entries()) if (i > 0) lines.push(`    ${steps[i - 1]?.name} --> ${step.name}`);
    lines.push('  end');
    const [entry, exit] = [steps[0]?.name, steps.at(-1)?.name];
    if (entry === undefined || exit === undefined) {
      for (const from of receivers) for (const to of exporters) lines.push(`  ${from} -->|${pipeline.id}| ${to}`);
      continue;
    }
    for (const from of receivers) lines.push(`  ${from} --> ${entry}`);
    for (const to of exporters) lines.push(`  ${exit} --> ${to}`);
  }
  return `${lines.join('\n')}\n`;
}
