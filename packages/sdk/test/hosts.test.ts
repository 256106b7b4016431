/** Where services run: under test runners, in worker threads, in clusters, in function runtimes. Real processes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Collector, run, startCollector } from './processes.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const work = (name: string): string[] => [`log ${name}`, `span ${name}`];

test('under node --test, whether the service shuts its telemetry down or not', async () => {
  const { code, stdout, stderr } = await run('hosts/node-test.ts', [], ['--test'], { COLLECTOR: collector.url });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/pass 2/);
  expect(collector.arrived()).toEqual([...work('tested'), 'metric orders'].sort());
});

test('under jest, with fake timers too, and jest ends without complaint', async () => {
  const runner = join(import.meta.dirname, '../../../node_modules/jest/bin/jest.js');
  const config = join(import.meta.dirname, 'hosts/jest/jest.config.json');
  const flags = ['--experimental-vm-modules'];
  const { code, stderr } = await run(runner, ['--config', config, '--runInBand'], flags, { COLLECTOR: collector.url });
  expect(stderr).toMatch(/Tests: +2 passed, 2 total/);
  expect(stderr).not.toMatch(/did not exit|after the tests are done|torn down/);
  expect(code).toBe(0);
  expect(collector.arrived()).toEqual([...work('tested'), 'metric orders'].sort());
});

test('in worker threads, each with its own telemetry, which end by themselves', async () => {
  const { code, stdout, stderr } = await run('hosts/workers.ts', [collector.url]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'one 0\ntwo 0\n', stderr: '' });
  expect(collector.arrived()).toEqual(expect.arrayContaining([...work('main'), ...work('one'), ...work('two')]));
});

test('in the workers of a cluster', async () => {
  const { code, stdout, stderr } = await run('hosts/cluster.ts', [collector.url]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'one 0\ntwo 0\n', stderr: '' });
  expect(collector.arrived()).toEqual([...work('one'), ...work('two'), 'metric orders', 'metric orders'].sort());
});

test('in a function whose process is frozen as soon as it has answered', async () => {
  const program = join(import.meta.dirname, 'hosts/function.ts');
  const child = spawn(process.execPath, [
    '--conditions=@telemetryflow/source',
    '--no-warnings',
    program,
    collector.url,
  ]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const answered = (name: string) =>
    new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        if (text.includes(`${name} answer`)) resolve();
      });
    });
  const second = answered('second');
  await answered('first');
  // The answer is printed after the flush, so what the backend has now it had before the freeze.
  expect(collector.arrived()).toEqual([...work('first'), 'metric orders'].sort());
  const timer = setInterval(() => child.kill('SIGCONT'), 20);
  await second;
  expect(collector.arrived()).toEqual([...work('first'), ...work('second'), 'metric orders', 'metric orders'].sort());
  expect(await ended).toBe(0);
  clearInterval(timer);
});
