/** Discovery in a Node process of its own: what Node resolves, not what the test runner does. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { entryFile, readManifest } from '../../src/plugins/manifest.ts';
import { createLayout } from './layouts.ts';

const LOOKUP = pathToFileURL(resolve(import.meta.dirname, '../../src/plugins/lookup.ts')).href;

interface Question {
  readonly cwd: string;
  readonly configFolder?: string;
  readonly resolveFrom?: string;
  readonly type: string;
}

/** What a fresh process finds: the description of the definition, or the problem. */
function ask(questions: readonly Question[]): unknown {
  const script = `
    import { createPluginLookup } from ${JSON.stringify(LOOKUP)};
    const answers = [];
    for (const { type, ...options } of ${JSON.stringify(questions)}) {
      const found = await createPluginLookup(options).find('exporter', type);
      answers.push(found.description ?? found.problem);
    }
    console.log(JSON.stringify(answers));`;
  const args = ['--conditions=@telemetryflow/source', '--input-type=module', '-e', script];
  return JSON.parse(
    execFileSync(process.execPath, args, {
      encoding: 'utf8',
      env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    }),
  );
}

test('plugins are found in hoisted, linked and global layouts, and the nearest folder wins', () => {
  const layout = createLayout();
  try {
    const { root } = layout;
    const name = '@telemetryflow/exporter-acme';
    // Hoisted: the workspace's root holds it, the configuration is in a package below.
    layout.plugin(`hoisted/node_modules/${name}`, { name, type: 'acme', version: '1.0.0' });
    layout.file('hoisted/packages/app/telemetry.yaml', '');
    // Linked: the program's store links to the plugin, and only the program sees it.
    const target = layout.plugin('store/acme', { name, type: 'acme', block: null });
    layout.link(`linked/distro/node_modules/${name}`, target);
    // Global: a command installed beside its plugins, run somewhere else.
    layout.plugin('global/lib/node_modules/telemetryflow-exporter-globe', {
      name: 'telemetryflow-exporter-globe',
      type: 'globe',
    });
    layout.file('global/lib/node_modules/distro/bin.js', '');
    layout.file('elsewhere/empty', '');
    const cwd = `${root}/elsewhere`;
    expect(
      ask([
        { type: 'acme', cwd: `${root}/hoisted/packages/app` },
        { type: 'acme', cwd, configFolder: `${root}/hoisted/packages/app` },
        { type: 'acme', cwd, resolveFrom: pathToFileURL(`${root}/linked/distro/main.js`).href },
        { type: 'globe', cwd, resolveFrom: pathToFileURL(`${root}/global/lib/node_modules/distro/bin.js`).href },
        { type: 'globe', cwd },
      ]),
    ).toEqual([name, name, name, 'telemetryflow-exporter-globe', expect.stringContaining('unknown exporter "globe"')]);
  } finally {
    layout.remove();
  }
});

test('the entry is what exports names: source only where Node can run it, nested conditions in their order', () => {
  const layout = createLayout();
  try {
    const exports = {
      '.': { types: './dist/index.d.ts', '@telemetryflow/source': './src/index.ts', default: './dist/index.js' },
    };
    const options = { name: 'x', type: 'x', manifest: { exports } };
    const workspace = layout.plugin('packages/x', options);
    layout.file('packages/x/src/index.ts', '');
    layout.file('packages/x/dist/index.js', '');
    const installed = layout.plugin('node_modules/x', options);
    layout.file('node_modules/x/src/index.ts', '');
    layout.file('node_modules/x/dist/index.js', '');
    const nested = layout.plugin('packages/n', {
      name: 'n',
      type: 'n',
      manifest: { exports: { browser: './b.js', node: { require: './r.cjs', import: './index.js' } } },
    });
    const entry = (folder: string, source: boolean) => entryFile(readManifest(`${folder}/package.json`), source);
    expect(entry(workspace, true)).toBe(`${workspace}/src/index.ts`);
    expect(entry(workspace, false)).toBe(`${workspace}/dist/index.js`);
    expect(entry(installed, true)).toBe(`${installed}/dist/index.js`);
    expect(entry(nested, false)).toBe(`${nested}/index.js`);
    const unbuilt = layout.plugin('packages/u', options);
    expect(entry(unbuilt, false)).toBe(`${unbuilt}/dist/index.js`);
  } finally {
    layout.remove();
  }
});
