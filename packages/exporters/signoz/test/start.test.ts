/** What is said at start about exponential histograms. */
import { expect, test } from '@jest/globals';
import type { Signal } from '@telemetryflow/otlp';
import { exporterFor } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

async function warningsOf(block: Readonly<Record<string, unknown>>, signal: Signal): Promise<readonly string[]> {
  const warnings: string[] = [];
  const silent = (): void => undefined;
  const logger = { error: silent, warn: (text: string) => void warnings.push(text), info: silent, debug: silent };
  const exporter = await exporterFor(signoz, block, signal, { logger });
  expect(warnings).toEqual([]);
  await exporter.start?.();
  await exporter.stop?.();
  return warnings;
}

const CLOUD = { region: 'eu', access_token: 'K' };

test.each([{}, { protocol: 'grpc' }, { exponential_histograms: 'pass' }])(
  'that they pass to a self-hosted server is said once: %j',
  async (block) => {
    expect(await warningsOf(block, 'metrics')).toEqual([expect.stringMatching(/enable_exp_hist: true.*convert/)]);
  },
);

test.each<[Readonly<Record<string, unknown>>, Signal]>([
  [{}, 'traces'],
  [{}, 'logs'],
  [{ exponential_histograms: 'convert' }, 'metrics'],
  [CLOUD, 'metrics'],
])('nothing is said with %j for %s', async (block, signal) => {
  expect(await warningsOf(block, signal)).toEqual([]);
});
