/** The command as a process of its own. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';

const bin = fileURLToPath(new URL('../bin/telemetryflow-cli.cjs', import.meta.url));
const env = { ...process.env, NODE_OPTIONS: '' };

/** Runs the bin in a process that says it is another Node. */
function pretending(version: string, ...args: readonly string[]) {
  const script = `
    Object.defineProperty(process.versions, 'node', { value: '${version}' });
    Object.defineProperty(process, 'version', { value: 'v${version}' });
    require(${JSON.stringify(bin)});`;
  return spawnSync(process.execPath, ['-e', script, '--', ...args], { encoding: 'utf8', env });
}

test.each(['12.22.12', '18.20.8', '20.20.2', '22.14.0'])(
  'on Node %s it says which Node it needs and ends with 2',
  (version) => {
    const { status, stdout, stderr } = pretending(version, '--version');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(
      `telemetryflow-cli needs Node 22.15 or newer; this is v${version} at ${process.execPath}.`,
    );
    expect(stderr).toContain('npm install node@24');
  },
);

test('it is written in syntax that Node 12 can read, and loads nothing before it has checked', () => {
  const source = readFileSync(fileURLToPath(new URL('../bin/launch.cjs', import.meta.url)), 'utf8');
  // The transformer has nothing to lower: the text is the same for both.
  const textFor = (target: string): string =>
    transformSync(source, { target, supported: { 'dynamic-import': true } }).code;
  expect(textFor('node12')).toBe(textFor('esnext'));
  expect(source.indexOf('require(')).toBeGreaterThan(source.indexOf('process.exit(2)'));
});

test('it starts from an unbuilt clone, and passes the exit code on', () => {
  const good = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8', env });
  expect(good).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  const bad = spawnSync(process.execPath, [bin, 'valdate'], { encoding: 'utf8', env });
  expect(bad).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Did you mean validate?') });
  const help = spawnSync(process.execPath, [bin, '--help'], { encoding: 'utf8', env });
  expect(help.stdout).toContain('Usage: telemetryflow-cli ');
});
