/** Every configuration of the repository is valid for the schema that editors use. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { execute } from '../../packages/cli/src/cli.ts';
import { root } from './blocks.ts';
import { configurations, usesExample } from './configurations.ts';

let check: ValidateFunction;

beforeAll(async () => {
  let text = '';
  const out = (part: string): void => {
    text += part;
  };
  await execute(['node', 'telemetryflow', 'schema'], { out, err: () => {} });
  check = new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(text));
});

/** The exporters of two blocks are still to be written. */
const provided = (file: string): boolean =>
  !file.startsWith('test/spec-configs/') ||
  existsSync(path.join(root, 'packages/exporters', path.basename(file, '.yaml').replaceAll('_', '-')));
const files = globSync(['test/spec-configs/configs/*.yaml', 'examples/**/telemetry*.yaml'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
}).filter(provided);
const examples = [
  ...configurations
    .filter(({ text }) => !usesExample(text))
    .map(({ file, line, text }) => [`${file}:${line}`, text] as const),
  ...files.sort().map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const),
];

test('there are examples in documents and in files', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(configurations.length).toBeGreaterThan(20);
});

test.each(examples)('%s', (_where, text) => {
  expect([check(parse(text)), check.errors]).toEqual([true, null]);
});
