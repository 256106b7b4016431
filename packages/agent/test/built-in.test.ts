import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { components } from '../../../scripts/workspace.ts';
import { commandOf } from '../../cli/test/command.ts';
import { BUILT_IN } from '../src/built-in.ts';
import { FULL } from '../src/distro.ts';

test('without a file the built-in configuration is checked', async () => {
  expect(await commandOf(FULL, 'validate')).toEqual({
    code: 0,
    out: 'The configuration is valid: 3 pipelines, 1 exporter.\n',
    err: '',
  });
});

test('print-config --origin names it', async () => {
  const { out } = await commandOf(FULL, 'print-config', '--origin');
  expect(out).toContain('collection_interval: 10s # built-in configuration\n');
});

test('the schema for editors takes it', async () => {
  const check = new Ajv2020({ strict: false }).compile(JSON.parse((await commandOf(FULL, 'schema')).out));
  expect([check(BUILT_IN.config), check.errors]).toEqual([true, null]);
});

test('what it says at the start names every address that the configuration opens', () => {
  const text = JSON.stringify(BUILT_IN.config);
  const addresses = [...text.matchAll(/127\.0\.0\.1:\d+/g)].map(([address]) => address);
  expect(addresses).toHaveLength(4);
  for (const address of addresses) expect(BUILT_IN.welcome).toContain(address);
});

test('every component of this repository is a dependency, and nothing else is but the command and the peers', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const expected = [
    ...components().map(({ manifest }) => manifest.name),
    ...['@telemetryflow/cli', '@telemetryflow/kernel', '@opentelemetry/api'],
  ];
  expect(Object.keys(dependencies).sort()).toEqual(expected.sort());
});
