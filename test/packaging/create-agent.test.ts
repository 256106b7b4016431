/** A stranger in an empty folder: `npm create @telemetryflow/agent`, as the documents say it, to an agent that runs. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pythonEnvironment } from '../e2e/referees/cache.ts';
import { buildImage } from './dockerfile.ts';
import { npmInstall, runToEnd } from './example.ts';
import { packAll } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { freePorts, startAgent, statusOf } from './running-agent.ts';
import { nodeBinary, npmCli } from './toolchain.ts';
import { type Weight, weigh } from './weight.ts';

let registry: Registry;
let folder: string;
let project: string;
let created: { readonly status: number; readonly out: string; readonly err: string };

beforeAll(async () => {
  registry = await serveRegistry(packAll());
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-create-'));
  project = path.join(folder, 'my-agent');
  created = await create('my-agent', '--exporters', 'loki,datadog', '--receivers', 'otlp,hostmetrics');
}, 480_000);
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `npm create @telemetryflow/agent <args>` in the empty folder. */
async function create(...args: readonly string[]) {
  const env = { ...process.env, ...registry.env, npm_config_cache: path.join(folder, '.npm') };
  const npm = [npmCli('12'), 'create', '--yes', '@telemetryflow/agent', '--', ...args];
  const child = spawn(process.execPath, npm, { cwd: folder, env });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  return { status, out, err };
}

test('it creates the project in less than a minute, and says how long it took', () => {
  expect(created).toMatchObject({ status: 0, out: expect.stringMatching(/Created my-agent in \d+\.\d s/) });
  const seconds = Number(/in (\d+\.\d) s/.exec(created.out)?.[1]);
  console.log(`npm create @telemetryflow/agent: ${seconds} s from the empty folder`);
  expect(seconds).toBeLessThan(60);
});

test('package.json lists what was chosen, at exact versions', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies)).toEqual(
    expect.arrayContaining([
      ...['@telemetryflow/cli', '@telemetryflow/exporter-loki', '@telemetryflow/exporter-datadog'],
      ...['@telemetryflow/receiver-otlp', '@telemetryflow/receiver-host-metrics'],
    ]),
  );
  for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('it installs no other exporter, and well less than the agent with every component', async () => {
  const own = weigh(project);
  const whole = path.join(folder, 'whole');
  mkdirSync(whole);
  writeFileSync(path.join(whole, 'package.json'), '{ "name": "whole", "private": true }');
  await npmInstall(whole, ['@telemetryflow/agent'], registry);
  const agent = weigh(whole);
  const said = ({ packages, mib }: Weight): string => `${mib.toFixed(1)} MiB in ${packages.length} packages`;
  console.log(`to loki and datadog: ${said(own)}; with every component: ${said(agent)}`);

  const exporters = own.packages.filter((name) => name.startsWith('@telemetryflow/exporter-'));
  expect(exporters).toEqual(['@telemetryflow/exporter-datadog', '@telemetryflow/exporter-loki']);
  expect(own.packages).not.toContain('@telemetryflow/agent');
  expect(agent.packages).toEqual(expect.arrayContaining([...exporters, '@telemetryflow/exporter-kafka']));
  expect(own.mib).toBeLessThan(0.75 * agent.mib);
  expect(own.packages.length).toBeLessThan(0.6 * agent.packages.length);
  expect(own.mib).toBeLessThan(30);
}, 120_000);

test.each<[string, readonly string[], string]>([
  ['init', ['init', '--exporters', 'kafka', '--force'], 'the package of exporter "kafka" is not installed'],
  ['validate', ['validate', '--config', 'more.yaml'], 'the package of exporter "kafka" is not installed'],
  ['convert', ['convert', 'otelcol.yaml'], 'Not installed here: exporter kafka.'],
  [
    'build',
    ['build', 'manifest.yaml'],
    'manifest.yaml:2:13 exporters[0]: @telemetryflow/exporter-kafka is not installed',
  ],
])('%s says how to install what was not chosen', (_, args, message) => {
  writeFileSync(path.join(project, 'more.yaml'), 'exporters: { kafka: { brokers: ["localhost:9092"] } }\n');
  writeFileSync(path.join(project, 'otelcol.yaml'), 'exporters: { kafka: { brokers: ["localhost:9092"] } }\n');
  writeFileSync(path.join(project, 'manifest.yaml'), 'dist: { name: more }\nexporters: [kafka]\n');
  const { stderr } = spawnSync(process.execPath, ['agent.js', ...args], { cwd: project, encoding: 'utf8' });
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/npm install (--save-exact )?@telemetryflow\/exporter-kafka/);
  expect(stderr).not.toContain('did you mean');
});

test('a wrong flag is refused with the nearest name, before anything is installed', async () => {
  const { status, err } = await create('other', '--exporters', 'lokki');
  expect(status).toBe(2);
  expect(err).toContain('unknown exporter "lokki"; did you mean "loki"?');
});

test('a folder that holds something is refused', async () => {
  const { status, err } = await create('my-agent', '--exporters', 'loki');
  expect(status).toBe(2);
  expect(err).toContain('my-agent is not empty');
});

test('systemd finds no fault in the unit', () => {
  const verify = (unit: string) => {
    const file = path.join(folder, 'my-agent.service');
    writeFileSync(file, unit);
    const { error, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    if (error !== undefined) throw new Error(`this test needs systemd-analyze: ${error.message}`);
    return stdout + stderr;
  };
  // It looks for the program, which is elsewhere on this machine.
  const unit = readFileSync(path.join(project, 'deploy', 'my-agent.service'), 'utf8');
  const here = unit.replace('/usr/bin/node ', `${process.execPath} `);
  expect(here).toContain(`ExecStart=${process.execPath} agent.js run`);
  expect(verify(here)).toBe('');
  expect(verify(here.replace('DynamicUser=', 'DynamikUser='))).toContain("Unknown key 'DynamikUser'");
});

test('the DaemonSet is of the schema of Kubernetes, which knows every key in it', async () => {
  const bin = await pythonEnvironment('kubernetes-validate', ['kubernetes-validate==1.37.0']);
  const validate = (manifest: string) => {
    const file = path.join(folder, 'daemonset.yaml');
    writeFileSync(file, manifest);
    const command = path.join(bin, 'kubernetes-validate');
    const { status, stdout, stderr } = spawnSync(command, ['--strict', file], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  const manifest = readFileSync(path.join(project, 'deploy', 'daemonset.yaml'), 'utf8');
  expect(validate(manifest)).toMatchObject({ status: 0, said: expect.stringContaining('daemonset/my-agent') });
  const misspelled = manifest.replace('readinessProbe', 'readinesProbe');
  expect(validate(misspelled)).toMatchObject({ status: 1, said: expect.stringContaining("'readinesProbe'") });
}, 240_000);

test('the steps of the Dockerfile, taken without Docker, end in an agent that the health check finds well', async () => {
  const image = await buildImage(project, path.join(folder, 'image'), registry.env);
  expect(readdirSync(image.dir).sort()).toEqual(['agent.js', 'node_modules', 'package.json', 'telemetry.yaml']);
  expect(image).toMatchObject({ user: 'node', ports: [4317, 4318, 13133], env: { LISTEN_HOST: '0.0.0.0' } });
  expect([image.command[0], image.healthcheck[0]]).toEqual(['node', 'node']);

  const health = await moveToFreePorts(path.join(image.dir, 'telemetry.yaml'));
  const check = () => {
    const [, ...args] = image.healthcheck.map((each) => each.replace(':13133/', `:${health}/`));
    return runToEnd(nodeBinary('24'), args, image.dir, image.env);
  };
  expect(await check()).toMatchObject({ status: 1 });
  const options = { cwd: image.dir, env: { ...image.env, ...KEY } };
  const agent = await startAgent(nodeBinary('24'), image.command.slice(1), options);
  expect(await check()).toMatchObject({ status: 0 });
  expect([0, 1]).toContain(await agent.stop());
}, 120_000);

describe.each(['22', '24', '26'])('on Node %s', (line) => {
  const node = (): string => nodeBinary(line);

  test('the configuration is refused until the key is set, and then valid', () => {
    const validate = (env: object) => {
      const args = ['agent.js', 'validate', '--config', 'telemetry.yaml'];
      const { status, stdout, stderr } = spawnSync(node(), args, {
        cwd: project,
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
      return { status, said: stdout + stderr };
    };
    expect(validate({})).toMatchObject({ status: 78, said: expect.stringContaining('set DATADOG_API_KEY') });
    expect(validate(KEY)).toMatchObject({ status: 0, said: expect.stringContaining('3 pipelines, 2 exporters') });
  });

  test('it starts, answers health checks, and stops when it is asked to', async () => {
    copyFileSync(path.join(project, 'telemetry.yaml'), path.join(project, 'elsewhere.yaml'));
    const health = await moveToFreePorts(path.join(project, 'elsewhere.yaml'));
    const args = ['agent.js', 'run', '--config', 'elsewhere.yaml'];
    const agent = await startAgent(node(), args, { cwd: project, env: KEY });
    expect(await statusOf(`http://127.0.0.1:${health}/`)).toBe(200);
    console.log(`Node ${line}: ready ${Math.round(agent.startedIn)} ms after the start of the process`);
    // 1 where metrics were measured already: nobody takes them with this key.
    expect([0, 1]).toContain(await agent.stop());
  });
});

const KEY = { DATADOG_API_KEY: '0123456789abcdef0123456789abcdef' };

/** The usual ports may be taken. Returns that of the health checks. */
async function moveToFreePorts(file: string): Promise<number> {
  const [http = 0, grpc = 0, health = 0] = await freePorts(3);
  const config = readFileSync(file, 'utf8')
    .replace('127.0.0.1}:4318', `127.0.0.1}:${http}`)
    .replace('127.0.0.1}:4317', `127.0.0.1}:${grpc}`)
    .replace('127.0.0.1}:13133', `127.0.0.1}:${health}`);
  writeFileSync(file, config);
  return health;
}
