/**
 * What `npm create @telemetryflow/exporter` writes, in the hands of a stranger: from packed packages, outside the
 * repository, untouched and then filled in, packed, installed beside the agent and run from YAML by its type.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBackend } from '@telemetryflow/testkit';
import { startAgent } from '../e2e/agent.ts';
import { freePort } from '../e2e/referees/server.ts';
import { type Packed, packAll, tarballsOf } from './pack.ts';

const OURS = ['kernel', 'otlp', 'metrics', 'http', 'remote-write', 'testkit'].map((name) => `@telemetryflow/${name}`);

let folder: string;
let packed: readonly Packed[];
let project: string;

/** Runs a command of npm; what it printed. Throws with all of that when it fails. */
function npm(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const options = { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: 'pipe' } as const;
  try {
    return execFileSync('npm', args, options);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`npm ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

function emptyProject(name: string): string {
  const dir = path.join(folder, name);
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ name, private: true }));
  return dir;
}

/** Replaces text in a file of the project; it must be there. */
function edit(file: string, from: string, to: string): void {
  const full = path.join(project, file);
  const text = readFileSync(full, 'utf8');
  expect(text).toContain(from);
  writeFileSync(full, text.replace(from, to));
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-create-exporter-'));
  packed = packAll();
  const tools = emptyProject('tools');
  npm(tools, ['install', '--no-audit', ...tarballsOf(packed, ['@telemetryflow/create-exporter'])]);
  npm(tools, ['exec', '--offline', '--', 'create-exporter', '../acme-cloud']);
  project = path.join(folder, 'acme-cloud');
  npm(project, ['install', '--no-audit', '--no-save', ...tarballsOf(packed, OURS)]);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How many tests passed; throws where one failed or was skipped. */
function passed(output: string): number {
  expect(output).toMatch(/^# fail 0$|^ℹ fail 0$/m);
  expect(output).toMatch(/^# skipped 0$|^ℹ skipped 0$/m);
  return Number(/^[#ℹ] pass (\d+)$/m.exec(output)?.[1]);
}

test('untouched, it compiles and its tests pass, the exporter contract among them', () => {
  expect(passed(npm(project, ['test']))).toBeGreaterThan(25);
}, 300_000);

test('filled in, packed and installed, it delivers what a configuration sends to it by its type', async () => {
  edit('src/index.ts', '}/ingest`', '}/v2/events`');
  edit('src/config.ts', '  readonly api_key?: Secret;\n', '  readonly api_key?: Secret;\n  readonly team: string;\n');
  edit(
    'src/config.ts',
    "'API key, sent as Bearer token.' },\n",
    "'API key, sent as Bearer token.' },\n  team: { type: 'string', default: 'all', description: 'Who is told.' },\n",
  );
  edit('src/index.ts', "    'content-type'", "    'x-team': config.team,\n    'content-type'");
  edit(
    'src/encode-logs.ts',
    '    body: record.body,\n',
    "    body: record.body,\n    event: record.eventName ?? '',\n",
  );
  npm(project, ['test'], { UPDATE_GOLDEN: '1' });
  expect(passed(npm(project, ['test']))).toBeGreaterThan(25);

  npm(project, ['pack', '--pack-destination', folder]);
  const tarball = readdirSync(folder).find((file) => file.startsWith('telemetryflow-exporter-acme-cloud-'));
  const home = emptyProject('home');
  npm(home, ['install', '--no-audit', ...packed.map(({ file }) => file), path.join(folder, String(tarball))]);

  const backend = await startBackend(() => ({ status: 202 }));
  const port = await freePort();
  const yaml = `
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
exporters: { acme_cloud: { endpoint: "${backend.url}", api_key: a-key, team: night, flush_interval: 100ms } }
`;
  const file = path.join(home, 'telemetry.yaml');
  writeFileSync(file, yaml);
  const command = path.join(home, 'node_modules/@telemetryflow/agent/bin/telemetryflow.cjs');
  const agent = await startAgent([file], {}, command);
  try {
    const record = { timeUnixNano: '1', body: { stringValue: 'hello' }, eventName: 'greeting' };
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', headers, body });
    expect(status).toBe(200);
    await backend.received(1);
  } finally {
    expect(await agent.stop()).toBe(0);
    await backend.close();
  }
  const [request] = backend.requests;
  expect(request).toMatchObject({ path: '/v2/events', headers: { authorization: 'Bearer a-key', 'x-team': 'night' } });
  expect(JSON.parse(request?.text() ?? '')).toMatchObject({ body: 'hello', event: 'greeting' });
}, 600_000);
