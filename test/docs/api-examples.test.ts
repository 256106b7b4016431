/** The examples in the docstrings of the packages compile as strictly as the packages do, run, and end. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { type ApiExample, apiExamples } from './api-examples.ts';
import { root } from './blocks.ts';
import type { ModuleReport } from './run-modules.ts';

const dir = path.join(root, '.cache', 'api-examples');
/** By their path below `dir`: one folder for all that runs in one process. */
const examples: ReadonlyMap<string, ApiExample> = new Map(
  apiExamples().map((example) => [
    `${example.folder.split('/')[0]}/${path.basename(example.folder)}-${path.basename(example.file, '.ts')}-${example.line}.ts`,
    example,
  ]),
);
const where = ({ file, line }: ApiExample, at = 0): string => `${file}:${line + at}`;

beforeAll(() => {
  rmSync(dir, { recursive: true, force: true });
  for (const [name, { text }] of examples) {
    mkdirSync(path.join(dir, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(dir, name), `${text}\nexport {};\n`);
  }
});

/** The text with the place of the docstring instead of that of the written module. */
function located(text: string): string {
  return text
    .replaceAll(`file://${dir}/`, '')
    .replaceAll(`${dir}/`, '')
    .replaceAll(/([\w-]+\/[\w.-]+\.ts)[:(](\d+)([:,]\d+\)?)?/g, (whole, name, at) => {
      const example = examples.get(name);
      return example === undefined ? whole : where(example, Number(at));
    });
}

test('every example is a module that a reader can paste: public names, and an assertion of what it shows', () => {
  const all = [...examples.values()];
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter(({ text }) => /from '\.|import\('\./.test(text)).map((each) => where(each))).toEqual([]);
  expect(all.filter(({ text }) => !/\bassert[.(]/.test(text)).map((each) => where(each))).toEqual([]);
});

test('the examples compile', () => {
  const config = { extends: '../../tsconfig.json', include: ['*/*.ts', '../../packages/*/src/**/*.d.ts'], exclude: [] };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(config));
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', dir, '--pretty', 'false'], { cwd: dir, encoding: 'utf8' });
  expect(located(stdout)).toBe('');
  expect(status).toBe(0);
});

test.each([...new Set([...examples.keys()].map((name) => path.dirname(name)))])(
  'the examples of %s run and end',
  (folder) => {
    const runner = path.join(import.meta.dirname, 'run-modules.ts');
    const node = ['--conditions=@telemetryflow/source', '--no-warnings'];
    const { status, stderr, output } = spawnSync(process.execPath, [...node, runner, path.join(dir, folder)], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      cwd: root,
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
    const reports = String(output[3])
      .split('\n')
      .filter((line) => line !== '')
      .map((line): ModuleReport => JSON.parse(line));
    const place = ({ name }: ModuleReport): string => {
      const example = examples.get(`${folder}/${name}`);
      return example === undefined ? name : where(example);
    };
    const failures = reports.filter(({ state }) => state === 'failed');
    expect(failures.map((each) => `${place(each)}\n${located(each.error ?? '')}`)).toEqual([]);
    const last = reports.at(-1);
    // It ended in the midst of a module, or something kept it from ending.
    if (status !== 0 && last?.state === 'began') throw new Error(`${place(last)} does not end\n${located(stderr)}`);
    if (status !== 0) throw new Error(`Left open: ${openers(reports).map(place).join(', ')}\n${located(stderr)}`);
    const expected = [...examples.keys()].filter((name) => path.dirname(name) === folder).length;
    expect(reports.filter(({ state }) => state === 'ended')).toHaveLength(expected);
  },
);

/** The modules after which more was open than before. */
function openers(reports: readonly ModuleReport[]): readonly ModuleReport[] {
  return reports.filter(({ state, open }, i) => state === 'ended' && open.length > (reports[i - 1]?.open.length ?? 0));
}
