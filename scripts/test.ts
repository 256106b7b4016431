/**
 * `npm test`: everything that needs only npm. Steps run in order and all of them run, so that one report shows
 * every fault. Arguments name the steps to run: `npm test -- lint types`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);
const fromSource = '--conditions=@telemetryflow/source';
const codeCache = '--import=./test/jest/code-cache.ts';
const jest = ['--experimental-vm-modules', fromSource, codeCache, '--no-warnings', 'node_modules/jest/bin/jest.js'];
// A test that leaves something open must not hold up the rest for ever; jest says so.
const report = (name: string): string[] => ['--forceExit', '--json', `--outputFile=.cache/reports/${name}.json`];

const steps: Readonly<Record<string, readonly string[]>> = {
  lint: [bin('biome'), 'check', '--error-on-warnings'],
  types: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'],
  declarations: [bin('tsc'), '--noEmit', '-p', 'tsconfig.declarations.json'],
  unused: [bin('knip')],
  generated: [process.execPath, fromSource, '--no-warnings', 'scripts/generate.ts', '--check'],
  jest: [process.execPath, ...jest, ...report('jest')],
  'otel-2x': [process.execPath, ...jest, '-c', 'test/otel-2x/jest.config.json', ...report('otel-2x')],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`No step called ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}
mkdirSync(path.join(root, '.cache', 'reports'), { recursive: true });
const failed: string[] = [];
for (const [name, [command, ...args]] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const { status } = spawnSync(command ?? '', args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}. Run one alone with npm test -- ${failed[0]}.`);
  process.exit(1);
}
