/** The files of a project, by path. Pure. */
import { daemonset } from './daemonset.ts';
import { dockerfile } from './dockerfile.ts';
import { readme } from './readme.ts';
import { systemdUnit } from './systemd.ts';
import type { Variable } from './variables.ts';

/** The package whose command every project starts. */
export const CLI = '@telemetryflow/cli';

export interface Project {
  /** Name of package, image, service and DaemonSet. */
  readonly name: string;
  readonly exporters: readonly string[];
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly extensions: readonly string[];
}

/** What can be written before the packages are installed; npm adds their exact versions. */
export function projectFiles(project: Project): Readonly<Record<string, string>> {
  return {
    'package.json': manifest(project),
    'agent.js': entry(project),
    Dockerfile: dockerfile(project),
    '.dockerignore': 'node_modules\n.env\n.git\n',
    '.gitignore': 'node_modules/\n.env\n',
    [`deploy/${project.name}.service`]: systemdUnit(project),
  };
}

/** What depends on the variables of the configuration. */
export function runningFiles(project: Project, variables: readonly Variable[]): Readonly<Record<string, string>> {
  return {
    '.env.example': envExample(variables),
    'deploy/daemonset.yaml': daemonset(project, variables),
    'README.md': readme(project, variables),
  };
}

function manifest({ name }: Project): string {
  const withEnv = 'node --env-file-if-exists=.env agent.js';
  const json = {
    name,
    version: '1.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.15' },
    scripts: {
      start: `${withEnv} run --config telemetry.yaml`,
      validate: `${withEnv} validate --config telemetry.yaml`,
    },
    dependencies: {},
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function entry({ name }: Project): string {
  return `// The command of this agent. It finds the components that package.json lists.
import { main } from ${JSON.stringify(CLI)};

await main(process.argv, { name: '${name}', resolveFrom: import.meta.url });
`;
}

function envExample(variables: readonly Variable[]): string {
  const lines = variables.map(({ name, required, fallback }) => (required ? `${name}=` : `# ${name}=${fallback}`));
  return `# Copy to .env, which npm start reads and git ignores. What is commented out has the default shown.\n${lines.join('\n')}\n`;
}
