/** `npm start` on a clean checkout: host metrics flow, and real OpenTelemetry JS applications are received. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RunningAgent, startAgent } from './agent.ts';

const root = path.join(import.meta.dirname, '..', '..');
let agent: RunningAgent;

beforeEach(async () => {
  agent = await startAgent();
});
afterEach(async () => {
  await agent.stop();
});

test('host metrics arrive, one line per metric, and the agent says what to do next', async () => {
  await agent.prints(/^system\.cpu\.utilization .*%/m);
  await agent.prints(/^system\.memory\.usage .*GiB|MiB/m);
  expect(agent.output()).toContain('npx telemetryflow run --config');
});

test('health answers on 13133 and own metrics on 8888', async () => {
  const health = await fetch('http://127.0.0.1:13133/');
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ state: 'ok' });
  const own = await (await fetch('http://127.0.0.1:8888/metrics')).text();
  expect(own).toMatch(/^otelcol_process_uptime/m);
});

test.each([
  ['3.x', 'test/e2e/apps/app-3x.mjs', '3x'],
  ['2.x', 'test/otel-2x/app.mjs', '2x'],
])('an application on OpenTelemetry JS %s sends traces, metrics and logs to it', async (_line, app, suffix) => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, app), 'http://127.0.0.1:4318'], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stdout).toContain('sent');
  await agent.prints(`checkout-${suffix}`);
  await agent.prints(`orders_${suffix}`);
  await agent.prints(`order taken ${suffix}`);
});

test('SIGTERM ends it with exit code 0', async () => {
  expect(await agent.stop()).toBe(0);
});
