/** Every example works from packed packages in an empty folder, on every supported Node line. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  type Backend,
  fakeOtlp,
  judgeLokiPush,
  judgeRemoteWrite,
  otlpBody,
  otlpSignal,
  PrometheusHead,
  type RecordedRequest,
  readLokiPush,
  readWriteRequest,
  startBackend,
} from '@telemetryflow/testkit';
import { type Example, installExample, npmInstall } from './example.ts';
import { packAll, root } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { freePorts, startAgent, statusOf } from './running-agent.ts';
import { nodeBinary } from './toolchain.ts';

/** `SpanKind.SERVER`. */
const SERVER = 1;
const NODE_LINES = ['22', '24', '26'];
let registry: Registry;

beforeAll(async () => {
  registry = await serveRegistry(packAll());
}, 480_000);
afterAll(() => registry.close());

/** Installs the example before the tests of a block. */
function example(name: string): () => Example {
  let installed: Example | undefined;
  beforeAll(async () => {
    installed = await installExample(name, registry);
  }, 480_000);
  afterAll(() => installed?.remove());
  return () => {
    if (installed === undefined) throw new Error(`${name} is not installed`);
    return installed;
  };
}

/** A Loki and a Prometheus by their rules, with the clock of this machine. */
function fakeLoki(): Promise<Backend> {
  return startBackend((request) => judgeLokiPush(request, { now: Date.now }).answer);
}
function fakePrometheus(): Promise<Backend> {
  const head = new PrometheusHead();
  return startBackend((request) => judgeRemoteWrite(request, { now: Date.now }, head));
}

function recordsOf<S extends Signal>(requests: readonly RecordedRequest[], signal: S): RecordOf[S][] {
  return requests
    .filter((request) => otlpSignal(request) === signal)
    .flatMap((request) => decode(signal, otlpBody(request)));
}

/** Hands a log record to an agent over OTLP/HTTP; the status of the answer. */
async function sendLog(port: number, text: string): Promise<number> {
  const record = { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), body: { stringValue: text } };
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', headers, body });
  return status;
}

test('every example is run here', () => {
  const folders = readdirSync(path.join(root, 'examples'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  expect(folders.map(({ name }) => name).sort()).toEqual([
    'custom-agent',
    'fastify-service',
    'lambda',
    'one-file-agent',
    'third-party-exporter',
  ]);
});

describe('fastify-service', () => {
  const service = example('fastify-service');

  test.each(NODE_LINES)('what happens in a request is at three backends, on Node %s', async (line) => {
    const backends = await Promise.all([fakeOtlp(), fakeLoki(), fakePrometheus()]);
    const [otlp, loki, prometheus] = backends;
    const [port = 0] = await freePorts(1);
    const env = {
      PORT: String(port),
      OTLP_ENDPOINT: otlp.url,
      LOKI_ENDPOINT: `${loki.url}/loki/api/v1/push`,
      PROMETHEUS_ENDPOINT: `${prometheus.url}/api/v1/write`,
    };
    const args = ['--import', './instrumentation.mjs', 'server.mjs'];
    const server = await startAgent(nodeBinary(line), args, { cwd: service().dir, env, ready: /Server listening/ });
    expect(await statusOf(`http://127.0.0.1:${port}/orders/7`)).toBe(200);
    expect(await server.stop()).toBe(0);
    await Promise.all(backends.map((backend) => backend.close()));

    const [span] = recordsOf(otlp.requests, 'traces').filter(({ kind }) => kind === SERVER);
    expect(span).toMatchObject({ resource: { attributes: { 'service.name': 'shop' } } });
    const entries = loki.requests.flatMap(readLokiPush);
    const [read] = entries.filter((entry) => entry.line.includes('order read'));
    expect(Object.fromEntries(read?.metadata ?? [])).toMatchObject({ trace_id: span?.spanContext().traceId });
    const names = prometheus.requests.flatMap(({ raw }) => readWriteRequest(raw).series).map(({ labels }) => labels);
    expect(names.flat()).toContainEqual(['__name__', 'http_server_request_duration_seconds_count']);
    expect(server.said()).not.toMatch(/telemetryflow:/);
  });
});

describe('lambda', () => {
  const lambda = example('lambda');

  test.each(NODE_LINES)('the telemetry of an invocation is out before its answer, on Node %s', async (line) => {
    const backend = await fakeOtlp();
    const { signal, said } = await lambda().start(nodeBinary(line), ['invoke.mjs'], { OTLP_ENDPOINT: backend.url });
    await backend.close();
    expect({ signal, said }).toMatchObject({ signal: 'SIGKILL', said: expect.stringMatching(/A-1.*A-2/s) });
    expect(recordsOf(backend.requests, 'traces').map(({ attributes }) => attributes)).toEqual([
      { 'faas.invocation_id': 'request-A-1' },
      { 'faas.invocation_id': 'request-A-2' },
    ]);
    expect(recordsOf(backend.requests, 'metrics')).toHaveLength(2);
  });
});

describe('custom-agent', () => {
  const agent = example('custom-agent');

  test.each(NODE_LINES)('it takes OTLP, answers health checks and delivers, on Node %s', async (line) => {
    const [loki, prometheus] = await Promise.all([fakeLoki(), fakePrometheus()]);
    const [http = 0, grpc = 0, health = 0] = await freePorts(3);
    // Over what the example configures, as a second file: its usual ports may be taken.
    const ports = `
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${http}" }, grpc: { endpoint: "127.0.0.1:${grpc}" } } }
extensions: { health_check: { endpoint: "127.0.0.1:${health}" } }
`;
    writeFileSync(path.join(agent().dir, 'ports.yaml'), ports);
    const env = { LOKI_ENDPOINT: loki.url, PROMETHEUS_ENDPOINT: `${prometheus.url}/api/v1/write` };
    const args = ['agent.js', 'run', '--config', 'telemetry.yaml', '--config', 'ports.yaml'];
    const running = await startAgent(nodeBinary(line), args, { cwd: agent().dir, env });
    expect(await statusOf(`http://127.0.0.1:${health}/`)).toBe(200);
    expect(await sendLog(http, 'from a service')).toBe(200);
    expect(await running.stop()).toBe(0);
    await Promise.all([loki.close(), prometheus.close()]);
    expect(loki.requests.flatMap(readLokiPush).map(({ line: text }) => text)).toEqual(['from a service']);
  });
});

describe('one-file-agent', () => {
  const agent = example('one-file-agent');

  beforeAll(async () => {
    const command = 'node_modules/@telemetryflow/cli/bin/telemetryflow-cli.cjs';
    const { status, said } = await agent().start(nodeBinary('24'), [command, 'build', 'manifest.yaml', '--bundle']);
    if (status !== 0) throw new Error(said);
    console.log(said);
  }, 120_000);

  test.each(NODE_LINES)('in a folder with nothing else it takes a record and delivers it, on Node %s', async (line) => {
    const folder = path.join(agent().dir, '..', `alone-${line}`);
    mkdirSync(folder);
    for (const file of ['dist/edge-agent.cjs', 'telemetry.yaml']) {
      copyFileSync(path.join(agent().dir, file), path.join(folder, path.basename(file)));
    }
    const loki = await fakeLoki();
    const [http = 0, health = 0] = await freePorts(2);
    const env = { LOKI_ENDPOINT: loki.url, OTLP_PORT: String(http), HEALTH_PORT: String(health) };
    const args = ['edge-agent.cjs', 'run', '--config', 'telemetry.yaml'];
    const running = await startAgent(nodeBinary(line), args, { cwd: folder, env });
    expect(await statusOf(`http://127.0.0.1:${health}/`)).toBe(200);
    expect(await sendLog(http, 'from one file')).toBe(200);
    expect(await running.stop()).toBe(0);
    await loki.close();
    expect(loki.requests.flatMap(readLokiPush).map(({ line: text }) => text)).toEqual(['from one file']);
  });
});

describe('third-party-exporter', () => {
  const exporter = example('third-party-exporter');

  beforeAll(() => {
    const { dir } = exporter();
    for (const project of ['tsconfig.json', 'tsconfig.test.json']) {
      const args = [path.join(dir, 'node_modules/.bin/tsc'), '-p', project];
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
      if (status !== 0) throw new Error(stdout);
    }
  }, 120_000);

  test.each(NODE_LINES)('its own tests pass, the exporter contract among them, on Node %s', async (line) => {
    const files = readdirSync(path.join(exporter().dir, 'test')).map((file) => `test/${file}`);
    const { status, said } = await exporter().start(nodeBinary(line), ['--test', ...files]);
    expect({ status, said }).toMatchObject({ status: 0, said: expect.stringMatching(/^[#ℹ] fail 0$/m) });
    expect(Number(/^[#ℹ] pass (\d+)$/m.exec(said)?.[1])).toBeGreaterThan(30);
  });

  test('packed and installed beside the agent, a configuration finds it by its type', async () => {
    const { dir } = exporter();
    const packed = spawnSync('npm', ['pack', '--ignore-scripts'], { cwd: dir, encoding: 'utf8' });
    const home = path.join(dir, '..', 'home');
    mkdirSync(home);
    writeFileSync(path.join(home, 'package.json'), '{ "name": "home", "private": true }');
    await npmInstall(home, ['@telemetryflow/agent', path.join(dir, packed.stdout.trim())], registry);

    const backend = await startBackend({ status: 200, body: '{"rejected":[]}' });
    const [http = 0] = await freePorts(1);
    const config = `
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${http}" } } } }
exporters: { acme_cloud: { endpoint: "${backend.url}", api_key: a-key, team: night } }
`;
    writeFileSync(path.join(home, 'telemetry.yaml'), config);
    const command = 'node_modules/@telemetryflow/agent/bin/telemetryflow.cjs';
    const agent = await startAgent(nodeBinary('24'), [command, 'run', '--config', 'telemetry.yaml'], { cwd: home });
    expect(await sendLog(http, 'hello')).toBe(200);
    expect(await agent.stop()).toBe(0);
    await backend.close();
    expect(backend.requests).toEqual([
      expect.objectContaining({
        headers: expect.objectContaining({ authorization: 'Bearer a-key', 'x-team': 'night' }),
      }),
    ]);
    expect(backend.requests[0]?.json()).toMatchObject({ body: 'hello', level: 'info' });
  }, 480_000);
});
