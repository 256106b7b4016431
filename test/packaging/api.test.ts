/** The API reference is generated without a warning, and says something about everything that is exported. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { root } from './pack.ts';

/** What the generator writes of an exported name, as far as it matters here. */
interface Reflection {
  readonly name: string;
  readonly variant: string;
  readonly comment?: object;
  readonly signatures?: readonly Reflection[];
  readonly children?: readonly Reflection[];
}

let modules: readonly Reflection[];

beforeAll(() => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'docs'], { cwd: root, encoding: 'utf8' });
  // Warnings end it with another status.
  if (status !== 0) throw new Error(stdout + stderr);
  modules = JSON.parse(readFileSync(path.join(root, '.cache/api/api.json'), 'utf8')).children;
}, 240_000);

/** A name that another module exports too is described there. */
function isDocumented({ variant, comment, signatures = [] }: Reflection): boolean {
  return variant === 'reference' || comment !== undefined || signatures.some((each) => each.comment !== undefined);
}

test('the packages that people write code against are in it', () => {
  expect(modules.map(({ name }) => name.replace(/\/src$/, '')).sort()).toEqual(
    ['kernel', 'sdk', 'http', 'otlp', 'metrics', 'testkit', 'create-exporter', 'create-agent'].sort(),
  );
});

test('every exported name has a docstring', () => {
  const exported = modules.flatMap(({ name, children = [] }) => children.map((each) => ({ module: name, ...each })));
  expect(exported.length).toBeGreaterThan(500);
  const bare = exported.filter((each) => !isDocumented(each)).map(({ module, name }) => `${module} ${name}`);
  expect(bare).toEqual([]);
});
