/** A host whose http is instrumented gets no telemetry about our own sends: no spans, and no http metrics either. */
import { expect, test } from '@jest/globals';
import { run } from './processes.ts';

test('a traced service gets no spans and no http metrics of our own sends', async () => {
  const { stdout, stderr } = await run('traced-host.ts', []);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ exports: 100, own: [], ownMetrics: [], control: 1 });
});
