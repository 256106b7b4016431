/** The example blocks of the specification, as they stand, through the command line. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execute } from '../../packages/cli/src/cli.ts';
import { harmless } from './variables.ts';

const configs = fileURLToPath(new URL('configs/', import.meta.url));
const exporters = fileURLToPath(new URL('../../packages/exporters/', import.meta.url));
const types = globSync('*.yaml', { cwd: configs })
  .map((file) => path.basename(file, '.yaml'))
  .sort();

/** True when the package of the exporter is there and has a definition. */
function provided(type: string): boolean {
  const entry = path.join(exporters, type.replaceAll('_', '-'), 'src/index.ts');
  return existsSync(entry) && readFileSync(entry, 'utf8').includes('export default');
}
const text = (type: string): string => readFileSync(path.join(configs, `${type}.yaml`), 'utf8');

/** Where a reference to a variable without default stands. */
interface Reference {
  readonly type: string;
  readonly variable: string;
  readonly key: string;
  readonly line: number;
}

const references: readonly Reference[] = types.flatMap((type) =>
  text(type)
    .split('\n')
    .flatMap((source, at) => {
      if (/^\s*#/.test(source)) return [];
      const key = /^\s*([^\s:]+):/.exec(source)?.[1] ?? '';
      return [...source.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, variable = '']) => ({
        type,
        variable,
        key,
        line: at + 1,
      }));
    }),
);

/** Variables of fields that are neither required nor secret; `HOSTNAME` falls back to the name of the host. */
const DISPENSABLE: ReadonlySet<string> = new Set([
  'HOSTNAME',
  'MANAGEENGINE_ACCOUNT_ID',
  'NETDATA_ROOM_ID',
  'NETDATA_SPACE_ID',
  'NEWRELIC_ACCOUNT_ID',
]);

async function validate(file: string): Promise<{ code: number; output: string }> {
  let output = '';
  const write = (part: string): void => {
    output += part;
  };
  const code = await execute(['node', 'telemetryflow', 'validate', '--config', file], { out: write, err: write });
  return { code, output };
}
const blockOf = (type: string): string => path.join(configs, `${type}.yaml`);

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const before: Record<string, string | undefined> = {};
beforeEach(() => {
  for (const { variable } of references) {
    before[variable] = process.env[variable];
    process.env[variable] = harmless(variable);
  }
});
afterEach(() => {
  for (const [variable, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[variable];
    else process.env[variable] = value;
  }
});

test('the specification has twenty blocks, and each is here', () => {
  expect(types).toHaveLength(20);
});

describe('verbatim, with its variables set, a block is valid:', () => {
  test.each(types.filter(provided))('%s', async (type) => {
    expect(await validate(blockOf(type))).toEqual({
      code: 0,
      output: expect.stringMatching(/^The configuration is valid: \d pipelines?, \d exporters?\.$/m),
    });
  });
});

describe('a block whose package is not there yet is refused, and the error says what to install:', () => {
  const missing = types.filter((type) => !provided(type));
  test(`the packages of ${missing.length} blocks are missing`, () => {
    expect(missing.length + types.filter(provided).length).toBe(types.length);
  });
  for (const type of missing) {
    test(type, async () => {
      const { code, output } = await validate(blockOf(type));
      expect(code).toBe(78);
      const line = text(type).split('\n').indexOf(`  ${type}:`) + 1;
      expect(output).toContain(`${type}.yaml:${line}:3`);
      expect(output).toContain(`@telemetryflow/exporter-${type.replaceAll('_', '-')}`);
    });
  }
});

describe('an unset variable of a required or secret field is named with file, line and key:', () => {
  const needed = references.filter(({ type, variable }) => provided(type) && !DISPENSABLE.has(variable));
  test.each(needed)('$variable of $type', async ({ type, variable, key, line }) => {
    delete process.env[variable];
    const { code, output } = await validate(blockOf(type));
    expect(code).toBe(78);
    expect(output).toMatch(new RegExp(`${type}\\.yaml:${line}:\\d+ `));
    expect(output).toContain(variable);
    expect(output).toContain(key);
  });

  const dispensable = references.filter(({ type, variable }) => provided(type) && DISPENSABLE.has(variable));
  test.each(dispensable)('but not $variable of $type, which is neither', async ({ type, variable }) => {
    delete process.env[variable];
    expect((await validate(blockOf(type))).code).toBe(0);
  });
});

describe('enabled: false needs no variable:', () => {
  test.each(types.filter(provided))('%s', async (type) => {
    for (const { variable } of references) delete process.env[variable];
    const file = path.join(folder, `${type}.yaml`);
    writeFileSync(file, `${text(type).replace('enabled: true', 'enabled: false')}exporters:\n  debug: {}\n`);
    const { code, output } = await validate(file);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('1 exporter.') });
  });
});
