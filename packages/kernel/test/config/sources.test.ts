import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ConfigError, resolveConfig } from '@telemetryflow/kernel';
import { lookup } from './definitions.ts';
import { places, refused, resolveText } from './fixtures.ts';

const options = { plugins: lookup(), env: {} };

async function merged(...texts: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const sources = texts.map((text, index) => ({ text, name: `${index}.yaml` }));
  const { config } = await resolveConfig(sources, options);
  return Object.fromEntries([...config.exporters].map(([id, each]) => [id, each.config]));
}

test('later files win value by value, and lists are replaced whole', async () => {
  const exporters = await merged(
    'exporters: {loki: {endpoint: "http://a", hosts: [a, b], labels: {x: "1", y: "2"}}}',
    'exporters: {loki: {hosts: [c], labels: {y: "3"}}}',
  );
  expect(exporters['loki']).toMatchObject({ endpoint: 'http://a', hosts: ['c'], labels: { x: '1', y: '3' } });
});

test('null removes what an earlier file set', async () => {
  const exporters = await merged('exporters: {debug: {}, loki: {endpoint: "http://a"}}', 'exporters: {debug: null}');
  expect(Object.keys(exporters)).toEqual(['loki']);
});

test('a key without value is an empty block where no earlier file set it', async () => {
  expect(await merged('exporters:\n  debug:\n')).toMatchObject({ debug: { verbosity: 'basic' } });
  expect(await merged('exporters: {debug: null}')).toMatchObject({ debug: { verbosity: 'basic' } });
});

test('a key without value keeps what an earlier file set', async () => {
  const exporters = await merged('exporters: {debug: {verbosity: detailed}}', 'exporters:\n  debug:\n');
  expect(exporters['debug']).toMatchObject({ verbosity: 'detailed' });
});

test('a problem names the file it was written in', async () => {
  const sources = [
    { text: 'exporters:\n  loki: {endpoint: "http://a"}\n', name: 'base.yaml' },
    { text: '# production\nexporters:\n  loki:\n    timeout: 5 minutes\n', name: 'prod.yaml' },
  ];
  const failure = await resolveConfig(sources, options).catch((error: unknown) => error);
  expect((failure as ConfigError).problems).toMatchObject([{ file: 'prod.yaml', line: 4, column: 14 }]);
});

test('a JS object is a source like a file, merged in order', async () => {
  const sources = [
    { text: 'exporters: {debug: {verbosity: detailed}}', name: 'a.yaml' },
    { object: { exporters: { debug: { tags: { team: 'a' } } } } },
  ];
  const { config } = await resolveConfig(sources, options);
  expect(config.exporters.get('debug')?.config).toMatchObject({ verbosity: 'detailed', tags: { team: 'a' } });
});

test.each([
  ['a function', { debug: { verbosity: () => 'x' } }],
  ['an instance of Date', { debug: { verbosity: new Date(0) } }],
  ['NaN', { loki: { endpoint: 'http://a', level: Number.NaN } }],
])('%s in a JS object is refused by its path', async (what, exporters) => {
  const failure = await resolveConfig([{ object: { exporters } }], options).catch((error: unknown) => error);
  expect((failure as ConfigError).message).toMatch(new RegExp(`exporters\\..*: ${what} cannot be part`));
});

test('a JS object that contains itself is refused', async () => {
  const loop: Record<string, unknown> = {};
  loop['exporters'] = loop;
  const failure = await resolveConfig([{ object: loop }], options).catch((error: unknown) => error);
  expect(ConfigError.is(failure)).toBe(true);
});

test('files that cannot be read are all named with the reason', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'config-'));
  await writeFile(join(directory, 'binary.yaml'), new Uint8Array([0xff, 0xfe, 0x00]));
  await mkdir(join(directory, 'folder.yaml'));
  const files = ['missing.yaml', 'binary.yaml', 'folder.yaml'].map((name) => join(directory, name));
  const failure = (await resolveConfig(files, options).catch((error: unknown) => error)) as ConfigError;
  expect(failure.problems.map((each) => each.message.replace(/^.*: /, ''))).toEqual([
    'it is not UTF-8 text',
    'it is a directory',
    'there is no such file',
  ]);
  expect(failure.problems.every((each) => each.line === 1 && each.code === 'TFO_ERR_CONFIG_READ')).toBe(true);
});

test.each([
  ['an unclosed bracket', 'receivers: {otlp: {}\n', '2:1 TFO_ERR_CONFIG_YAML'],
  ['a tab for indentation', 'exporters:\n\tdebug:\n', '2:1 TFO_ERR_CONFIG_YAML'],
  ['an unclosed quote', 'exporters: "debug\n', '2:1 TFO_ERR_CONFIG_YAML'],
  ['a key set twice', 'exporters:\n  debug: {}\n  debug: {}\n', '3:3 TFO_ERR_CONFIG_DUPLICATE_KEY'],
  ['a second document', 'exporters: {debug: {}}\n---\nx: 1\n', '2:1 TFO_ERR_CONFIG_YAML'],
  ['an unknown tag', 'exporters: !include x.yaml\n', '1:12 TFO_ERR_CONFIG_YAML'],
  ['a list at the top', '- exporters\n', '1:1 TFO_ERR_CONFIG_TYPE'],
  ['text at the top', 'hello\n', '1:1 TFO_ERR_CONFIG_TYPE'],
  ['a map as key', '? {a: 1}\n: b\n', '1:3 TFO_ERR_CONFIG_YAML'],
  ['an alias of itself', 'exporters: &a\n  debug: *a\n', '2:10 TFO_ERR_CONFIG_YAML'],
  [
    'an unquoted reference in flow style',
    'exporters: {loki: {endpoint: ${URL}}}\n',
    '1:30 TFO_ERR_CONFIG_FLOW_REFERENCE',
  ],
  ['an unquoted reference in a list', 'a:\n  hosts: [${HOST}]\n', '2:11 TFO_ERR_CONFIG_FLOW_REFERENCE'],
])('%s is one problem at its place', async (_name, text, place) => {
  expect(places(await refused(text))).toEqual([place]);
});

test('aliases that multiply themselves are refused before they fill the memory', async () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    const previous = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    bomb.push(`a${level}: &a${level} [${previous}]`);
  }
  expect(places(await refused(bomb.join('\n')))).toEqual([expect.stringContaining('TFO_ERR_CONFIG_ALIAS_LIMIT')]);
});

test('deep nesting is refused', async () => {
  expect((await refused(`exporters: ${'['.repeat(5000)}`)).problems.length).toBeGreaterThan(0);
  expect((await refused(`exporters: ${'{a: '.repeat(80)}1${'}'.repeat(80)}`)).message).toContain('deeper than 64');
});

test('anchors, aliases and merge keys work', async () => {
  const { config } = await resolveText(`exporters:
  loki: &base
    endpoint: http://a
    labels: {env: prod}
  loki/b:
    <<: *base
    endpoint: http://b
`);
  expect(config.exporters.get('loki/b')?.config).toMatchObject({ endpoint: 'http://b', labels: { env: 'prod' } });
});

test('a merge key of something else is refused', async () => {
  expect((await refused('exporters:\n  debug:\n    <<: text\n')).message).toContain('<<');
});

test('an empty file has no exporters', async () => {
  expect(places(await refused(''))).toEqual(['1:1 TFO_ERR_CONFIG_NO_EXPORTERS']);
  expect(places(await refused('# nothing\n'))).toEqual(['1:1 TFO_ERR_CONFIG_NO_EXPORTERS']);
});
