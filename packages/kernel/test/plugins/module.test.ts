/** Where a definition's package is, so that its prebuilt validator can be found beside it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { type Definition, defineExporter } from '@telemetryflow/kernel';
import { createPluginLookup } from '../../src/plugins/lookup.ts';
import { createLayout } from './layouts.ts';

function definition(type: string): Definition {
  return defineExporter<object>({
    type,
    description: type,
    signals: { logs: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: {} },
    create: () => ({ encode: () => [], send: () => Promise.resolve({}) }),
  });
}

test('a definition that was loaded knows its file', async () => {
  const layout = createLayout();
  try {
    const name = '@telemetryflow/exporter-acme';
    const folder = layout.plugin(`node_modules/${name}`, { name, type: 'acme' });
    const plugins = createPluginLookup({ cwd: layout.root });
    const found = (await plugins.find('exporter', 'acme')) as Definition;
    expect(plugins.module(found)).toBe(pathToFileURL(join(folder, 'index.js')).href);
  } finally {
    layout.remove();
  }
});

test('a definition given in code is looked for in the package its type names', () => {
  const layout = createLayout();
  try {
    const name = '@telemetryflow/exporter-acme';
    const folder = layout.plugin(`app/node_modules/${name}`, { name, type: 'acme' });
    const [acme, other] = [definition('acme'), definition('other')];
    const resolveFrom = pathToFileURL(join(layout.root, 'app/main.js')).href;
    const plugins = createPluginLookup({ plugins: [acme, other], cwd: layout.root, resolveFrom });
    expect(plugins.module(acme)).toBe(pathToFileURL(join(folder, 'index.js')).href);
    expect(plugins.module(other)).toBeUndefined();
  } finally {
    layout.remove();
  }
});
