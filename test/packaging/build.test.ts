/** What `telemetryflow build` makes runs in an empty folder, with Node.js alone or with nothing at all. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packAll } from './pack.ts';
import { freePorts, startAgent, statusOf } from './running-agent.ts';
import { nodeBinary } from './toolchain.ts';

/** Has all packages, esbuild and postject. */
let project: string;
/** Hold what was built and a configuration, nothing else. */
let alone: string;
let components: readonly { readonly kind: string; readonly type: string }[];

beforeAll(() => {
  const packed = packAll();
  project = mkdtempSync(path.join(tmpdir(), 'telemetryflow-build-'));
  alone = mkdtempSync(path.join(tmpdir(), 'telemetryflow-alone-'));
  writeFileSync(path.join(project, 'package.json'), '{ "name": "distribution", "private": true }');
  const files = packed.map(({ file }) => file);
  const install = ['install', '--ignore-scripts', '--no-audit', ...files, 'esbuild@0', 'postject@1.0.0-alpha.6'];
  execFileSync('npm', install, { cwd: project, stdio: 'pipe' });
  components = JSON.parse(command('components', '--json').out);
}, 480_000);
afterAll(() => {
  for (const folder of [project, alone]) rmSync(folder, { recursive: true, force: true });
});

/** `telemetryflow <args>` in the project. */
function command(...args: readonly string[]) {
  const bin = path.join(project, 'node_modules/@telemetryflow/cli/bin/telemetryflow-cli.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: project, encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

function manifest(name: string, sections: Readonly<Record<string, readonly string[]>>): string {
  const file = `${name}.yaml`;
  writeFileSync(path.join(project, file), JSON.stringify({ dist: { name, version: '2.3.4' }, ...sections }));
  return file;
}

const SMALL = {
  receivers: ['otlp', 'hostmetrics'],
  exporters: ['debug', '@telemetryflow/exporter-loki@1.0.0'],
  extensions: ['health_check'],
};

/** Runs it with a configuration of its own, sends it a log record, and gives back what it printed. */
async function exercise(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [http = 0, health = 0] = await freePorts(2);
  const config = path.join(alone, `${http}.yaml`);
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${http}" } } } }
exporters: { debug: { flush_interval: 50ms, verbosity: detailed } }
extensions: { health_check: { endpoint: "127.0.0.1:${health}" } }
`,
  );
  const agent = await startAgent(program, [...args, 'run', '--config', config], { cwd: alone, env });
  const log = { body: { stringValue: 'from an empty folder' } };
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] });
  const headers = { 'content-type': 'application/json' };
  const taken = await fetch(`http://127.0.0.1:${http}/v1/logs`, { method: 'POST', headers, body });
  const health200 = await statusOf(`http://127.0.0.1:${health}/`);
  const code = await agent.stop();
  return {
    code,
    taken: taken.status,
    health: health200,
    printed: agent.said(),
    startedIn: Math.round(agent.startedIn),
  };
}

describe('--bundle', () => {
  let bundle: string;

  beforeAll(() => {
    const { status, out, err } = command('build', manifest('small', SMALL), '--bundle');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^Written: dist\/small\.cjs, \d+\.\d MiB, starts in \d+ ms\. It needs only Node\.js/);
    console.log(out);
    cpSync(path.join(project, 'dist/small.cjs'), path.join(alone, 'small.cjs'));
    bundle = path.join(alone, 'small.cjs');
  }, 120_000);

  test.each(['22', '24', '26'])('runs with nothing but Node %s', async (line) => {
    const result = await exercise(nodeBinary(line), [bundle]);
    expect(result).toMatchObject({
      code: 0,
      taken: 200,
      health: 200,
      printed: expect.stringContaining('from an empty folder'),
    });
    console.log(`Node ${line}: one file, ready ${result.startedIn} ms after the start of the process`);
  });

  test('runs where no code may be generated at run time', async () => {
    const result = await exercise(nodeBinary('24'), ['--disallow-code-generation-from-strings', bundle]);
    expect(result).toMatchObject({ code: 0, taken: 200 });
  });

  test('has exactly what the manifest names, and says so of anything else', () => {
    const config = path.join(alone, 'other.yaml');
    writeFileSync(config, 'receivers: { otlp: {} }\nexporters: { datadog: { api_key: x } }\n');
    const run = (...args: readonly string[]) =>
      spawnSync(nodeBinary('24'), [bundle, ...args], { cwd: alone, encoding: 'utf8' });
    expect(JSON.parse(run('components', '--json').stdout)).toEqual([
      expect.objectContaining({
        kind: 'exporter',
        type: 'debug',
        package: '@telemetryflow/exporter-debug',
        version: '1.0.0',
      }),
      expect.objectContaining({ kind: 'exporter', type: 'loki' }),
      expect.objectContaining({ kind: 'extension', type: 'health_check' }),
      expect.objectContaining({ kind: 'receiver', type: 'host_metrics' }),
      expect.objectContaining({ kind: 'receiver', type: 'otlp' }),
    ]);
    const refused = run('validate', '--config', config);
    expect(refused.status).toBe(78);
    expect(refused.stderr).toContain(
      'exporter "datadog" is not built in; This program has these exporters: debug, loki',
    );
    expect(run('--version').stdout).toBe('2.3.4\n');
    expect(run('run')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no configuration is built in: name one, as --config telemetry.yaml'),
    });
  });

  test('of every component there is: all are in the file, with what they load on demand', () => {
    const sections: Record<string, string[]> = {};
    for (const { kind, type } of components) sections[`${kind}s`] = [...(sections[`${kind}s`] ?? []), type];
    const built = command('build', manifest('everything', sections), '--bundle');
    expect({ status: built.status, err: built.err }).toEqual({ status: 0, err: '' });
    console.log(built.out);
    const folder = path.join(alone, 'everything');
    mkdirSync(folder);
    cpSync(path.join(project, 'dist/everything.cjs'), path.join(folder, 'everything.cjs'));
    const run = (...args: readonly string[]) => {
      const node = ['--disallow-code-generation-from-strings', 'everything.cjs', ...args];
      return spawnSync(nodeBinary('24'), node, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...KEYS } });
    };
    expect(JSON.parse(run('components', '--json').stdout)).toHaveLength(components.length);
    const names = (kind: string): string => (sections[`${kind}s`] ?? []).filter((type) => type !== 'otel_js').join(',');
    const init = run('init', '--exporters', names('exporter'), '--processors', names('processor'));
    expect({ status: init.status, err: init.stderr }).toEqual({ status: 0, err: '' });
    // gRPC is checked for where it is configured.
    const config = readFileSync(path.join(folder, 'telemetry.yaml'), 'utf8');
    writeFileSync(
      path.join(folder, 'telemetry.yaml'),
      config.replace(/^ {2}signoz:$/m, '  signoz:\n    protocol: grpc'),
    );
    expect(run('validate', '--config', 'telemetry.yaml')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('The configuration is valid: 3 pipelines'),
    });
  });
});

const KEYS = Object.fromEntries(
  ['COROOT_API_KEY', 'DATADOG_API_KEY', 'DYNATRACE_API_TOKEN', 'ELASTIC_PASSWORD', 'HYPERDX_API_KEY', 'INFLUXDB_TOKEN']
    .concat([
      'INFLUXDB_ORG',
      'INSTANA_AGENT_KEY',
      'NEWRELIC_LICENSE_KEY',
      'OPENOBSERVE_USERNAME',
      'OPENOBSERVE_PASSWORD',
    ])
    .concat(['DYNATRACE_ENVIRONMENT_ID', 'SPLUNK_HEC_TOKEN', 'MANAGEENGINE_API_KEY'])
    .map((name) => [name, 'abc12345']),
);

describe('without an option', () => {
  test('the entry imports its components and runs where they are installed', async () => {
    const { status, out } = command('build', manifest('plain', SMALL));
    expect({ status, out }).toMatchObject({
      status: 0,
      out: expect.stringContaining('dist/plain.mjs with 5 components'),
    });
    const result = await exercise(nodeBinary('24'), [path.join(project, 'dist/plain.mjs')]);
    expect(result).toMatchObject({
      code: 0,
      taken: 200,
      health: 200,
      printed: expect.stringContaining('from an empty folder'),
    });
  });

  test('nothing else is built', () => {
    expect(readdirSync(path.join(project, 'dist')).filter((name) => name.startsWith('plain'))).toEqual(['plain.mjs']);
  });
});

describe('--executable', () => {
  test.each(['22', '24', '26'])('made by Node %s, it runs with nothing else on the machine', async (line) => {
    const bin = path.join(project, 'node_modules/@telemetryflow/cli/bin/telemetryflow-cli.cjs');
    const file = manifest(`single-${line}`, SMALL);
    const built = spawnSync(nodeBinary(line), [bin, 'build', file, '--executable'], { cwd: project, encoding: 'utf8' });
    expect({ status: built.status, err: built.stderr.replace(/^warning: Can't find string offset.*\n/gm, '') }).toEqual(
      { status: 0, err: '' },
    );
    expect(built.stdout).toMatch(
      new RegExp(`Written: dist/single-${line}, \\d+\\.\\d MiB, starts in \\d+ ms\\. It needs nothing`),
    );
    console.log(built.stdout);
    const program = path.join(alone, `single-${line}`);
    cpSync(path.join(project, `dist/single-${line}`), program);
    expect(statSync(program).mode & 0o111).not.toBe(0);
    const result = await exercise(program, [], { PATH: '' });
    expect(result).toMatchObject({
      code: 0,
      taken: 200,
      health: 200,
      printed: expect.stringContaining('from an empty folder'),
    });
  });
});

describe('what a build needs', () => {
  test('is named with the command that installs it', () => {
    const tool = path.join(project, 'node_modules/esbuild');
    renameSync(tool, `${tool}-away`);
    try {
      const { status, err: stderr } = command('build', manifest('bare', SMALL), '--bundle');
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'error: one file needs the package esbuild, which is not installed; npm install --save-dev esbuild\n',
      });
    } finally {
      renameSync(`${tool}-away`, tool);
    }
  });
});
