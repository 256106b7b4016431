/** Builds and packs every publishable package, once for all tests as long as no source changes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.join(import.meta.dirname, '..', '..');

export interface Packed {
  readonly name: string;
  readonly dir: string;
  /** The tarball. */
  readonly file: string;
}

const out = path.join(root, '.cache', 'tarballs');
const list = path.join(out, 'packed.json');
const sources = [
  'packages/**/*',
  'docs/**/*',
  'scripts/build*.ts',
  'scripts/workspace.ts',
  'tsconfig*.json',
  'package-lock.json',
];

/** Tarballs of all packages, built from the sources as they are. */
export function packAll(): readonly Packed[] {
  const state = stateOfSources();
  if (existsSync(list)) {
    const earlier = JSON.parse(readFileSync(list, 'utf8')) as { state: string; packed: readonly Packed[] };
    if (earlier.state === state) return earlier.packed;
  }
  const packed = pack();
  writeFileSync(list, JSON.stringify({ state, packed }));
  return packed;
}

/** Changes with every byte that a build reads. */
function stateOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(sources, { cwd: root, exclude: ['**/node_modules', '**/dist', '**/*.tsbuildinfo'] });
  for (const file of files.sort()) {
    const full = path.join(root, file);
    if (statSync(full).isFile()) hash.update(file).update(readFileSync(full));
  }
  return hash.digest('hex');
}

function pack(): readonly Packed[] {
  execFileSync(process.execPath, ['--no-warnings', 'scripts/build.ts'], { cwd: root, stdio: 'pipe' });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const dirs = globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: root })
    .map(path.dirname)
    .sort();
  const workspaces = dirs.flatMap((dir) => ['-w', dir]);
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out, ...workspaces], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const results = Object.values(JSON.parse(packed.slice(packed.search(/[[{]/)))) as {
    name: string;
    filename: string;
  }[];
  const dirOf = new Map(
    dirs.map((dir) => [JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8')).name, dir]),
  );
  return results.map(({ name, filename }) => ({ name, dir: dirOf.get(name) ?? '', file: path.join(out, filename) }));
}

/** The tarballs of these packages, to hand to `npm install`. */
export function tarballsOf(packed: readonly Packed[], names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const found = packed.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no package is named ${name}`);
    return found.file;
  });
}
