/** `telemetryflow build`: a distribution from a manifest, as an entry file, as one file, or as one executable. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDocument } from '@telemetryflow/kernel';
import type * as Esbuild from 'esbuild';
import { bundle } from '../build/bundle.ts';
import { bundleSource, entrySource } from '../build/entry.ts';
import { BuildError } from '../build/error.ts';
import { makeExecutable } from '../build/executable.ts';
import { type Manifest, manifestSchema } from '../build/manifest.ts';
import { describeMeasured, measure } from '../build/measure.ts';
import { type BuiltComponent, packageFile, resolveComponents } from '../build/resolve-components.ts';
import { loadTool } from '../build/tools.ts';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

export interface BuildFlags {
  /** One file that needs only Node.js. */
  readonly bundle: boolean;
  /** One file that needs nothing. */
  readonly executable: boolean;
}

/** Packages are taken from where the manifest's folder sees them, and are never installed here. */
export async function build(file: string, flags: BuildFlags, terminal: Terminal): Promise<ExitCode> {
  const manifest = await readDocument(manifestSchema, file);
  const { dist } = manifest.value;
  const folder = path.dirname(path.resolve(file));
  const { components, problems } = resolveComponents(manifest.value, [folder]);
  const cli = packageFile('@telemetryflow/cli', folder);
  const install = problems.flatMap((each) => each.install ?? []);
  if (cli === undefined) install.unshift('@telemetryflow/cli');
  for (const { path: at, message, hint } of problems) {
    const { line, column } = manifest.position(at) ?? { line: 1, column: 1 };
    terminal.err(`${file}:${line}:${column} ${at[0]}[${at[1]}]: ${message}; ${hint}\n`);
  }
  if (cli === undefined) terminal.err(`${file}: @telemetryflow/cli is not installed in ${folder}\n`);
  if (install.length > 1) terminal.err(`All at once: npm install --save-exact ${install.join(' ')}\n`);
  if (problems.length > 0 || cli === undefined) return ExitCode.CONFIG;

  const target = path.resolve(folder, dist.output_path, dist.name);
  try {
    const lines =
      flags.bundle || flags.executable
        ? await buildFile({ dist, components, folder, target, cli }, flags.executable)
        : writeEntry(dist, components, target);
    terminal.out(`${lines.join('\n')}\n`);
    return ExitCode.OK;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    terminal.err(`error: ${error.message}\n`);
    return ExitCode.RUNTIME;
  }
}

function writeEntry(dist: Manifest['dist'], components: readonly BuiltComponent[], target: string): readonly string[] {
  const file = `${target}.mjs`;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, entrySource(dist, components));
  return [
    `Written: ${shown(file)} with ${components.length} components. Run it where its packages are installed:`,
    usage(`node ${shown(file)}`),
  ];
}

interface Target {
  readonly dist: Manifest['dist'];
  readonly components: readonly BuiltComponent[];
  readonly folder: string;
  /** Without extension. */
  readonly target: string;
  /** `package.json` of `@telemetryflow/cli`. */
  readonly cli: string;
}

async function buildFile(
  { dist, components, folder, target, cli }: Target,
  executable: boolean,
): Promise<readonly string[]> {
  const esbuild = loadTool<typeof Esbuild>('esbuild', folder, 'one file');
  const kernel = packageFile('@telemetryflow/kernel', path.dirname(cli)) ?? '';
  const source = bundleSource(dist, components, path.dirname(kernel));
  const file = `${target}.cjs`;
  await bundle(esbuild, { source, folder, outfile: file, title: `${dist.name} ${dist.version}` });
  const lines = [
    `Written: ${shown(file)}, ${describeMeasured(measure(file, [process.execPath, file]))}. It needs only Node.js 22.15 or newer:`,
  ];
  if (!executable) return [...lines, usage(`node ${shown(file)}`)];
  const program = process.platform === 'win32' ? `${target}.exe` : target;
  await makeExecutable({ bundle: file, outfile: program, folder });
  return [
    ...lines,
    `Written: ${shown(program)}, ${describeMeasured(measure(program, [program]))}. It needs nothing:`,
    usage(`./${shown(program)}`),
  ];
}

function shown(file: string): string {
  return path.relative(process.cwd(), file);
}

function usage(command: string): string {
  return `  ${command} run --config telemetry.yaml`;
}
