/** The API reference is generated without a warning, and says and shows something of everything that is exported. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { apiExamples, namesImported } from '../docs/api-examples.ts';
import { root } from './pack.ts';

/** What the generator writes of an exported name, as far as it matters here. */
interface Reflection {
  readonly name: string;
  readonly variant: string;
  readonly kind: number;
  readonly comment?: { readonly blockTags?: readonly BlockTag[] };
  readonly signatures?: readonly Reflection[];
  readonly children?: readonly Reflection[];
}

interface BlockTag {
  readonly tag: string;
  readonly content: readonly { readonly text: string }[];
}

/** The generator's numbers for an interface and for a type alias. */
const TYPES: readonly number[] = [256, 2_097_152];

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

/** The modules that a package lets others import, as the reference names them. */
function entryPointsOf(manifest: string): readonly string[] {
  const { exports = {} } = JSON.parse(readFileSync(path.join(root, manifest), 'utf8'));
  const sources = Object.values<string | { readonly [condition: string]: string }>(exports).flatMap((target) =>
    typeof target === 'string' ? [] : (target['@telemetryflow/source'] ?? []),
  );
  const folder = path.relative('packages', path.dirname(manifest));
  return sources.map((file) => path.join(folder, file).replace(/(\/index)?\.ts$/, ''));
}

test('everything that can be imported of any package is in it', () => {
  const manifests = globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: root });
  expect(modules.map(({ name }) => name).sort()).toEqual(manifests.flatMap(entryPointsOf).sort());
});

test('every exported name has a docstring', () => {
  const exported = modules.flatMap(({ name, children = [] }) => children.map((each) => ({ module: name, ...each })));
  expect(exported.length).toBeGreaterThan(600);
  const bare = exported.filter((each) => !isDocumented(each)).map(({ module, name }) => `${module} ${name}`);
  expect(bare).toEqual([]);
});

/** The package that a module of the reference belongs to. */
function packageOf(module: string): { readonly folder: string; readonly name: string } {
  const folder = module.replace(/\/src(\/.*)?$/, '');
  return { folder, name: JSON.parse(readFileSync(path.join(root, 'packages', folder, 'package.json'), 'utf8')).name };
}

/** The code of its own examples. */
function shownBy({ comment, signatures = [] }: Reflection): readonly string[] {
  return [comment, ...signatures.map((each) => each.comment)]
    .flatMap((each) => each?.blockTags ?? [])
    .filter(({ tag }) => tag === '@example')
    .map(({ content }) => content.map(({ text }) => text).join(''));
}

test('every exported value has an example that uses it, every exported type one of its own or a use in another', () => {
  const examples = apiExamples();
  const run = new Set(examples.map(({ text }) => `\`\`\`ts\n${text}\n\`\`\``));
  const bare = modules.flatMap((module) => {
    const { folder, name: from } = packageOf(module.name);
    const used = examples.filter((each) => each.folder === folder).flatMap((each) => namesImported(each, from));
    const hasExample = (each: Reflection): boolean => {
      const word = each.name === 'default' ? from : each.name;
      if (shownBy(each).some((text) => run.has(text) && new RegExp(`(?<!\\w)${word}(?!\\w)`).test(text))) return true;
      return TYPES.includes(each.kind) && used.includes(each.name);
    };
    return (module.children ?? [])
      .filter((each) => each.variant !== 'reference' && !hasExample(each))
      .map((each) => `${module.name} ${each.name}`);
  });
  expect(bare).toEqual([]);
});
