/** The command as a process of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const bin = fileURLToPath(new URL('../bin/telemetryflow.cjs', import.meta.url));
const env = { ...process.env, NODE_OPTIONS: '' };

test('it starts from an unbuilt clone as telemetryflow, with a configuration built in', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'validate'], { encoding: 'utf8', env });
  const out = 'The configuration is valid: 3 pipelines, 1 exporter.\n';
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: out, stderr: '' });
  const help = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8', env });
  expect(help.stdout).toContain('Usage: telemetryflow ');
});

test('on a Node that is too old it says which one it needs, under its own name, and ends with 2', () => {
  const script = `
    Object.defineProperty(process.versions, 'node', { value: '20.20.2' });
    require(${JSON.stringify(bin)});`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^telemetryflow needs Node 22\.15 or newer/);
});
