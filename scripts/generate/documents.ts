/** The documents, one line each: in the index of `docs`, and in `llms.txt` for those who read by machine. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { packages, read, root } from '../workspace.ts';

interface Page {
  /** From the root. */
  readonly file: string;
  readonly title: string;
  /** The first sentence. */
  readonly about: string;
}

const FOLDERS = { guides: 'docs/guides', reference: 'docs/reference', decisions: 'docs/decisions' } as const;

/** The pages of a folder of `docs`, as a list for the index. */
export function documentList(kind: keyof typeof FOLDERS): string {
  return pagesIn(FOLDERS[kind])
    .map(({ file, title, about }) => `- [${title}](${path.relative('docs', file)}): ${about}`)
    .join('\n');
}

/** https://llmstxt.org: a title, a summary, and lists of links. */
export function llmsText(): string {
  const examples = pagesIn('examples/*').filter(({ file }) => file.endsWith('README.md'));
  const sections = {
    Packages: packages().map(({ dir, manifest }) => `- [${manifest.name}](${dir}/README.md): ${manifest.description}`),
    Guides: pagesIn(FOLDERS.guides).map(line),
    Reference: pagesIn(FOLDERS.reference).map(line),
    Examples: examples.map(line),
    Optional: pagesIn(FOLDERS.decisions).map(line),
  };
  const [, summary = ''] = /^# .*\n\n((?:.+\n)+)/.exec(read('README.md') ?? '') ?? [];
  const parts = Object.entries(sections).map(([title, lines]) => `## ${title}\n\n${lines.join('\n')}\n`);
  return `# TelemetryFlow\n\n> ${summary.trim().replaceAll('\n', ' ')}\n\n${parts.join('\n')}`;
}

function line({ file, title, about }: Page): string {
  return `- [${title}](${file}): ${about}`;
}

function pagesIn(folder: string): readonly Page[] {
  return globSync(`${folder}/*.md`, { cwd: root, exclude: ['**/node_modules/**'] })
    .sort()
    .map(page);
}

function page(file: string): Page {
  const text = read(file) ?? '';
  const [, title = ''] = /^# (.+)$/m.exec(text) ?? [];
  const prose = text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^\*\*(?:Context|Decision)\.\*\* /gm, '');
  const paragraphs = prose.split(/\n{2,}/).map((each) => each.replaceAll('\n', ' ').trim());
  const first = paragraphs.find((each) => /^[\p{L}`[]/u.test(each)) ?? '';
  if (title === '' || first === '') throw new Error(`${file} has no title or no first paragraph`);
  return { file, title, about: sentence(first) };
}

/** Up to the first full stop, without links: they lead from another place. */
function sentence(text: string): string {
  const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, '.') ?? plain;
}
