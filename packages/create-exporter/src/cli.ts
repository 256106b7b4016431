/** The command `create-exporter <folder>`. */
import path from 'node:path';
import { createExporter } from './create-exporter.ts';
import { ScaffoldError } from './error.ts';

const USAGE = `Usage: npm create @telemetryflow/exporter <folder>

Writes an exporter package into <folder>; its last part names the backend: my-backend holds the exporter my_backend.
`;

/** Writes the package that the arguments name and sets the exit code: 0, or 2 when nothing was written. */
export function main(argv: readonly string[]): void {
  process.exitCode = run(argv.slice(2), process);
}

/** Where text goes. */
interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export function run(args: readonly string[], { stdout, stderr }: Output): 0 | 2 {
  const [folder, ...rest] = args;
  if (folder === '--help' || folder === '-h') {
    stdout.write(USAGE);
    return 0;
  }
  if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
    stderr.write(USAGE);
    return 2;
  }
  try {
    const { names, files } = createExporter(folder);
    stdout.write(`Written in ${folder}:\n${files.map((file) => `  ${file}`).join('\n')}\n${nextSteps(folder, names)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ScaffoldError)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  }
}

function nextSteps(folder: string, names: { readonly package: string; readonly type: string }): string {
  return `
What to do next:
  1. cd ${path.relative('.', folder) || '.'} && npm install && npm test
     passes as it stands; from here on the tests are yours
  2. Put the backend's rules in: src/config.ts (options), src/index.ts (URL, headers), src/encode-logs.ts (format,
     limits), an encode-<signal>.ts per further signal, and in test/contract.test.ts how the backend answers.
  3. npm run build && npm pack, and in a project with @telemetryflow/agent:
       npm install ${names.package}
     A configuration finds it by its type, ${names.type}.
`;
}
