/** A single executable: a copy of Node.js with the bundle in it (Node's single executable applications). */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BuildError } from './error.ts';
import { loadTool } from './tools.ts';

/** The mark in the executable of Node.js. Put together here, so that an agent with this code in it holds only one. */
const FUSE = ['NODE_SEA_FUSE', 'fce680ab2cc467b6e072b8b5df1996b2'].join('_');

interface Postject {
  inject(file: string, resource: string, data: Buffer, options: { readonly sentinelFuse: string }): Promise<void>;
}

export interface ExecutableOptions {
  readonly bundle: string;
  readonly outfile: string;
  /** The Node.js that goes into it; default the one that runs. */
  readonly node?: string;
  /** Where `postject` is looked for. */
  readonly folder: string;
}

/** Throws a {@link BuildError} where this Node.js cannot make one. */
export async function makeExecutable(options: ExecutableOptions): Promise<void> {
  const { bundle, outfile, folder, node = process.execPath } = options;
  const builtIn = run(node, ['--help']).includes('--build-sea');
  const postject = builtIn ? undefined : postjectFor(folder);
  const work = mkdtempSync(path.join(tmpdir(), 'telemetryflow-build-'));
  try {
    const output = builtIn ? outfile : path.join(work, 'blob');
    const config = path.join(work, 'sea.json');
    const sea = { main: bundle, output, disableExperimentalSEAWarning: true, useCodeCache: true };
    writeFileSync(config, JSON.stringify(sea));
    run(node, [builtIn ? '--build-sea' : '--experimental-sea-config', config]);
    if (postject === undefined) return;
    copyFileSync(node, outfile);
    await postject.inject(outfile, 'NODE_SEA_BLOB', readFileSync(output), { sentinelFuse: FUSE });
  } catch (error) {
    throw error instanceof BuildError ? error : new BuildError(`the executable could not be made: ${String(error)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function postjectFor(folder: string): Postject {
  if (process.platform !== 'linux') {
    throw new BuildError(
      `on ${process.platform} an executable needs Node 26, which makes one by itself; or use --bundle`,
    );
  }
  return loadTool<Postject>('postject', folder, `an executable with Node ${process.versions.node} (26 needs nothing)`);
}

function run(node: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new BuildError(`${node} ${args.join(' ')} ended with ${status}:\n${stderr}`);
}
