import { expect, test } from '@jest/globals';
import { delivered, drop } from '@telemetryflow/kernel';
import { FAULT_PHASES, type FaultMatrixOptions, runFaultMatrix, SOCKET_FAULTS } from '@telemetryflow/testkit';
import { sending, TOKEN, toy, toyBackend } from './toy-exporter.ts';

const matrix: FaultMatrixOptions = {
  definition: toy,
  backend: toyBackend,
  signal: 'logs',
  config: ({ url, caFile }) => ({
    endpoint: url,
    token: TOKEN,
    ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
  }),
};

test('an honest exporter survives every fault at every phase, and delivers afterwards', async () => {
  const cells = await runFaultMatrix(matrix);
  expect(cells).toHaveLength(FAULT_PHASES.length * SOCKET_FAULTS.length);
  const early = cells.filter(({ phase }) => phase !== 'response_body' && phase !== 'idle');
  expect(early.filter(({ outcome }) => outcome !== 'retried')).toEqual([]);
});

test('an exporter that takes a dead connection for a delivery is found out', async () => {
  const lying = sending(async (honest, payload, options) => {
    const outcome = await honest(payload, options);
    return outcome.retry === undefined ? outcome : delivered();
  });
  await expect(
    runFaultMatrix({ ...matrix, definition: lying, phases: ['request_headers'], faults: ['reset'] }),
  ).rejects.toThrow(/request_headers × reset/);
});

test('an exporter that drops data on a dead connection is found out', async () => {
  const dropping = sending(async (honest, payload, options) => {
    const outcome = await honest(payload, options);
    return outcome.retry === undefined ? outcome : drop('network');
  });
  await expect(
    runFaultMatrix({ ...matrix, definition: dropping, phases: ['connect', 'response_headers'], faults: ['garbage'] }),
  ).rejects.toThrow(/2 of 2 cells broke/);
});

test('cells that do not apply are listed with the reason', async () => {
  const [cell] = await runFaultMatrix({
    ...matrix,
    notApplicable: { tls: 'plain text only' },
    phases: ['tls'],
    faults: ['reset'],
  });
  expect(cell).toEqual({ phase: 'tls', fault: 'reset', outcome: 'not applicable', detail: 'plain text only' });
});
