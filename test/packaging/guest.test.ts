/**
 * The sdk in a service, from packed tarballs in an empty folder as a stranger installs it: what it weighs, that the lines
 * of its README bring data to a backend, and the ways to load it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Collector, startCollector } from '../../packages/sdk/test/processes.ts';
import { packAll, root } from './pack.ts';
import { nodeBinary } from './toolchain.ts';
import { weigh } from './weight.ts';

/** What comes with `npm install @telemetryflow/sdk @telemetryflow/exporter-otlp-http`. */
const OURS = ['sdk', 'kernel', 'otlp', 'metrics', 'http', 'exporter-otlp-http'];
const OFFICIAL = '@opentelemetry/exporter-trace-otlp-http';
const ROUNDS = 15;

let folder: string;
let guest: string;
let service: string;
let collector: Collector;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-guest-'));
  const packed = packAll();
  const tarballs = OURS.map((name) => packed.find((one) => one.name === `@telemetryflow/${name}`)?.file ?? name);
  guest = install('guest', [...tarballs, '@opentelemetry/api@^1.10.0']);
  service = install('service', [...tarballs, pinned('@opentelemetry/sdk-node'), pinned(OFFICIAL)]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

function install(name: string, packages: readonly string[]): string {
  const at = mkdtempSync(path.join(folder, `${name}-`));
  writeFileSync(path.join(at, 'package.json'), '{ "name": "stranger", "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: at, stdio: 'pipe' });
  return at;
}

/** As this repository has it, so that both sides of a comparison are known. */
function pinned(name: string): string {
  return `${name}@${JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version}`;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(node: string, args: readonly string[], cwd = service): Promise<Ended> {
  const child = spawn(node, args, { cwd, env: { PATH: process.env['PATH'] } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

function file(name: string, text: string, at = service): string {
  writeFileSync(path.join(at, name), text);
  return name;
}

describe('what the guest weighs', () => {
  test('at most 8 packages besides the API, and 5 MiB', () => {
    const { packages, mib } = weigh(guest);
    expect(packages.filter((name) => name !== '@opentelemetry/api').length).toBeLessThanOrEqual(8);
    expect(mib).toBeLessThanOrEqual(5);
  });

  test('at most half the CPU of the official exporter to import, and with a pipeline made less than it', async () => {
    const spent = 'const { user, system } = process.cpuUsage(); console.log(user + system); process.exit();';
    // Sockets and TLS are loaded when a pipeline starts; the official exporter loads them with its first request.
    const imports = `import exporter from '@telemetryflow/exporter-otlp-http';
      import { createPipeline } from '@telemetryflow/kernel';
      import { fromConfig } from '@telemetryflow/sdk';`;
    const create = `const config = { exporters: { otlp_http: { endpoint: 'http://127.0.0.1:4318' } } };
      await createPipeline(config, { plugins: [exporter] });`;
    const official = `import { OTLPTraceExporter } from '${OFFICIAL}';`;
    const createOfficial = "new OTLPTraceExporter({ url: 'http://127.0.0.1:4318/v1/traces' });";
    const programs = {
      imported: `${imports} ${spent}`,
      official: `${official} ${spent}`,
      created: `${imports} ${create} ${spent}`,
      officialCreated: `${official} ${createOfficial} ${spent}`,
      nothing: spent,
    };
    const names = Object.keys(programs) as (keyof typeof programs)[];
    const times = Object.fromEntries(names.map((name) => [name, [] as number[]]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const name of names) {
        const { stdout } = await run(process.execPath, [file('program.mjs', programs[name])]);
        // The first round finds the files not yet in memory.
        if (round > 0) times[name]?.push(Number(stdout));
      }
    }
    const cost = (name: keyof typeof programs): number =>
      Math.min(...(times[name] ?? [])) - Math.min(...(times['nothing'] ?? []));
    expect(cost('imported') / cost('official')).toBeLessThanOrEqual(0.5);
    expect(cost('created') / cost('officialCreated')).toBeLessThan(1);
  }, 120_000);
});

test("the README's first program brings its data to the backend", async () => {
  const readme = readFileSync(path.join(root, 'packages/sdk/README.md'), 'utf8');
  const program = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const lines = program.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length).toBeLessThanOrEqual(12);
  const { code, stdout, stderr } = await run(process.execPath, [
    file('app.mjs', program.replace('http://localhost:4318', collector.url)),
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\d+ items delivered, 0 dropped/);
  expect(collector.arrived()).toContain('span checkout');
}, 60_000);

test('jest tests a service in CommonJS that uses it', async () => {
  file(
    'service.test.js',
    `const { TracerProvider } = require('@opentelemetry/sdk-trace');
    const { fromConfig } = require('@telemetryflow/sdk');
    test('sends', async () => {
      const telemetry = fromConfig({ exporters: { otlp_http: { endpoint: '${collector.url}', compression: 'none' } } });
      new TracerProvider({ spanProcessors: telemetry.spanProcessors }).getTracer('a').startSpan('tested').end();
      await telemetry.shutdown();
    });`,
  );
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const args = ['--experimental-vm-modules', '--no-warnings', jest, '--rootDir', service, '--testTimeout', '60000'];
  const { code, stderr } = await run(process.execPath, args);
  expect(stderr).toMatch(/Tests: +1 passed, 1 total/);
  expect(code).toBe(0);
  expect(collector.arrived()).toEqual(['span tested']);
}, 120_000);

describe.each(['22', '24', '26'])('on Node %s', (line) => {
  let node: string;
  beforeAll(() => {
    node = nodeBinary(line);
  }, 120_000);

  const WORK = `const { trace } = require('@opentelemetry/api');
    trace.getTracer('shop').startSpan('checkout').end();`;

  test('CommonJS: node --require ./instrumentation.cjs app.cjs, instrumented before the first line of the app', async () => {
    const setup = file(
      'instrumentation.cjs',
      `const { NodeSDK } = require('@opentelemetry/sdk-node');
      const { fromConfig } = require('@telemetryflow/sdk');
      const config = { exporters: { otlp_http: { endpoint: '${collector.url}', compression: 'none' } } };
      new NodeSDK({ serviceName: 'shop', ...fromConfig(config, { flushOnExit: true }) }).start();`,
    );
    const { code, stderr } = await run(node, ['--require', `./${setup}`, file('app.cjs', WORK)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(collector.arrived()).toContain('span checkout');
  }, 60_000);

  test('without code from strings', async () => {
    const program = `import { trace } from '@opentelemetry/api';
      import { fromConfig } from '@telemetryflow/sdk';
      const config = { exporters: { otlp_http: { endpoint: '${collector.url}', compression: 'none' } } };
      const telemetry = fromConfig(config);
      await telemetry.pipeline;
      const nothing = { attributes: {}, droppedAttributesCount: 0, resource: { attributes: {} } };
      telemetry.logRecordProcessors[0].onEmit({
        ...nothing, body: 'order taken', hrTime: [1, 0], hrTimeObserved: [1, 0], instrumentationScope: { name: 'a' },
      });
      await telemetry.shutdown();`;
    const flag = '--disallow-code-generation-from-strings';
    const { code, stderr } = await run(node, [flag, file('strict.mjs', program, guest)], guest);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(collector.arrived()).toEqual(['log order taken']);
  }, 60_000);
});
