/** What the documents show works: TypeScript compiles, commands exist (configurations have a test of their own). */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type CodeBlock, codeBlocks, root } from './blocks.ts';

const blocks = codeBlocks();
const where = (block: CodeBlock): string => `${block.file}:${block.line}`;
const scripts: Record<string, string> = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts;

test('every code block names its language', () => {
  expect(blocks.filter((block) => block.language === '').map(where)).toEqual([]);
});

test('TypeScript and JavaScript blocks compile against the packages', () => {
  const dir = path.join(root, '.cache', 'docs');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const sources = new Map<string, CodeBlock>();
  for (const block of blocks.filter(({ language }) => /^(ts|typescript|js|javascript|mjs)$/.test(language))) {
    const name = `block-${sources.size}.ts`;
    sources.set(name, block);
    writeFileSync(path.join(dir, name), `${block.text}\nexport {};\n`);
  }
  const options = {
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
  };
  const config = { extends: '../../tsconfig.json', compilerOptions: options, include: ['*.ts'], exclude: [] };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', dir, '--pretty', 'false'], {
    cwd: dir,
    encoding: 'utf8',
  });
  const errors = stdout
    .split('\n')
    .filter((line) => line.startsWith('block-'))
    .map((line) => line.replace(/^(block-\d+\.ts)\((\d+),\d+\)/, (_, name, at) => locate(sources, name, Number(at))));
  expect(sources.size).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});

function locate(sources: ReadonlyMap<string, CodeBlock>, name: string, line: number): string {
  const block = sources.get(name);
  return block === undefined ? name : `${block.file}:${block.line + line}`;
}

test('shell blocks run npm scripts that exist', () => {
  const missing: string[] = [];
  for (const block of blocks.filter(({ language }) => /^(sh|bash|shell|console)$/.test(language))) {
    for (const [, script = ''] of block.text.matchAll(/\bnpm (?:run )(?:-s )?([\w:-]+)/g)) {
      if (!(script in scripts)) missing.push(`${where(block)}: npm run ${script}`);
    }
    for (const [, script = ''] of block.text.matchAll(/\bnpm (start|test)\b/g)) {
      if (!(script in scripts)) missing.push(`${where(block)}: npm ${script}`);
    }
  }
  expect(missing).toEqual([]);
});
