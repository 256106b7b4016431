/** What the documents show works: TypeScript compiles, commands exist (configurations have a test of their own). */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type CodeBlock, codeBlocks, root } from './blocks.ts';

const blocks = codeBlocks();
const where = (block: CodeBlock): string => `${block.file}:${block.line}`;

/** The scripts that `npm run` finds where the document is: those of its project, or of this repository. */
function scriptsAt(file: string): Readonly<Record<string, string>> {
  const example = path.join(root, path.dirname(file), 'package.json');
  const manifest = file.startsWith('examples/') && existsSync(example) ? example : path.join(root, 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).scripts;
}

/** Packages that are not installed here; what uses them runs in `test/packaging`. */
const ELSEWHERE = ['@opentelemetry/auto-instrumentations-node', 'telemetryflow-exporter-acme-cloud'];
/** Blocks that show a file of an example are compiled there, beside what they import. */
const files = globSync('examples/*/{src,test}/*.ts', { cwd: root }).map((file) =>
  readFileSync(path.join(root, file), 'utf8'),
);
const isShown = (block: CodeBlock): boolean => files.some((text) => text.includes(block.text));

test('every code block names its language', () => {
  expect(blocks.filter((block) => block.language === '').map(where)).toEqual([]);
});

test('TypeScript and JavaScript blocks compile against the packages', () => {
  const dir = path.join(root, '.cache', 'docs');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const sources = new Map<string, CodeBlock>();
  for (const block of blocks.filter(({ language }) => /^(ts|typescript|js|javascript|mjs)$/.test(language))) {
    if (isShown(block)) continue;
    const name = `block-${sources.size}.ts`;
    sources.set(name, block);
    writeFileSync(path.join(dir, name), `${block.text}\nexport {};\n`);
  }
  const declared = ELSEWHERE.map((name) => `declare module '${name}';\n`).join('');
  writeFileSync(path.join(dir, 'elsewhere.d.ts'), declared);
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
      if (!(script in scriptsAt(block.file))) missing.push(`${where(block)}: npm run ${script}`);
    }
    for (const [, script = ''] of block.text.matchAll(/\bnpm (start|test)\b/g)) {
      if (!(script in scriptsAt(block.file))) missing.push(`${where(block)}: npm ${script}`);
    }
  }
  expect(missing).toEqual([]);
});
