/**
 * What a guest costs: the sdk, or the kernel alone, and one HTTP exporter as packed tarballs, installed by npm into an
 * empty folder, against the official OTLP exporter and the official SDK installed the same way. CPU is that of a fresh process that
 * imports and creates, and of one that also sends a first span, as both put off what only a request needs; less that
 * of one that does nothing. Rounds alternate.
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
import { startSink } from './sink/http.ts';
import { median, report } from './suite.ts';

const ROUNDS = 7;
const OURS = ['sdk', 'kernel', 'otlp', 'metrics', 'http', 'exporter-otlp-http'];
const EXPORTER = '@opentelemetry/exporter-trace-otlp-http';
const SDK = '@opentelemetry/sdk-node';
const api = '@opentelemetry/api@^1.10.0';

/** A span as the SDK hands it over. */
const SPAN = `{ name: 'GET /', kind: 1, startTime: [1, 0], endTime: [2, 0], duration: [1, 0], ended: true,
  spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }),
  status: { code: 0 }, attributes: { a: 1 }, links: [], events: [],
  resource: { attributes: { 'service.name': 'a' } }, instrumentationScope: { name: 'a' },
  droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 }`;

const sink = await startSink();
const OURS_CREATED = `import exporter from '@telemetryflow/exporter-otlp-http';
  import { createPipeline } from '@telemetryflow/kernel';
  const config = { exporters: { otlp_http: { endpoint: '${sink}' } } };
  const pipeline = await createPipeline(config, { plugins: [exporter] });`;
const EXPORTER_CREATED = `import { OTLPTraceExporter } from '${EXPORTER}';
  const exporter = new OTLPTraceExporter({ url: '${sink}/v1/traces' });`;

const PROGRAMS = {
  ours: OURS_CREATED,
  guest: `import '@telemetryflow/sdk'; ${OURS_CREATED}`,
  exporter: EXPORTER_CREATED,
  sdk: `import { NodeSDK } from '${SDK}'; new NodeSDK({});`,
};
const FIRST_SPAN = {
  guest: `import exporter from '@telemetryflow/exporter-otlp-http';
    import { fromConfig } from '@telemetryflow/sdk';
    const telemetry = fromConfig({ exporters: { otlp_http: { endpoint: '${sink}' } } }, { plugins: [exporter] });
    telemetry.spanProcessors[0].onEnd(${SPAN});
    if ((await telemetry.forceFlush()).delivered !== 1) throw new Error('the span was not delivered');`,
  ours: `${OURS_CREATED}
    await pipeline.start();
    await pipeline.consume({ signal: 'traces', records: [${SPAN}] });
    if ((await pipeline.forceFlush()).delivered !== 1) throw new Error('the span was not delivered');`,
  exporter: `${EXPORTER_CREATED}
    const { code, error } = await new Promise((resolve) => exporter.export([${SPAN}], resolve));
    if (code !== 0) throw error;`,
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

type Times = Readonly<Record<string, readonly number[]>>;

/** What each program takes in every round, in milliseconds of CPU over an empty one. */
function measured(folders: Readonly<Record<string, string>>, programs: Readonly<Record<string, string>>): Times {
  const names = Object.keys(programs);
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const at = folders[name] ?? '';
      const spent = cpu(at, programs[name] ?? '') - cpu(at, '');
      // The first round finds the files not yet in memory.
      if (round > 0) times[name]?.push(spent);
    }
  }
  return times;
}

function against(times: Times, name: string, mine = 'ours'): { ours: number; peer: number; ratio: number } {
  const [ours = [], peer = []] = [times[mine], times[name]];
  const ratio = median(ours.map((spent, n) => (peer[n] ?? Number.NaN) / spent));
  return { ours: median(ours), peer: median(peer), ratio };
}

const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-footprint-'));
try {
  const packed = packAll();
  const tarballs = OURS.map((name) => packed.find((one) => one.name === `@telemetryflow/${name}`)?.file ?? name);
  const missing = tarballs.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`There is no tarball ${missing}.`);
  const ours = install(path.join(folder, 'ours'), [...tarballs, api]);
  const folders = {
    ours,
    guest: ours,
    exporter: install(path.join(folder, 'exporter'), [pinned(EXPORTER), api]),
    sdk: install(path.join(folder, 'sdk'), [pinned(SDK), api]),
  };
  const created = measured(folders, PROGRAMS);
  const sent = measured(folders, FIRST_SPAN);
  const unit = 'ms';
  report({ name: 'import and create, against the OTLP exporter', ...against(created, 'exporter'), unit, floor: 2 });
  report({ name: 'sdk, import and create, OTLP exporter', ...against(created, 'exporter', 'guest'), unit, floor: 2 });
  report({ name: 'import and create, against sdk-node', ...against(created, 'sdk'), unit, floor: 2 });
  report({ name: 'import to first span sent, OTLP exporter', ...against(sent, 'exporter'), unit, floor: 1.2 });
  report({ name: 'sdk, import to first span, OTLP exporter', ...against(sent, 'exporter', 'guest'), unit, floor: 1.2 });
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
