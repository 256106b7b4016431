/**
 * Puts the documents into the packages that people begin with, so that they are there, and of the right version, where
 * the package is installed. What a document links to outside of `docs` is linked on the web.
 */
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './workspace.ts';

const PACKAGES = ['packages/agent', 'packages/sdk'];
const WEB = 'https://github.com/telemetryflow/telemetryflow/blob/main/';

for (const dir of PACKAGES) {
  const target = path.join(root, dir, 'dist', 'docs');
  rmSync(target, { recursive: true, force: true });
  cpSync(path.join(root, 'docs'), target, { recursive: true });
  for (const file of globSync('**/*.md', { cwd: target })) {
    const full = path.join(target, file);
    writeFileSync(full, withWebLinks(readFileSync(full, 'utf8'), path.posix.join('docs', path.dirname(file))));
  }
}

function withWebLinks(text: string, folder: string): string {
  return text.replaceAll(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (link, target: string) => {
    const file = path.posix.join(folder, target);
    return file.startsWith('docs/') ? link : `](${WEB}${file})`;
  });
}
