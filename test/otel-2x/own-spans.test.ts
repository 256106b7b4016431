/** A host on the 2.x line whose `http` is instrumented does not trace our own sends. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

test('a traced service on the 2.x line gets no spans of our own sends', async () => {
  const program = join(import.meta.dirname, 'traced-host.mjs');
  const args = ['--conditions=@telemetryflow/source', '--no-warnings', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 });
  expect(JSON.parse(stdout)).toEqual({ arrived: 100, delivered: 100, handlers: 100, own: 0, control: 1 });
});

test('nor spans or http metrics of what goes out by the parts of fromConfig', async () => {
  const program = join(import.meta.dirname, 'traced-service.mjs');
  const args = ['--conditions=@telemetryflow/source', '--no-warnings', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 });
  expect(JSON.parse(stdout)).toEqual({ exports: 100, own: [], ownMetrics: [], control: 1 });
});
