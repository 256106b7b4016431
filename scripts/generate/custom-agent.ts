/** The example of an agent of one's own, as `npm create @telemetryflow/agent` writes it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageNames } from '@telemetryflow/kernel';
import { execute } from '../../packages/cli/src/cli.ts';
import { CLI, type Project, projectFiles, runningFiles } from '../../packages/create-agent/src/project/files.ts';
import { variablesIn } from '../../packages/create-agent/src/project/variables.ts';
import { packages } from '../workspace.ts';

const PROJECT: Project = {
  name: 'custom-agent',
  receivers: ['otlp', 'host_metrics'],
  processors: ['memory_limiter'],
  exporters: ['loki', 'prometheus'],
  extensions: ['health_check'],
};
/** Made anew on every machine, and large. */
const LEFT_OUT = 'telemetryflow.schema.json';

/** The files by their path in the folder of the example. */
export async function customAgent(): Promise<Readonly<Record<string, string>>> {
  const config = await telemetryYaml();
  const files = { ...projectFiles(PROJECT), ...runningFiles(PROJECT, variablesIn(config)) };
  const manifest = { ...JSON.parse(files['package.json'] ?? '{}'), dependencies: dependencies() };
  return {
    ...files,
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    '.gitignore': `${files['.gitignore']}${LEFT_OUT}\n`,
    'telemetry.yaml': config,
  };
}

async function telemetryYaml(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-example-'));
  try {
    const file = path.join(folder, 'telemetry.yaml');
    const { receivers, processors, exporters } = PROJECT;
    const flags = ['--receivers', receivers.join(','), '--processors', processors.join(',')];
    const args = ['init', '--output', file, ...flags, '--exporters', exporters.join(',')];
    const code = await execute(['node', 'telemetryflow', ...args], { out: () => {}, err: console.error });
    if (code !== 0) throw new Error(`telemetryflow ${args.join(' ')} ended with ${code}`);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** At exact versions, as npm writes them. */
function dependencies(): Readonly<Record<string, string>> {
  const versions = new Map(packages().map(({ manifest }) => [manifest.name, manifest.version]));
  const kinds = {
    receiver: 'receivers',
    processor: 'processors',
    exporter: 'exporters',
    extension: 'extensions',
  } as const;
  const names = Object.entries(kinds).flatMap(([kind, key]) =>
    PROJECT[key].map((type) => {
      const found = packageNames(kind as keyof typeof kinds, type).find((name) => versions.has(name));
      if (found === undefined) throw new Error(`no package for ${kind} ${type}`);
      return found;
    }),
  );
  return Object.fromEntries([CLI, ...names].sort().map((name) => [name, versions.get(name) ?? '']));
}
