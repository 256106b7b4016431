/** The fenced code blocks of every README and document. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.join(import.meta.dirname, '..', '..');

export interface CodeBlock {
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** All Markdown files that readers see, changelogs apart, by their path from the root. */
export function documents(): readonly string[] {
  const patterns = ['*.md', 'docs/**/*.md', 'packages/*/README.md', 'packages/*/*/README.md', 'examples/**/*.md'];
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] }).sort();
}

/** All blocks of all documents. */
export function codeBlocks(): readonly CodeBlock[] {
  return documents().flatMap(blocksOf);
}

function blocksOf(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const opening = /^\s*```(\w*)/.exec(lines[i] ?? '');
    if (opening === null) continue;
    const end = lines.findIndex((line, j) => j > i && /^\s*```\s*$/.test(line));
    const last = end < 0 ? lines.length : end;
    blocks.push({ file, line: i + 1, language: opening[1] ?? '', text: lines.slice(i + 1, last).join('\n') });
    i = last;
  }
  return blocks;
}
