/**
 * What a guest costs: the kernel and one HTTP exporter as packed tarballs, installed by npm into an empty folder,
 * against the official OTLP exporter and the official SDK installed the same way. CPU is that of a fresh process that
 * imports and creates, less that of one that does nothing; rounds alternate.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packAll, root } from '../packaging/pack.ts';
import { median, report } from './suite.ts';

const ROUNDS = 7;
const OURS = ['kernel', 'otlp', 'metrics', 'http', 'exporter-otlp-http'];
const EXPORTER = '@opentelemetry/exporter-trace-otlp-http';
const SDK = '@opentelemetry/sdk-node';
const api = '@opentelemetry/api@^1.10.0';

const PROGRAMS = {
  nothing: '',
  ours: `import exporter from '@telemetryflow/exporter-otlp-http';
    import { createPipeline } from '@telemetryflow/kernel';
    await createPipeline({ exporters: { otlp_http: { endpoint: 'http://127.0.0.1:4318' } } }, { plugins: [exporter] });`,
  exporter: `import { OTLPTraceExporter } from '${EXPORTER}';
    new OTLPTraceExporter({ url: 'http://127.0.0.1:4318/v1/traces' });`,
  sdk: `import { NodeSDK } from '${SDK}'; new NodeSDK({});`,
};
const SPENT = `const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); process.exit();`;

/** The version a package has in this repository, so that a run compares what the other benches compare. */
function pinned(name: string): string {
  const file = path.join(root, 'node_modules', name, 'package.json');
  return `${name}@${JSON.parse(readFileSync(file, 'utf8')).version}`;
}

function install(folder: string, packages: readonly string[]): string {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--silent', ...packages], {
    cwd: folder,
  });
  return folder;
}

interface Installed {
  /** Besides the api peer. */
  readonly packages: number;
  readonly mib: number;
}

function installed(folder: string): Installed {
  const modules = path.join(folder, 'node_modules');
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
  const manifests = files.filter(
    ({ name, parentPath }) =>
      name === 'package.json' &&
      /node_modules\/(@[^/]+\/)?[^/@]+$/.test(parentPath) &&
      !parentPath.endsWith('@opentelemetry/api'),
  );
  return { packages: manifests.length, mib: bytes / 1024 / 1024 };
}

/** Milliseconds of CPU of a fresh process. */
function cpu(folder: string, program: string): number {
  const file = path.join(folder, 'program.mjs');
  writeFileSync(file, `${program}\n${SPENT}`);
  return Number(
    execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } }),
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-footprint-'));
try {
  const packed = packAll();
  const tarballs = OURS.map((name) => packed.find((one) => one.name === `@telemetryflow/${name}`)?.file ?? name);
  const missing = tarballs.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`There is no tarball ${missing}.`);
  const folders = {
    ours: install(path.join(folder, 'ours'), [...tarballs, api]),
    exporter: install(path.join(folder, 'exporter'), [pinned(EXPORTER), api]),
    sdk: install(path.join(folder, 'sdk'), [pinned(SDK), api]),
  };
  const times: Record<keyof typeof folders, number[]> = { ours: [], exporter: [], sdk: [] };
  const names = Object.keys(folders) as (keyof typeof folders)[];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const spent = cpu(folders[name], PROGRAMS[name]) - cpu(folders[name], PROGRAMS.nothing);
      // The first round finds the files not yet in memory.
      if (round > 0) times[name].push(spent);
    }
  }
  const ours = median(times.ours);
  const against = (name: 'exporter' | 'sdk'): { peer: number; ratio: number } => ({
    peer: median(times[name]),
    ratio: median(times.ours.map((mine, n) => (times[name][n] ?? Number.NaN) / mine)),
  });
  const unit = 'ms';
  report({ name: 'import and create, against the OTLP exporter', ours, ...against('exporter'), unit, floor: 2 });
  report({ name: 'import and create, against sdk-node', ours, ...against('sdk'), unit, floor: 2 });
  const size = installed(folders.ours);
  const theirs = installed(folders.exporter);
  report({ name: 'installed packages, budget', ours: size.packages, peer: 8, unit: 'packages', floor: 1 });
  report({
    name: 'installed packages, OTLP exporter',
    ours: size.packages,
    peer: theirs.packages,
    unit: 'packages',
    floor: 1,
  });
  report({ name: 'installed size, budget', ours: size.mib, peer: 5, unit: 'MiB', floor: 1 });
  report({ name: 'installed size, OTLP exporter', ours: size.mib, peer: theirs.mib, unit: 'MiB', floor: 1 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
