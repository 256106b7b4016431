/** The examples in the docstrings of the packages: the block of TypeScript of each `@example` is a module of its own. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './blocks.ts';

export interface ApiExample {
  /** The source file, from the root. */
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The folder of its package below `packages`: `kernel`, `exporters/loki`. */
  readonly folder: string;
  readonly text: string;
}

/** The examples of all packages, in the order of their files. */
export function apiExamples(): readonly ApiExample[] {
  return globSync(['packages/*/src/**/*.ts', 'packages/*/*/src/**/*.ts'], { cwd: root }).sort().flatMap(examplesOf);
}

/** What an example imports from a package: the compiler holds that it is there and used, a type as a type. */
export function namesImported({ text }: Pick<ApiExample, 'text'>, packageName: string): readonly string[] {
  return [...text.matchAll(/^import (?:type )?(?:\w+, )?\{([^}]*)\} from '([^']*)'/gm)].flatMap(
    ([, names = '', from]) =>
      from === packageName ? names.split(',').map((each) => each.trim().replace(/^type | as .*$/g, '')) : [],
  );
}

/** Without text where the tag is not followed by one block of TypeScript. */
function examplesOf(file: string): ApiExample[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const folder = /^packages\/(.*?)\/src\//.exec(file)?.[1] ?? '';
  const tags = source.matchAll(/^ *\* @example\b(?:\n *\* ```ts\n([\s\S]*?)\n *\* ```$)?/gm);
  return [...tags].map(({ 1: body = '', index }) => ({
    file,
    line: source.slice(0, index).split('\n').length + 1,
    folder,
    text: body.replaceAll(/^ *\* ?/gm, ''),
  }));
}
