/** The configuration blocks of the product specification, verbatim. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  type Definition,
  defineExporter,
  type FieldSchema,
  printConfig,
  resolveConfig,
  type Secret,
} from '@telemetryflow/kernel';
import { parse } from 'yaml';
import { lookup } from './definitions.ts';
import { exporterConfig, places, refused, resolveText } from './fixtures.ts';

const folder = join(import.meta.dirname, '../../../../test/spec-configs/configs');
const files = globSync('*.yaml', { cwd: folder }).sort();

/** An exporter that takes every key of a block: text of unknown meaning, credentials as secrets. */
function exporterFor(type: string, block: Readonly<Record<string, unknown>>): Definition {
  const shared = [
    'enabled',
    'batch_size',
    'flush_interval',
    'timeout',
    'tags',
    'service_name',
    'metrics',
    'logs',
    'traces',
  ];
  const own = Object.keys(block).filter((key) => !shared.includes(key) || type === 'datadog');
  const field = (key: string): FieldSchema =>
    /key$|token$|password$/.test(key) && !key.startsWith('partition')
      ? { type: 'string', secret: true, description: key }
      : { type: 'any', description: key };
  return defineExporter<Record<string, unknown>>({
    type,
    description: type,
    signals: { traces: 'beta', metrics: 'beta', logs: 'beta' },
    reads: 'otlp',
    config: {
      type: 'object',
      properties: Object.fromEntries(own.filter((key) => key !== 'enabled').map((key) => [key, field(key)])),
    },
    create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
  });
}

describe.each(files)('%s', (name) => {
  const file = join(folder, name);
  const type = basename(name, '.yaml');
  const text = readFileSync(file, 'utf8');
  const block = (parse(text) as { integrations: Record<string, Record<string, unknown>> }).integrations[type] ?? {};
  const plugins = lookup([exporterFor(type, block)]);
  const variables = [...text.replaceAll(/#.*/g, '').matchAll(/\$\{(\w+)\}/g)].map((match) => String(match[1]));
  const env = Object.fromEntries(variables.map((variable) => [variable, `value-of-${variable}`]));

  test('becomes one exporter with the values of the block', async () => {
    const { config, warnings } = await resolveConfig([file], { plugins, env });
    expect([...config.exporters.keys()]).toEqual([type]);
    expect(config.pipelines.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
    for (const [key, value] of Object.entries(config.exporters.get(type)?.config as object)) {
      const written = block[key];
      if (typeof written !== 'string' || typeof value === 'number') continue;
      const text = typeof value === 'object' ? (value as Secret).reveal() : String(value);
      expect(text).toBe(written.replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, v: string, d: string) => env[v] ?? d));
    }
  });

  test('prints in the native layout, without secrets, and reads back', async () => {
    const { config } = await resolveConfig([file], { plugins, env });
    const printed = await printConfig(config);
    for (const [key, value] of Object.entries(config.exporters.get(type)?.config as object)) {
      if (String(value) === '[REDACTED]') expect(printed).not.toContain((value as Secret).reveal());
      expect(printed).toContain(`${key}:`);
    }
    const again = await resolveConfig([{ text: printed, name: 'printed.yaml' }], { plugins, env: {} });
    expect(await printConfig(again.config)).toBe(printed);
  });
});

test('all twenty blocks of the specification are here', () => {
  expect(files).toHaveLength(20);
});

test('both dialects give the same configuration', async () => {
  const short = await resolveText('integrations: {loki: {endpoint: "http://a"}, debug: }');
  const native = await resolveText('exporters: {loki: {endpoint: "http://a"}, debug: }');
  expect(await printConfig(short.config)).toBe(await printConfig(native.config));
});

test('both dialects may be used together, and pipelines name integrations by their type', async () => {
  const { config } = await resolveText(`integrations: {loki: {endpoint: "http://a"}}
exporters: {debug: {}}
service: {pipelines: {logs: {exporters: [loki, debug]}}}
`);
  expect(config.pipelines).toMatchObject([{ exporters: ['loki', 'debug'] }]);
});

test('the same exporter in both dialects is refused', async () => {
  const error = await refused('exporters: {debug: {}}\nintegrations:\n  debug: {}\n');
  expect(places(error)).toEqual(['3:3 TFO_ERR_CONFIG_COMPONENT_TWICE']);
});

test('problems name the keys as they were written', async () => {
  const error = await refused('integrations:\n  debug: {verbosity: loud}\n');
  expect(error.problems[0]?.path).toBe('integrations.debug.verbosity');
});

test('a printed expansion reads back as itself', async () => {
  const text = 'exporters: {webhook: {endpoints: [{name: a, url: "http://a"}, {name: b, url: "http://b"}]}}';
  const printed = await printConfig((await resolveText(text)).config);
  const again = await resolveText(printed);
  expect([...again.config.exporters.keys()]).toEqual(['webhook/a', 'webhook/b']);
  expect(exporterConfig(again, 'webhook/a')['endpoints']).toEqual([{ name: 'a', url: 'http://a' }]);
});
