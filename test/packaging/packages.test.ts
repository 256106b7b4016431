/** What is published works: for linters of packages, by import and by require, on every supported Node line. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publint } from 'publint';
import { type Packed, packAll, root } from './pack.ts';
import { nodeBinary, npmCli } from './toolchain.ts';

const NODE_LINES = ['22', '24', '26'];
let packed: readonly Packed[];
let project: string;

beforeAll(() => {
  packed = packAll();
  project = mkdtempSync(path.join(tmpdir(), 'telemetryflow-packed-'));
  writeFileSync(path.join(project, 'package.json'), '{ "name": "stranger", "private": true }');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', ...packed.map((p) => p.file)], {
    cwd: project,
    stdio: 'pipe',
  });
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('publint finds no error in any packed package', async () => {
  const faults: string[] = [];
  for (const { name, file } of packed) {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(file)).buffer },
      level: 'warning',
    });
    for (const message of messages) faults.push(`${name}: ${message.code} ${message.path.join('.')}`);
  }
  expect(faults).toEqual([]);
});

test('types resolve for import and require in every packed package', () => {
  const files = packed.map(({ file }) => file);
  const found = runWith(process.execPath, path.join(import.meta.dirname, 'types-of-tarballs.ts'), ...files);
  expect(JSON.parse(found)).toEqual(Object.fromEntries(files.map((file) => [file, []])));
});

test('no published package has an install script', () => {
  const scripts = packed.flatMap(({ name, dir }) => {
    const manifest = JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8'));
    return ['preinstall', 'install', 'postinstall']
      .filter((s) => s in (manifest.scripts ?? {}))
      .map((s) => `${name}: ${s}`);
  });
  expect(scripts).toEqual([]);
});

test('each command has a name of its own, where all packages are in one folder', () => {
  const bins = packed.flatMap(({ dir }) => {
    const { bin = {} } = JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8'));
    return Object.keys(bin);
  });
  expect(bins.sort()).toEqual(['create-agent', 'create-exporter', 'telemetryflow', 'telemetryflow-cli']);
  for (const name of ['telemetryflow', 'telemetryflow-cli']) {
    expect(runWith(process.execPath, `node_modules/.bin/${name}`, '--help')).toContain(`Usage: ${name} `);
  }
});

describe('the documents', () => {
  const documentsIn = (name: string): readonly string[] =>
    globSync('**/*.md', { cwd: path.join(project, 'node_modules', name), exclude: ['**/node_modules/**'] }).sort();

  test('are in every package: what it is, what changed, and the licence', () => {
    for (const { name } of packed) {
      const files = readdirSync(path.join(project, 'node_modules', name));
      expect([name, files]).toEqual([name, expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE'])]);
    }
  });

  test.each(['agent', 'cli', 'sdk'])('are all in the package %s, which people begin with', (name) => {
    const all = globSync('docs/**/*.md', { cwd: root }).map((file) => `dist/${file}`);
    expect(documentsIn(`@telemetryflow/${name}`)).toEqual([...all, 'CHANGELOG.md', 'README.md'].sort());
  });

  test.each([
    ['exporter-loki', 'guides/logs-to-loki-and-elasticsearch.md'],
    ['exporter-jaeger', 'guides/traces-to-jaeger-and-zipkin.md'],
    ['receiver-host-metrics', 'guides/metrics-to-prometheus.md'],
    ['processor-filter', 'guides/testing-a-pipeline.md'],
    ['kernel', 'reference/errors.md'],
    ['otlp', 'reference/records.md'],
    ['create-agent', 'guides/your-own-agent.md'],
    ['create-exporter', 'guides/your-first-exporter.md'],
  ])('that concern %s are in it, as %s', (name, page) => {
    const files = documentsIn(`@telemetryflow/${name}`);
    expect(files).toContain(`dist/docs/${page}`);
    expect(files.length).toBeLessThan(globSync('docs/**/*.md', { cwd: root }).length / 2);
  });

  test('link to what is in the same package, or to the web', () => {
    const wrong: string[] = [];
    let count = 0;
    for (const { name } of packed) {
      const folder = path.join(project, 'node_modules', name);
      for (const file of documentsIn(name)) {
        const text = readFileSync(path.join(folder, file), 'utf8').replaceAll(/^```.*?^```|`[^`\n]*`/gms, '');
        for (const [, to = ''] of text.matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)) {
          count++;
          if (!existsSync(path.join(folder, path.dirname(file), to))) wrong.push(`${name}/${file}: ${to}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(100);
  });
});

describe.each(NODE_LINES)('on Node %s', (line) => {
  let node: string;

  beforeAll(() => {
    node = nodeBinary(line);
  }, 120_000);

  test('every package loads by import', () => {
    const source = packed.map(({ name }) => `await import('${name}');`).join('\n');
    writeFileSync(path.join(project, 'load.mjs'), `${source}\nconsole.log('loaded', process.version);`);
    expect(runWith(node, 'load.mjs')).toContain(`loaded v${line}.`);
  });

  test('every package loads by require', () => {
    const source = packed.map(({ name }) => `require('${name}');`).join('\n');
    writeFileSync(path.join(project, 'load.cjs'), `${source}\nconsole.log('loaded', process.version);`);
    expect(runWith(node, 'load.cjs')).toContain(`loaded v${line}.`);
  });

  test('the command sets V8 up without a word', () => {
    const module = './node_modules/@telemetryflow/cli/dist/external-memory.js';
    writeFileSync(
      path.join(project, 'v8.mjs'),
      `import { countExternalMemory } from '${module}';countExternalMemory();`,
    );
    const { status, stdout, stderr } = spawnSync(node, ['v8.mjs'], { cwd: project, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

test('to import and create a pipeline loads neither the OpenTelemetry API nor what only a request needs', () => {
  const program = `import { registerHooks } from 'node:module';
    const api = [];
    registerHooks({ resolve(name, context, next) { api.push(name); return next(name, context); } });
    const { default: exporter } = await import('@telemetryflow/exporter-otlp-http');
    const { createPipeline } = await import('@telemetryflow/kernel');
    const config = { exporters: { otlp_http: { endpoint: 'https://127.0.0.1:4318' } } };
    const pipeline = await createPipeline(config, { plugins: [exporter] });
    const loaded = () => [
      ...process.moduleLoadList.map((each) => each.replace('NativeModule ', '')),
      ...api.filter((name) => name.startsWith('@opentelemetry')),
    ].filter((name) => ['http', 'https', 'tls', 'zlib', 'crypto', 'perf_hooks', '@opentelemetry/api'].includes(name));
    const before = loaded();
    await pipeline.start();
    console.log(JSON.stringify({ before, after: loaded().sort() }));
    await pipeline.shutdown();`;
  writeFileSync(path.join(project, 'create.mjs'), program);
  const { before, after } = JSON.parse(runWith(process.execPath, 'create.mjs'));
  expect(before).toEqual([]);
  expect(after).toContain('@opentelemetry/api');
});

describe.each(['10', '11', '12'])('installed by npm %s without install scripts and optional packages', (line) => {
  const agent = 'node_modules/@telemetryflow/agent/bin/telemetryflow.cjs';
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), `telemetryflow-npm-${line}-`));
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "stranger", "private": true }');
    const files = packed.map(({ file }) => file);
    // npm 12 runs no install scripts by itself; the lines before it do as they are told.
    const scripts = line === '12' ? [] : ['--ignore-scripts'];
    const args = [npmCli(line), 'install', ...scripts, '--omit=optional', '--no-audit', ...files];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stdout + stderr);
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('every component is found and loads', () => {
    const args = [agent, 'components', '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const found = JSON.parse(stdout) as { readonly package: string; readonly problem?: string }[];
    const components = packed.filter(({ dir }) => dir.split('/').length === 3 && isWritten(dir));
    const loaded = found.filter(({ problem }) => problem === undefined).map((each) => each.package);
    expect(loaded.sort()).toEqual(components.map(({ name }) => name).sort());
  });

  test('the one dependency with an install script is protobufjs, whose script only prints a remark', () => {
    const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
    const packages = Object.entries(lock.packages as Record<string, { hasInstallScript?: true; optional?: true }>);
    const scripted = packages.filter(([, each]) => each.hasInstallScript && !each.optional).map(([name]) => name);
    expect(scripted).toEqual(['node_modules/protobufjs']);
  });
});

/** False for a package that only reserves the name of a component. */
function isWritten(dir: string): boolean {
  return readFileSync(path.join(root, dir, 'src/index.ts'), 'utf8').includes('export default');
}

function runWith(node: string, ...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(node, args, { cwd: project, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
