import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'prebuilt-'));

/** What the program beside the bundled kernel prints for this configuration. */
function run(exporter: object): unknown {
  const args = ['--disallow-code-generation-from-strings', join(folder, 'main.mjs')];
  const options = JSON.stringify({ exporters: { plug: exporter } });
  return JSON.parse(execFileSync(process.execPath, [...args, options], { encoding: 'utf8', cwd: folder }));
}

beforeAll(() => {
  const script = join(import.meta.dirname, 'prebuilt-fixture.ts');
  execFileSync(process.execPath, ['--no-warnings', '--conditions=@telemetryflow/source', script, folder]);
});

test('prebuilt validators import nothing and generate no code', () => {
  for (const file of ['kernel/validate.js', 'plugin/validate.js']) {
    expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/\bimport\b|\brequire\b|new Function|\beval\b/);
  }
});

test('with prebuilt validators a configuration is checked without ajv, where code may not be generated', () => {
  expect(run({ endpoint: 'http://a', level: 3, switched: { size: 1 } })).toEqual(['plug']);
  const bad = {
    endpoint: 'a',
    level: 10,
    site: 'x',
    hosts: ['A'],
    switched: { size: -1 },
    batch_size: 0,
    queue: { on_full: 'x' },
  };
  expect(run(bad)).toEqual([
    'exporters.plug.endpoint: not an http or https URL',
    'exporters.plug.level: the number is too large',
    'exporters.plug.site: "x" is none of the known words',
    'exporters.plug.hosts[0]: the text has not the form of this option',
    'exporters.plug.switched.size: the number is too small',
    'exporters.plug.batch_size: the number is too small',
    'exporters.plug.queue.on_full: "x" is none of the known words',
  ]);
  expect(run({})).toEqual(['exporters.plug.endpoint: "endpoint" is required']);
});

test('a validator that was built from another schema is not used, and without ajv the error says what to install', () => {
  const file = join(folder, 'plugin/index.js');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"maximum":9', '"maximum":8'));
  expect(run({ endpoint: 'http://a' })).toEqual([
    'exporters.plug: checking the configuration of exporter "plug" needs the package "ajv", which is not installed',
  ]);
  writeFileSync(file, text);
});

test('shared options that nobody wrote need no validator', () => {
  const file = join(folder, 'kernel/validate.js');
  renameSync(file, `${file}.away`);
  expect(run({ endpoint: 'http://a' })).toEqual(['plug']);
  expect(run({ endpoint: 'http://a', batch_size: 1 })).toEqual([
    'exporters.plug: checking the configuration of exporter "plug" needs the package "ajv", which is not installed',
  ]);
  renameSync(`${file}.away`, file);
});

test('reading YAML without the package yaml says what to install', () => {
  const script = `import { resolveConfig } from './kernel/index.js';
    const plugins = { find: () => undefined, known: () => [] };
    await resolveConfig([{ text: 'a: 1', name: 'a.yaml' }], { plugins }).catch((error) => console.log(error.message));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: folder,
  });
  expect(printed).toContain('reading YAML needs the package "yaml", which is not installed; npm install yaml');
});
