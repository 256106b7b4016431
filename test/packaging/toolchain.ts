/** Other Node lines and other npm lines than those of this process, from their npm packages; fetched once. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './pack.ts';

/** The newest Node of a line: the path of the executable. */
export function nodeBinary(line: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  return fetched(`node-${line}`, `${name}@${line}`, path.join(name, 'bin', 'node'));
}

/** The newest npm of a line: the path of the script to run with Node. */
export function npmCli(line: string): string {
  return fetched(`npm-${line}`, `npm@${line}`, path.join('npm', 'bin', 'npm-cli.js'));
}

function fetched(folder: string, spec: string, file: string): string {
  const dir = path.join(root, '.cache', folder);
  const wanted = path.join(dir, 'node_modules', file);
  if (!existsSync(wanted)) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--no-audit', '--ignore-scripts', spec], { cwd: dir, stdio: 'pipe' });
  }
  return wanted;
}
