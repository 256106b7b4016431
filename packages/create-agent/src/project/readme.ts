/** The README of the project. */
import type { Project } from './files.ts';
import type { Variable } from './variables.ts';

export function readme(project: Project, variables: readonly Variable[]): string {
  const { name, exporters, receivers, processors } = project;
  const needed = variables.filter(({ required }) => required).map((variable) => variable.name);
  const through = processors.length === 0 ? '' : `, through ${processors.join(', ')}`;
  const before = needed.length === 0 ? '' : `cp .env.example .env    # then fill in ${needed.join(', ')}\n`;
  const secret = needed.map((variable) => ` --from-literal=${variable}=...`).join('');
  return `# ${name}

A telemetry agent: from ${receivers.join(', ')}${through} to ${exporters.join(', ')}. Made with [TelemetryFlow](https://github.com/telemetryflow/telemetryflow).

## Run

\`\`\`sh
${before}npm start
\`\`\`

It answers on http://127.0.0.1:13133/ while it is well. Ctrl+C delivers what is queued, then ends.

## Change

The configuration is \`telemetry.yaml\`; an editor with the YAML language server completes it by \`telemetryflow.schema.json\`.

\`\`\`sh
npm run validate                                        # what is wrong with it, with line and advice
node agent.js print-config --origin -c telemetry.yaml   # every value, and where it came from
npm install --save-exact @telemetryflow/exporter-...    # another component
node agent.js schema > telemetryflow.schema.json        # afterwards
\`\`\`

## Deploy

A container:

\`\`\`sh
docker build -t ${name}:1.0.0 .
docker run --env-file .env -p 4318:4318 -p 13133:13133 ${name}:1.0.0
\`\`\`

A service of systemd, with the project in \`/opt/${name}\`:

\`\`\`sh
sudo cp deploy/${name}.service /etc/systemd/system/
sudo cp .env /etc/${name}.env && sudo chmod 600 /etc/${name}.env
sudo systemctl enable --now ${name}
\`\`\`

One per node of a Kubernetes cluster:

\`\`\`sh
${secret === '' ? '' : `kubectl create secret generic ${name}${secret}\n`}kubectl apply -f deploy/daemonset.yaml
\`\`\`
`;
}
