import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { defineExporter, defineReceiver } from '@telemetryflow/kernel';
import { packageNames } from '../../src/plugins/catalogue.ts';
import { explainMissing } from '../../src/plugins/explain.ts';
import { createPluginLookup } from '../../src/plugins/lookup.ts';
import { createLayout, type Layout, moduleText } from './layouts.ts';

let layout: Layout;
beforeEach(() => {
  layout = createLayout();
});
afterEach(() => layout.remove());

const acme = defineExporter({
  type: 'acme',
  aliases: ['acme_cloud'],
  description: 'passed in code',
  config: { type: 'object', properties: {} },
  signals: { logs: 'beta' },
  reads: 'records',
  create: () => ({ encode: () => [], send: async () => ({}) }),
});

function lookup(options: Parameters<typeof createPluginLookup>[0] = {}) {
  return createPluginLookup({ cwd: layout.root, ...options });
}

test('a definition passed in code wins over an installed package', async () => {
  layout.plugin('node_modules/@telemetryflow/exporter-acme', { name: '@telemetryflow/exporter-acme', type: 'acme' });
  expect(await lookup({ plugins: [acme] }).find('exporter', 'acme')).toBe(acme);
  expect(await lookup().find('exporter', 'acme')).toMatchObject({ description: '@telemetryflow/exporter-acme' });
});

test('a definition passed in code is found by its aliases, inside lists and inside modules', async () => {
  const plugins = lookup({ plugins: [{ default: [acme] }] });
  expect(await plugins.find('exporter', 'acme_cloud')).toBe(acme);
});

test('the plugins list of the configuration wins over the naming convention, and takes packages and paths', async () => {
  layout.plugin('node_modules/@telemetryflow/exporter-acme', { name: '@telemetryflow/exporter-acme', type: 'acme' });
  layout.plugin('node_modules/@acme/plugin', { name: '@acme/plugin', type: 'acme' });
  layout.file('conf/own.mjs', moduleText({ kind: 'processor', type: 'mine', apiVersion: 1, description: 'a file' }));
  const plugins = lookup({ configFolder: `${layout.root}/conf` });
  expect(await plugins.load(['@acme/plugin', './own.mjs'], `${layout.root}/conf`)).toEqual([undefined, undefined]);
  expect(await plugins.find('exporter', 'acme')).toMatchObject({ description: '@acme/plugin' });
  expect(await plugins.find('processor', 'mine')).toMatchObject({ description: 'a file' });
});

test('an entry of the plugins list that is not there is a problem with the command that installs it', async () => {
  const [missing, file] = await lookup().load(['@acme/nothing', './nothing.mjs'], layout.root);
  expect(missing?.problem).toContain(`package "@acme/nothing" is not installed; looked from ${layout.root}`);
  expect(missing?.hint).toContain('npm install @acme/nothing');
  expect(file?.problem).toContain('nothing.mjs could not be loaded');
});

test('the unscoped name is tried after the scoped one', async () => {
  layout.plugin('node_modules/telemetryflow-receiver-my-thing', {
    name: 'telemetryflow-receiver-my-thing',
    kind: 'receiver',
    type: 'my_thing',
  });
  expect(await lookup().find('receiver', 'my_thing')).toMatchObject({ type: 'my_thing' });
});

test('the names other collectors use reach the official packages', async () => {
  for (const [kind, name, type] of [
    ['exporter', 'otlp', 'otlp_grpc'],
    ['exporter', 'otlphttp', 'otlp_http'],
    ['exporter', 'prometheus_remote_write', 'prometheus'],
    ['exporter', 'prometheusremotewrite', 'prometheus'],
    ['receiver', 'hostmetrics', 'host_metrics'],
    ['receiver', 'otlp', 'otlp'],
  ] as const) {
    const packageName = `@telemetryflow/${kind}-${type.replaceAll('_', '-')}`;
    layout.plugin(`node_modules/${packageName}`, { name: packageName, kind, type });
    expect(await lookup().find(kind, name)).toMatchObject({ kind, type });
  }
});

test('a package for another plugin API is refused before its code runs, with both versions and the fix', async () => {
  const code = 'globalThis.pluginCodeRan = true; export default {};';
  layout.plugin('node_modules/@telemetryflow/exporter-acme', {
    name: '@telemetryflow/exporter-acme',
    type: 'acme',
    apiVersion: 2,
    code,
  });
  expect(await lookup().find('exporter', 'acme')).toEqual({
    problem: 'package @telemetryflow/exporter-acme 1.2.3 was made for plugin API 2, this kernel speaks plugin API 1',
    hint: 'npm install @telemetryflow/kernel@latest',
  });
  expect('pluginCodeRan' in globalThis).toBe(false);
});

test('an older plugin API names the package to update; code without a block is checked after its import', async () => {
  layout.plugin('node_modules/@telemetryflow/exporter-acme', {
    name: '@telemetryflow/exporter-acme',
    type: 'acme',
    apiVersion: 0,
    block: null,
  });
  expect(await lookup().find('exporter', 'acme')).toEqual({
    problem: 'package @telemetryflow/exporter-acme 1.2.3 was made for plugin API 0, this kernel speaks plugin API 1',
    hint: 'npm install @telemetryflow/exporter-acme@latest',
  });
});

test('an official component that is missing gives the names tried, the folders and the install command', () => {
  const tried = packageNames('exporter', 'otlp_http');
  const search = { kind: 'exporter', name: 'otlphttp', type: 'otlp_http', tried, folders: ['/app'], definitions: [] };
  expect(explainMissing({ ...search, kind: 'exporter' })).toEqual({
    problem:
      'the package of exporter "otlphttp" (type otlp_http) is not installed; ' +
      'tried @telemetryflow/exporter-otlp-http and telemetryflow-exporter-otlp-http from /app',
    hint: 'npm install @telemetryflow/exporter-otlp-http',
  });
});

test('an unknown type gives the nearest known one, the names tried and where', async () => {
  const result = await lookup().find('exporter', 'lokki');
  if (!('problem' in result)) throw new Error('expected a problem');
  expect(result.problem).toContain('unknown exporter "lokki"');
  expect(result.problem).toContain('@telemetryflow/exporter-lokki and telemetryflow-exporter-lokki');
  expect(result.problem).toContain(layout.root);
  expect(result.hint).toContain('did you mean "loki"?');
  expect(result.hint).toContain('npm install');
});

test('asking for the wrong kind says which kind has the name', async () => {
  const result = await lookup({ plugins: [acme] }).find('receiver', 'acme');
  expect(result).toHaveProperty(
    'hint',
    expect.stringContaining('"acme" is an exporter, and you asked for a receiver.'),
  );
  expect(await lookup().find('exporter', 'hostmetrics')).toHaveProperty(
    'hint',
    expect.stringContaining('"hostmetrics" is a receiver, and you asked for an exporter.'),
  );
});

test('a package that exports no component, another one, or does not load is a problem, never a throw', async () => {
  layout.plugin('node_modules/telemetryflow-exporter-a', {
    name: 'telemetryflow-exporter-a',
    type: 'a',
    code: 'export default { type: "a" };',
  });
  layout.plugin('node_modules/telemetryflow-exporter-b', { name: 'telemetryflow-exporter-b', type: 'other' });
  layout.plugin('node_modules/telemetryflow-exporter-c', {
    name: 'telemetryflow-exporter-c',
    type: 'c',
    code: 'throw new Error("no good\\nat all");',
  });
  const plugins = lookup();
  expect(await plugins.find('exporter', 'a')).toHaveProperty('problem', expect.stringContaining('does not export'));
  expect(await plugins.find('exporter', 'b')).toHaveProperty('problem', expect.stringContaining('exporter "other"'));
  expect(await plugins.find('exporter', 'c')).toHaveProperty('problem', expect.stringContaining('no good at all'));
});

test('a CommonJS plugin is taken as well', async () => {
  layout.plugin('node_modules/telemetryflow-exporter-old', {
    name: 'telemetryflow-exporter-old',
    type: 'old',
    manifest: { type: 'commonjs', exports: undefined, main: './index.js' },
    code: `exports.__esModule = true; exports.default = {
      kind: 'exporter', type: 'old', apiVersion: 1, [Symbol.for('telemetryflow.definition')]: true };`,
  });
  expect(await lookup().find('exporter', 'old')).toMatchObject({ type: 'old' });
});

test('something else than a definition in plugins is refused at once', () => {
  expect(() => lookup({ plugins: [{ type: 'acme' }] })).toThrow('an entry is not a component definition');
});

test('known types are those passed in code and the official ones', () => {
  const receiver = defineReceiver({
    type: 'acme_in',
    description: 'x',
    config: { type: 'object', properties: {} },
    signals: {},
    create: () => ({ start: async () => {}, stop: async () => {} }),
  });
  const known = lookup({ plugins: [acme, receiver] }).known('receiver');
  expect(known).toEqual(expect.arrayContaining(['acme_in', 'otlp', 'host_metrics']));
  expect(known).not.toContain('acme');
});

test('what is installed is listed from the manifests without running code', async () => {
  const code = 'globalThis.listedCodeRan = true; export default {};';
  layout.plugin('node_modules/telemetryflow-exporter-zeta', {
    name: 'telemetryflow-exporter-zeta',
    type: 'zeta',
    code,
  });
  const zeta = (await lookup({ plugins: [acme] }).installed()).filter((entry) => /zeta|acme/.test(entry.type));
  expect(zeta).toEqual([
    {
      kind: 'exporter',
      type: 'acme',
      package: undefined,
      version: undefined,
      path: undefined,
      signals: { logs: 'beta' },
    },
    {
      kind: 'exporter',
      type: 'zeta',
      package: 'telemetryflow-exporter-zeta',
      version: '1.2.3',
      path: `${layout.root}/node_modules/telemetryflow-exporter-zeta`,
      signals: { logs: undefined },
    },
  ]);
  expect('listedCodeRan' in globalThis).toBe(false);
});
