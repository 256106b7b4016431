/** Imports run one way only: the rule of the architecture, as data. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.join(import.meta.dirname, '..', '..');

/** What the sources of each layer may import of ours. Nothing but the agent imports `cli`, and nothing imports `agent`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  otlp: [],
  metrics: [],
  'remote-write': ['otlp', 'metrics'],
  kernel: ['otlp', 'metrics'],
  http: ['kernel', 'otlp'],
  sdk: ['kernel', 'otlp', 'http'],
  cli: ['kernel', 'otlp', 'http'],
  agent: ['cli'],
  'create-agent': ['kernel'],
  exporters: ['http', 'otlp', 'metrics', 'remote-write', 'kernel'],
  receivers: ['kernel', 'otlp', 'http'],
  processors: ['kernel', 'otlp', 'http'],
  connectors: ['kernel', 'otlp', 'http'],
  extensions: ['kernel', 'otlp', 'http'],
};

/** A source without its docstrings, whose examples import what their reader has installed. */
function sourceOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replace(/^ *\/\*\*.*?\*\//gms, '');
}

function layerOf(file: string): string {
  return file.split(path.sep)[1] ?? '';
}

function layerOfPackage(name: string): string {
  const [, kind] = /^(exporter|receiver|processor|connector|extension)-/.exec(name) ?? [];
  return kind === undefined ? name : `${kind}s`;
}

test('sources import only from the layers below them', () => {
  const wrong: string[] = [];
  for (const file of globSync('packages/**/src/**/*.ts', { cwd: root })) {
    const allowed = MAY_IMPORT[layerOf(file)];
    if (allowed === undefined) continue;
    const source = sourceOf(file);
    for (const [, name = ''] of source.matchAll(/from '@telemetryflow\/([a-z0-9-]+)'/g)) {
      if (!allowed.includes(layerOfPackage(name))) wrong.push(`${file} imports @telemetryflow/${name}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('what a package imports is what its manifest declares', () => {
  const wrong: string[] = [];
  for (const manifestFile of globSync(['packages/*/package.json', 'packages/*/*/package.json'], { cwd: root })) {
    const dir = path.dirname(manifestFile);
    const manifest = JSON.parse(readFileSync(path.join(root, manifestFile), 'utf8'));
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    for (const file of globSync('src/**/*.ts', { cwd: path.join(root, dir) })) {
      const source = sourceOf(path.join(dir, file));
      const imports = source.matchAll(/^\s*(?:import|export)\b[^;]*?from '([^'.][^']*)';|\bimport\('([^'.][^']*)'\)/gm);
      for (const [, fixed, dynamic] of imports) {
        const specifier = fixed ?? dynamic ?? '';
        if (specifier.startsWith('node:')) continue;
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        if (!(name in declared) && name !== manifest.name) wrong.push(`${dir}/${file} imports ${name}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('the command depends on no component, so that a distribution installs only what it lists', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'packages/cli/package.json'), 'utf8'));
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const ours = names.filter((name) => name.startsWith('@telemetryflow/'));
  expect(ours.map((name) => layerOfPackage(name.slice('@telemetryflow/'.length))).sort()).toEqual([
    'http',
    'kernel',
    'otlp',
  ]);
});

test('no package but the command imports an OpenTelemetry SDK: only the API, as a peer', () => {
  const wrong = globSync('packages/*/**/src/**/*.ts', { cwd: root })
    .filter((file) => layerOf(file) !== 'cli')
    .filter((file) => /from '@opentelemetry\/(?!api')/.test(sourceOf(file)));
  expect(wrong).toEqual([]);
});
