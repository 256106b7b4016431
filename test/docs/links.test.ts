/** Every link from a document to a file of the repository, or to a heading in one, leads somewhere. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { documents, root } from './blocks.ts';

interface Link {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

/** Links outside of code, images included. */
function linksOf(file: string): Link[] {
  const links: Link[] = [];
  let fenced = false;
  for (const [index, text] of readFileSync(path.join(root, file), 'utf8').split('\n').entries()) {
    if (/^\s*```/.test(text)) fenced = !fenced;
    if (fenced) continue;
    const spoken = text.replaceAll(/`[^`]*`/g, '``');
    for (const [, target = ''] of spoken.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ file, line: index + 1, target });
  }
  return links;
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(file: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll(/^```.*?^```/gms, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What is wrong with a link; undefined for one that leads somewhere, or out of the repository. */
function problemOf({ file, target }: Link): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [to = '', anchor] = target.split('#');
  const found = path.normalize(path.join(to.startsWith('/') ? '' : path.dirname(file), to));
  const linked = to === '' ? file : found;
  if (linked.startsWith('..')) return 'leaves the repository';
  if (!existsSync(path.join(root, linked))) return 'there is no such file';
  if (anchor === undefined) return undefined;
  if (!statSync(path.join(root, linked)).isFile()) return 'a folder has no headings';
  return anchorsOf(linked).has(anchor) ? undefined : 'there is no such heading';
}

const links = documents().flatMap(linksOf);
const OWN = 'https://github.com/telemetryflow/telemetryflow/blob/main/';

test('every relative link leads to a file, and to a heading where it names one', () => {
  expect(links.length).toBeGreaterThan(100);
  const wrong = links.flatMap((link) => {
    const problem = problemOf(link);
    return problem === undefined ? [] : [`${link.file}:${link.line} ${link.target}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

/** What npm packs of every package, whatever its manifest says. */
const PACKED = ['README.md', 'LICENSE', 'package.json'];

test('every relative link of a package leads into its tarball: where npm shows it, there is nothing else', () => {
  const leaving = links.filter(({ file, target }) => {
    if (!file.startsWith('packages/') || /^([a-z]+:|#)/.test(target)) return false;
    const manifest = readFileSync(path.join(root, path.dirname(file), 'package.json'), 'utf8');
    const packed: readonly string[] = [...PACKED, ...JSON.parse(manifest).files];
    const to = path.posix.normalize(target.split('#')[0] ?? '');
    return !packed.some((each) => to === each || to.startsWith(`${each}/`));
  });
  expect(leaving).toEqual([]);
});

test('every link to this repository on the web leads to a file', () => {
  const own = links.filter(({ target }) => target.startsWith(OWN));
  const wrong = own.filter(({ target }) => !existsSync(path.join(root, target.slice(OWN.length).split('#')[0] ?? '')));
  expect(wrong).toEqual([]);
});

test('a README that is published links to what is published with it, or to the web', () => {
  const published = links.filter(({ file }) => /^packages\/.*\/(README|CHANGELOG)\.md$/.test(file));
  const leaving = published.filter(({ target }) => target.startsWith('../'));
  expect(published.length).toBeGreaterThan(10);
  expect(leaving.map(({ file, line, target }) => `${file}:${line} ${target}`)).toEqual([]);
});
