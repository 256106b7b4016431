import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import debug from '@telemetryflow/exporter-debug';
import otlp from '@telemetryflow/receiver-otlp';
import { entrySource } from '../src/build/entry.ts';
import { BuildError } from '../src/build/error.ts';
import { measure } from '../src/build/measure.ts';
import { loadTool } from '../src/build/tools.ts';
import type { Distro } from '../src/distro.ts';
import { commandOf, telemetryflow, folder as temporaryFolder } from './command.ts';

const cache = path.join(import.meta.dirname, '..', '..', '..', '.cache');
mkdirSync(cache, { recursive: true });
/** Within the repository, where its packages are found. */
const folder = mkdtempSync(path.join(cache, 'build-'));
const elsewhere = temporaryFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
  elsewhere.remove();
});

function manifest(text: string): string {
  const file = path.join(folder, 'manifest.yaml');
  writeFileSync(file, text);
  return file;
}

describe('a manifest', () => {
  test('becomes an entry file with static imports, at the versions that are installed', async () => {
    const file = manifest(
      'dist: { name: mine, version: 1.2.3, description: "Says \\"x\\"." }\nexporters: [debug]\nreceivers: [otlp]\n',
    );
    const { code, out, err } = await telemetryflow('build', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('mine.mjs with 2 components');
    const version = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.resolve('@telemetryflow/exporter-debug')), 'utf8'),
    ).version;
    expect(
      readFileSync(path.join(folder, 'dist', 'mine.mjs'), 'utf8'),
    ).toBe(`// Written by \`telemetryflow build\`; change the manifest and build again.
import { main } from "@telemetryflow/cli";
import component0 from "@telemetryflow/receiver-otlp";
import component1 from "@telemetryflow/exporter-debug";

main(process.argv, {
  name: "mine",
  version: "1.2.3",
  description: "Says \\"x\\".",
  components: [
    { definition: component0, package: "@telemetryflow/receiver-otlp", version: "${version}" },
    { definition: component1, package: "@telemetryflow/exporter-debug", version: "${version}" },
  ],
});
`);
  });

  test('takes types under other names, packages with a version, and names each package once', async () => {
    const file = manifest(
      'dist: { name: again }\nreceivers: [hostmetrics]\nexporters: [logging, debug, "@telemetryflow/exporter-debug@1.0.0"]\n',
    );
    expect((await telemetryflow('build', file)).out).toContain('again.mjs with 2 components');
  });

  test.each([
    ['exporters: [lokki]', '2:13 exporters[0]: unknown exporter "lokki"; did you mean "loki"?'],
    [
      'exporters: [debug, "loki@9.9.9"]',
      '2:20 exporters[1]: @telemetryflow/exporter-loki is installed at version 1.0.0, not 9.9.9; npm install --save-exact @telemetryflow/exporter-loki@9.9.9',
    ],
    [
      'exporters: ["@acme/exporter-x@1.2.3"]',
      '2:13 exporters[0]: @acme/exporter-x@1.2.3 is not installed; npm install --save-exact @acme/exporter-x@1.2.3',
    ],
    [
      'exporters: ["@telemetryflow/receiver-otlp"]',
      '2:13 exporters[0]: @telemetryflow/receiver-otlp is of kind receiver, not exporter; move it to receivers',
    ],
    ['exporters: ["@telemetryflow/kernel"]', '2:13 exporters[0]: @telemetryflow/kernel is no component'],
    ['exporters: ["@"]', '2:13 exporters[0]: "@" names nothing'],
    ['exportrs: [debug]', 'unknown key "exportrs"; did you mean "exporters"?'],
    ['exporters: debug', '2:12 exporters: expected a list, got text'],
    ['receivers: [otlp]', 'exporters: "exporters" is required'],
  ])('%s is refused with its place: exit 78, and nothing is built', async (text, message) => {
    const { code, out, err } = await telemetryflow('build', manifest(`dist: { name: refused }\n${text}\n`));
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain(message);
  });

  test('gives one command for everything that is missing', async () => {
    const file = elsewhere.file('manifest.yaml', 'dist: { name: far }\nexporters: [loki, "debug@1.0.0"]\n');
    const { code, err } = await telemetryflow('build', file);
    expect(code).toBe(78);
    expect(err).toContain('@telemetryflow/cli is not installed in ');
    expect(err).toContain(
      'All at once: npm install --save-exact @telemetryflow/cli @telemetryflow/exporter-loki @telemetryflow/exporter-debug@1.0.0\n',
    );
  });

  test('that cannot be read, or has a name that is no file name, is refused', async () => {
    const missing = await telemetryflow('build', path.join(folder, 'nowhere.yaml'));
    expect(missing).toMatchObject({ code: 78, err: expect.stringContaining('cannot read') });
    const named = await telemetryflow('build', manifest('dist: { name: ../up }\nexporters: [debug]\n'));
    expect(named).toMatchObject({ code: 78, err: expect.stringContaining('dist.name') });
  });
});

test('what an entry says of a distribution cannot break out of its text', () => {
  const source = entrySource({ name: 'x', version: '1"; process.exit(9); "', output_path: '.' }, []);
  expect(source).toContain('version: "1\\"; process.exit(9); \\""');
});

test('a tool that is missing is named with the command that installs it', () => {
  const load = (): unknown => loadTool('no-such-tool-of-ours', folder, 'this');
  expect(load).toThrow(BuildError);
  expect(load).toThrow(
    'this needs the package no-such-tool-of-ours, which is not installed; npm install --save-dev no-such-tool-of-ours',
  );
});

test('a program that does not start is not reported as built', () => {
  const file = path.join(folder, 'broken.cjs');
  writeFileSync(file, 'throw new Error("broken here")');
  expect(() => measure(file, [process.execPath, file])).toThrow(/broken\.cjs does not start: [\s\S]*broken here/);
});

describe('a distribution with fixed components', () => {
  const distro: Distro = {
    name: 'mine',
    version: '9.8.7',
    description: 'Sends what we have.',
    components: [
      { definition: debug, package: '@telemetryflow/exporter-debug', version: '1.0.1' },
      { definition: otlp, package: '@telemetryflow/receiver-otlp', version: '1.0.2' },
    ],
  };

  const mine = (...args: readonly string[]) => commandOf(distro, ...args);

  test('has its own name and version', async () => {
    expect(await mine('--version')).toEqual({ code: 0, out: '9.8.7\n', err: '' });
    expect((await mine('--help')).out).toMatch(/Usage: mine[\s\S]*Sends what we have\./);
  });

  test('lists what it has, with package and version', async () => {
    const listed = JSON.parse((await mine('components', '--json')).out);
    expect(listed).toMatchObject([
      { kind: 'exporter', type: 'debug', package: '@telemetryflow/exporter-debug', version: '1.0.1' },
      { kind: 'receiver', type: 'otlp', package: '@telemetryflow/receiver-otlp', version: '1.0.2' },
    ]);
    expect(listed).toHaveLength(2);
  });

  test('looks for nothing else, though it is installed', async () => {
    const file = elsewhere.file(
      'loki.yaml',
      'receivers: { otlp: {} }\nexporters: { loki: { endpoint: "http://a" } }\n',
    );
    const { code, err } = await mine('validate', '--config', file);
    expect(code).toBe(78);
    expect(err).toContain(
      'exporter "loki" is not built in; This program has these exporters: debug. For another one add its package to the manifest',
    );
  });

  test('loads no plugin that a configuration lists', async () => {
    const file = elsewhere.file(
      'plugins.yaml',
      'plugins: [./x.js]\nreceivers: { otlp: {} }\nexporters: { debug: {} }\n',
    );
    const { code, err } = await mine('validate', '--config', file);
    expect(code).toBe(78);
    expect(err).toContain('has its components built in and loads no "./x.js"');
  });

  test('adds only default receivers that it has', async () => {
    const file = elsewhere.file('bare.yaml', 'exporters: { debug: {} }\n');
    const { code, err } = await mine('validate', '--config', file);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('using the defaults: otlp;') });
  });

  test('writes a configuration of what it has', async () => {
    const file = path.join(path.dirname(elsewhere.file('x', '')), 'new.yaml');
    const { code, err } = await mine('init', '--exporters', 'debug', '--receivers', 'otlp', '--output', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
