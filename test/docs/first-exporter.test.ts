/** The guide to a first exporter, the scaffold it begins with, and the example it ends with belong together. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createExporter } from '@telemetryflow/create-exporter';
import { codeBlocks, root } from './blocks.ts';

const GUIDE = 'docs/guides/your-first-exporter.md';
const EXAMPLE = path.join(root, 'examples/third-party-exporter');
/** What the guide changes. */
const CHANGED = [
  ...['README.md', 'src/config.ts', 'src/index.ts', 'src/encode-logs.ts'],
  ...['test/contract.test.ts', 'testdata/logs.ndjson'],
];
const ADDED = ['src/classify.ts'];
const read = (folder: string, file: string): string => readFileSync(path.join(folder, file), 'utf8');
let folder: string;
let scaffold: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-first-exporter-'));
  scaffold = path.join(folder, 'acme-cloud');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the example is what npm create writes, but for the files that the guide changes', () => {
  const { files } = createExporter(scaffold);
  const same = files.filter((file) => read(scaffold, file) === read(EXAMPLE, file));
  expect([...files].filter((file) => !same.includes(file)).sort()).toEqual([...CHANGED].sort());
});

test('every piece of code in the guide is in the example', () => {
  const sources = [...CHANGED, ...ADDED].map((file) => read(EXAMPLE, file));
  const blocks = codeBlocks().filter(({ file, language }) => file === GUIDE && language === 'ts');
  expect(blocks.length).toBeGreaterThan(4);
  expect(blocks.filter(({ text }) => !sources.some((source) => source.includes(text)))).toEqual([]);
});
