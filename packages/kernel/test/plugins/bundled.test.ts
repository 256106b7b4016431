/** A program of one file: its packages stand in no folder, its components are given, its validators come along. */
import { expect, test } from '@jest/globals';
import {
  adoptBundle,
  ConfigError,
  createPluginLookup,
  defineExporter,
  isInstalled,
  resolveConfig,
  schemaFingerprint,
} from '@telemetryflow/kernel';

function exporter(type: string, description: string) {
  return defineExporter<{ size: number }>({
    type,
    aliases: [`${type}_too`],
    description,
    signals: { logs: 'stable' },
    reads: 'records',
    config: { type: 'object', properties: { size: { type: 'integer', minimum: 3, description } } },
    create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
  });
}

test('a package in the bundle counts as installed, one of a folder as before', () => {
  expect(isInstalled('@acme/only-in-the-bundle', import.meta.url)).toBe(false);
  adoptBundle({ packages: ['@acme/only-in-the-bundle'], validators: {} });
  expect(isInstalled('@acme/only-in-the-bundle', import.meta.url)).toBe(true);
  expect(isInstalled('yaml', import.meta.url)).toBe(true);
  expect(isInstalled('@acme/nowhere', import.meta.url)).toBe(false);
});

test('a validator that came along judges instead of one that is compiled', async () => {
  const one = exporter('one', 'Judged by the bundle.');
  const verdict = { instancePath: '/size', keyword: 'maximum', params: { limit: 1 } };
  const validate = Object.assign(() => false, { errors: [verdict] });
  adoptBundle({ packages: [], validators: { [schemaFingerprint(one.config as never)]: validate } });
  const plugins = createPluginLookup({ plugins: [one], discover: false });
  const failure = await resolveConfig([{ object: { exporters: { one: { size: 5 } } } }], { plugins }).catch((e) => e);
  expect(ConfigError.is(failure) && failure.problems[0]?.message).toBe('the number is too large');
});

test('without discovery only what was given is there', async () => {
  const plugins = createPluginLookup({
    plugins: [exporter('two', 'Given.')],
    discover: false,
    resolveFrom: import.meta.url,
  });
  expect(await plugins.find('exporter', 'two_too')).toMatchObject({ type: 'two' });
  expect(await plugins.find('exporter', 'two_to')).toEqual({
    problem: 'exporter "two_to" is not built in',
    hint: 'did you mean "two_too"? This program has these exporters: two. For another one add its package to the manifest and run telemetryflow build again',
  });
  expect(await plugins.find('receiver', 'otlp')).toMatchObject({
    hint: expect.stringContaining('these receivers: none'),
  });
  expect(plugins.known('receiver')).toEqual([]);
  expect(await plugins.installed({ load: true })).toMatchObject([{ kind: 'exporter', type: 'two' }]);
  expect(await plugins.load(['@telemetryflow/exporter-debug'], undefined)).toMatchObject([
    { problem: expect.stringContaining('has its components built in') },
  ]);
});
