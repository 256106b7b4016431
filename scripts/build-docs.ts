/**
 * Puts the documents into the packages, so that they are there, and of the right version, where a package is installed:
 * all of them into the packages that people begin with, into every other one the pages that concern it. What a page
 * links to that is not in the same package is linked on the web.
 */
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packages, read, root, type WorkspacePackage } from './workspace.ts';

/** Packages that people begin with. */
const WHOLE: readonly string[] = ['packages/agent', 'packages/cli', 'packages/sdk'];
const WEB = 'https://github.com/telemetryflow/telemetryflow/blob/main/';

/** Path from the root → text. */
const pages: ReadonlyMap<string, string> = new Map(
  globSync('docs/**/*.md', { cwd: root })
    .sort()
    .map((file) => [file, read(file) ?? '']),
);

for (const each of packages()) {
  const chosen = new Set([...pages.keys()].filter((page) => WHOLE.includes(each.dir) || concerns(page, each)));
  const target = path.join(root, each.dir, 'dist');
  rmSync(path.join(target, 'docs'), { recursive: true, force: true });
  for (const page of chosen) {
    const file = path.join(target, page);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, withWebLinks(pages.get(page) ?? '', path.posix.dirname(page), chosen));
  }
}

/** True for a guide or reference that the package's README links to, or that names, links to or configures the package. */
function concerns(page: string, { dir, manifest }: WorkspacePackage): boolean {
  if (!/^docs\/(guides|reference)\//.test(page)) return false;
  if (read(`${dir}/README.md`)?.includes(WEB + page)) return true;
  const text = pages.get(page) ?? '';
  if (new RegExp(`${manifest.name}(?![\\w-])`).test(text)) return true;
  // The page of all backends links to each of them.
  if (page.startsWith('docs/guides/') && text.includes(`${dir}/README.md`)) return true;
  const { kind, type } = manifest.telemetryflow ?? {};
  return type !== undefined && new RegExp(`^${kind}s:(?:\\n .*)*\\n  ${type}(?:/\\S+)?:`, 'm').test(text);
}

function withWebLinks(text: string, folder: string, present: ReadonlySet<string>): string {
  return text.replaceAll(/\]\((?![a-z]+:|#)([^)\s]+)\)/g, (link, target: string) => {
    const file = path.posix.join(folder, target);
    return present.has(file.split('#', 1)[0] ?? '') ? link : `](${WEB}${file})`;
  });
}
