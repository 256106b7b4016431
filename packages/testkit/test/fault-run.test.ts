import { expect, test } from '@jest/globals';
import { delivered } from '@telemetryflow/kernel';
import { type FaultRunOptions, runFaults } from '@telemetryflow/testkit';
import { sending, TOKEN, toy, toyBackend } from './toy-exporter.ts';

const run: FaultRunOptions = {
  definition: toy,
  backend: toyBackend,
  signal: 'logs',
  config: ({ url }) => ({ endpoint: url, token: TOKEN, retry: { max_elapsed: '0s' } }),
  items: 2000,
  batch: 100,
  seed: 7,
};

test('an honest exporter loses nothing, and doubles no more than ambiguous answers explain', async () => {
  const report = await runFaults(run);
  expect(report.delivered).toBe(2000);
  expect(report.duplicates).toBeLessThanOrEqual(report.duplicatesAllowed);
  const met = Object.entries(report.faults).filter(([, times]) => times > 0);
  expect(met.length).toBeGreaterThanOrEqual(8);
});

test('an exporter that takes a reset for a delivery is found out', async () => {
  const lying = sending(async (honest, payload, options) => {
    const outcome = await honest(payload, options);
    return outcome.retry?.reason === 'network' ? delivered() : outcome;
  });
  await expect(runFaults({ ...run, definition: lying })).rejects.toThrow(/items were lost/);
});
