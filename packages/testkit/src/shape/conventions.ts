/** The conventions of a TelemetryFlow package, as data: what each says, and how it is checked. */
import { DEFINITION_CONVENTIONS } from './definition-conventions.ts';
import { MANIFEST_CONVENTIONS } from './manifest-conventions.ts';
import type { PackageView } from './package-view.ts';

/** One rule. */
export interface Convention {
  /** Stable, for lists of exceptions: `file-size`. */
  readonly id: string;
  /** What every package does, as a sentence. */
  readonly states: string;
  /** One sentence per breach, naming the file or field; none when all is well. */
  breaches(view: PackageView): readonly string[];
}

/** A text file of this many lines or more should have been two. */
const MAX_LINES = 400;

const FORBIDDEN_NAMES = /(^|[-/])(utils?|helpers?|common|misc|stuff|managers?)(-|\.|\/)/;
const README_HEADINGS = [
  'Install',
  'Minimal config',
  'Use from code',
  'Options',
  'Authentication',
  'How data is mapped',
  'Batching, limits, retries',
  'Telemetry',
  'Troubleshooting',
  'Compatibility',
];
const REQUIRED_HEADINGS: Readonly<Record<string, readonly string[]>> = {
  exporter: ['Install', 'Minimal config', 'Options', 'How data is mapped', 'Troubleshooting', 'Compatibility'],
  receiver: ['Install', 'Minimal config', 'Options'],
  processor: ['Install', 'Minimal config', 'Options'],
  connector: ['Install', 'Minimal config', 'Options'],
  extension: ['Install', 'Minimal config', 'Options'],
};

const code = (view: PackageView): readonly string[] => view.files.filter((file) => /^(src|test)\/.*\.ts$/.test(file));

const FILE_CONVENTIONS: readonly Convention[] = [
  {
    id: 'files',
    states: 'A package has README.md, LICENSE, package.json, src/index.ts and tests; a component also src/config.ts.',
    breaches(view) {
      const needed = [
        'README.md',
        'LICENSE',
        'package.json',
        'src/index.ts',
        ...(view.block === undefined ? [] : ['src/config.ts']),
      ];
      const missing = needed.filter((file) => !view.files.includes(file)).map((file) => `${file} is missing`);
      const tested = view.files.some((file) => /^test\/.*\.test\.ts$/.test(file));
      return tested ? missing : [...missing, 'test/ holds no *.test.ts'];
    },
  },
  {
    id: 'file-names',
    states: 'Source files are kebab-case and named after a concept, never utils, helpers, common, misc or manager.',
    breaches: (view) =>
      code(view).flatMap((file) => {
        const problems: string[] = [];
        if (!/^[a-z0-9/-]+(\.[a-z0-9-]+)*\.ts$/.test(file)) problems.push(`${file} is not kebab-case`);
        if (FORBIDDEN_NAMES.test(file)) problems.push(`${file} is named after no concept`);
        return problems;
      }),
  },
  {
    id: 'file-size',
    states: `No source file has more than ${MAX_LINES} lines.`,
    breaches: (view) =>
      code(view)
        .filter((file) => file.startsWith('src/'))
        .flatMap((file) => {
          const lines = (view.read(file) ?? '').split('\n').length - 1;
          return lines > MAX_LINES ? [`${file} has ${lines} lines`] : [];
        }),
  },
  {
    id: 'no-skipped-tests',
    states: 'No test is skipped, focused or left to be written.',
    breaches: (view) =>
      view.files
        .filter((file) => file.endsWith('.test.ts'))
        .flatMap((file) => {
          const found = /\b(test|it|describe)\.(skip|only|todo|failing)\b|\b(xit|xtest|xdescribe|fdescribe)\(/.exec(
            view.read(file) ?? '',
          );
          return found === null ? [] : [`${file} uses ${found[0]}`];
        }),
  },
  {
    id: 'readme',
    states: 'README.md begins with the package name, and its headings stand in the common order.',
    breaches(view) {
      const readme = view.read('README.md');
      if (readme === undefined) return [];
      const problems: string[] = [];
      if (!readme.startsWith(`# ${String(view.manifest['name'])}\n`))
        problems.push('README.md does not begin with "# <package name>"');
      const headings = [...withoutCode(readme).matchAll(/^## (.+)$/gm)].map((match) => match[1] ?? '');
      const known = headings.filter((heading) => README_HEADINGS.includes(heading));
      const ordered = README_HEADINGS.filter((heading) => known.includes(heading));
      if (known.join('|') !== ordered.join('|'))
        problems.push(`README.md headings stand in the order ${known.join(', ')}`);
      for (const heading of REQUIRED_HEADINGS[String(view.block?.['kind'])] ?? []) {
        if (!headings.includes(heading)) problems.push(`README.md has no heading "${heading}"`);
      }
      if (view.block !== undefined && !(readme.includes('<!-- options -->') && readme.includes('<!-- /options -->'))) {
        problems.push('README.md has no markers for the options table');
      }
      return problems;
    },
  },
];

/**
 * Every convention, in the order in which breaches are listed.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CONVENTIONS, type Convention } from '@telemetryflow/testkit';
 *
 * const size: Convention | undefined = CONVENTIONS.find(({ id }) => id === 'file-size');
 * assert.equal(size?.states, 'No source file has more than 400 lines.');
 * ```
 */
export const CONVENTIONS: readonly Convention[] = [
  ...MANIFEST_CONVENTIONS,
  ...FILE_CONVENTIONS,
  ...DEFINITION_CONVENTIONS,
];

function withoutCode(markdown: string): string {
  return markdown.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, '');
}
