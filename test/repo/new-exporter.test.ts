/** `npm run new:exporter`: what it writes passes every check, untouched. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkShape } from '@telemetryflow/testkit';
import { scaffold } from '../../scripts/new-exporter/scaffold.ts';

const root = path.join(import.meta.dirname, '..', '..');
const TYPE = 'acme_cloud';
const DIR = 'packages/exporters/acme-cloud';
let copy: string;
let written: readonly string[];

/** The files of the repository that the scaffold reads and changes. */
const READ = ['LICENSE', 'tsconfig.build.json', 'packages/kernel/src/plugins/catalogue.ts'];
const CONFIGS = ['tsconfig.base.json', 'tsconfig.json', 'jest.config.ts', 'biome.json', '.gitignore', 'package.json'];
const JEST = ['test/jest/libraries.ts', 'test/jest/setup.ts'];

beforeAll(() => {
  copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'telemetryflow-new-exporter-')));
  for (const file of [...READ, ...CONFIGS, ...JEST]) cpSync(path.join(root, file), path.join(copy, file));
  written = scaffold(TYPE, copy);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const text = (file: string): string => readFileSync(path.join(copy, file), 'utf8');

/** Everything beside the new package is the repository's own, as after `npm install`. */
function link(): void {
  rmSync(path.join(copy, 'packages/kernel'), { recursive: true });
  for (const name of readdirSync(path.join(root, 'packages'))) {
    if (name !== 'exporters') symlinkSync(path.join(root, 'packages', name), path.join(copy, 'packages', name));
  }
  const modules = path.join(copy, 'node_modules');
  const ours = path.join(modules, '@telemetryflow');
  mkdirSync(ours, { recursive: true });
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (name !== '@telemetryflow') symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  for (const name of readdirSync(path.join(root, 'node_modules/@telemetryflow'))) {
    symlinkSync(realpathSync(path.join(root, 'node_modules/@telemetryflow', name)), path.join(ours, name));
  }
  symlinkSync(path.join(copy, DIR), path.join(ours, 'exporter-acme-cloud'));
}

/** Exit code and output of a tool in the copy. */
function tool(script: string, ...args: readonly string[]): { status: number | null; output: string } {
  const [file = '', ...flags] = script.split(' ').reverse();
  const all = [...flags.reverse(), path.join(root, 'node_modules', file), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, output: stdout + stderr };
}

test('it is known to the build and to the catalogue of official types', () => {
  expect(JSON.parse(text('tsconfig.build.json')).references).toContainEqual({ path: DIR });
  const types = [...text(READ[2] ?? '').matchAll(/official\('exporter', '([^']+)'/g)].map((match) => match[1]);
  expect(types).toContain(TYPE);
  expect(types).toEqual([...types].sort());
});

test('it has sources, tests, golden data, README, LICENSE and CHANGELOG, with nothing left to fill in', () => {
  const own = written.filter((file) => file.startsWith(DIR)).map((file) => file.slice(DIR.length + 1));
  expect(own).toEqual(
    expect.arrayContaining([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'src/config.ts',
      'src/encode-logs.ts',
      'src/index.ts',
      'test/classify.test.ts',
      'test/config.test.ts',
      'test/contract.test.ts',
      'test/encode.test.ts',
      'testdata/logs.ndjson',
      'tsconfig.json',
    ]),
  );
  for (const file of written) expect(text(file)).not.toMatch(/\{\{\w+\}\}|TODO/);
});

test.each(['Acme', 'acme-cloud', '1st', '../escape', '', 'acme__cloud'])('%j is refused as a type', (type) => {
  expect(() => scaffold(type, copy)).toThrow('lower-case words joined by underscores');
});

test('an exporter that is there already is left alone', () => {
  expect(() => scaffold(TYPE, copy)).toThrow(`${DIR} is there already.`);
});

describe('untouched, it passes', () => {
  beforeAll(() => link());

  test('the shape check', async () => {
    expect(await checkShape(path.join(copy, DIR))).toEqual([]);
  });

  test('the linter and formatter', () => {
    const { status, output } = tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', DIR);
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
  });

  test('the compiler, strictest flags', () => {
    writeFileSync(
      path.join(copy, 'tsconfig.check.json'),
      JSON.stringify({ extends: './tsconfig.json', include: [`${DIR}/src`, `${DIR}/test`] }),
    );
    expect(tool('typescript/bin/tsc', '-p', 'tsconfig.check.json')).toEqual({ status: 0, output: '' });
  });

  test('its own tests, the exporter contract among them', () => {
    const jest = '--experimental-vm-modules --conditions=@telemetryflow/source --no-warnings jest/bin/jest.js';
    const { status, output } = tool(jest, '--silent', '--watchman=false', DIR);
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(output).toMatch(/^Tests: +[3-9]\d passed, /m);
  });
});
