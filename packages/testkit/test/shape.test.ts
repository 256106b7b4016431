import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkShape } from '@telemetryflow/testkit';

const model = fileURLToPath(new URL('../../exporters/debug', import.meta.url));

describe('checkShape', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'shape-'));
    for (const part of ['package.json', 'README.md', 'LICENSE', 'test']) {
      cpSync(join(model, part), join(dir, part), { recursive: true });
    }
    write('src/config.ts', 'export const schema = {};\n');
    write('src/index.ts', definition({}));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  function edit(path: string, change: (text: string) => string): void {
    write(path, change(readFileSync(join(dir, path), 'utf8')));
  }
  function definition(change: object): string {
    const made = {
      kind: 'exporter',
      type: 'debug',
      apiVersion: 1,
      description: 'Prints telemetry.',
      signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
      config: { type: 'object', properties: { verbosity: { type: 'string', description: 'How much.' } } },
      ...change,
    };
    return `export default ${JSON.stringify(made)};\n`;
  }
  async function ids(): Promise<string[]> {
    return (await checkShape(dir)).map((problem) => `${problem.path.join('')}: ${problem.message}`);
  }

  test('finds nothing wrong with a package of the right shape', async () => {
    expect(await ids()).toEqual([]);
  });

  test('says what each convention is', async () => {
    rmSync(join(dir, 'LICENSE'));
    const [problem] = await checkShape(dir);
    expect(problem).toMatchObject({ path: ['files'], message: 'LICENSE is missing' });
    expect(problem?.hint).toMatch(/^A package has README\.md, LICENSE/);
  });

  const breaches: readonly (readonly [id: string, message: RegExp, breach: () => void])[] = [
    ['files', /src\/config\.ts is missing/, () => rmSync(join(dir, 'src/config.ts'))],
    ['files', /no \*\.test\.ts/, () => rmSync(join(dir, 'test'), { recursive: true })],
    ['file-names', /src\/utils\.ts is named after no concept/, () => write('src/utils.ts', '')],
    ['file-names', /src\/encodeLogs\.ts is not kebab-case/, () => write('src/encodeLogs.ts', '')],
    ['file-size', /src\/long\.ts has 401 lines/, () => write('src/long.ts', '\n'.repeat(401))],
    [
      'no-skipped-tests',
      /uses test\.skip/,
      () => write('test/x.test.ts', `${['test', 'skip'].join('.')}('x', () => {});`),
    ],
    ['readme', /does not begin with/, () => edit('README.md', (text) => `x\n${text}`)],
    [
      'readme',
      /no heading "Troubleshooting"/,
      () => edit('README.md', (text) => text.replace('## Troubleshooting', '## T')),
    ],
    [
      'readme',
      /order/,
      () => edit('README.md', (text) => `${text}\n## Install\n`.replace('## Install\n', '## First\n')),
    ],
    ['readme', /markers/, () => edit('README.md', (text) => text.replace('<!-- options -->', ''))],
    ['package-name', /the name is "@x\/debug"/, () => manifest({ name: '@x/debug' })],
    ['package-fields', /sideEffects is not false/, () => manifest({ sideEffects: true })],
    ['package-fields', /no license/, () => manifest({ license: undefined })],
    [
      'package-exports',
      /exports\["\."\] has the conditions default, types/,
      () =>
        manifest({ exports: { '.': { default: './src/index.ts', types: 'x' }, './package.json': './package.json' } }),
    ],
    ['no-install-scripts', /has a postinstall script/, () => manifest({ scripts: { postinstall: 'x' } })],
    ['peers', /@opentelemetry\/api is a dependency/, () => manifest({ dependencies: { '@opentelemetry/api': '1' } })],
    ['definition', /cannot be imported/, () => write('src/index.ts', 'throw new Error("broken");')],
    ['definition', /apiVersion 7/, () => write('src/index.ts', definition({ apiVersion: 7 }))],
    [
      'telemetryflow-block',
      /telemetryflow\.signals/,
      () => write('src/index.ts', definition({ signals: { logs: 'stable' } })),
    ],
    [
      'described-options',
      /option retry\.first has no description/,
      () =>
        write(
          'src/index.ts',
          definition({
            config: {
              type: 'object',
              properties: { retry: { description: 'R.', type: 'object', properties: { first: { type: 'string' } } } },
            },
          }),
        ),
    ],
    [
      'described-options',
      /option batchSize is not snake_case/,
      () =>
        write(
          'src/index.ts',
          definition({ config: { type: 'object', properties: { batchSize: { description: 'B.', type: 'string' } } } }),
        ),
    ],
  ];
  function manifest(change: object): void {
    edit('package.json', (text) => JSON.stringify({ ...JSON.parse(text), ...change }));
  }

  test.each(breaches)('reports a breach of %s: %s', async (id, message, breach) => {
    breach();
    const found = await ids();
    expect(found.some((line) => line.startsWith(`${id}: `) && message.test(line))).toBe(true);
  });
});
