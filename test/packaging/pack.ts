/** Builds and packs every publishable package once per test run. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.join(import.meta.dirname, '..', '..');

export interface Packed {
  readonly name: string;
  readonly dir: string;
  /** The tarball. */
  readonly file: string;
}

/** Tarballs of all packages, from a fresh build. */
export function packAll(): readonly Packed[] {
  execFileSync(process.execPath, ['--no-warnings', 'scripts/build.ts'], { cwd: root, stdio: 'pipe' });
  const out = path.join(root, '.cache', 'tarballs');
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
