/** The official OTLP/HTTP exporters as guests: what every exporter promises has to hold with them too. */
import { describe, expect, test } from '@jest/globals';
import { type ContractEndpoint, exporterContract, FAULT_CELLS, runFaultMatrix } from '@telemetryflow/testkit';
import otelJs from '../src/index.ts';
import { OFFICIAL_PROFILE, officialBlock } from './official.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const SECRET = 'guest-s3cret-token';
/** Longer than a busy machine takes, and shorter than the scenarios wait for the end of an exporter that waits. */
const PATIENT_MS = 3000;
/** Shorter than the pause before the exporter's own second attempt. */
const IMPATIENT_MS = 700;

const notApplicable = {
  partial: 'the exporters of the SDK call a partial success a success, and tell only their own log',
  partialRetry: 'OTLP never asks for single items again',
  throttle: 'the exporters of the SDK keep the delay to themselves',
  oversize: 'the encoder makes no bytes: it has no limit of its own',
};

describe.each(SIGNALS)('the exporter contract', (signal) => {
  const scenarios = exporterContract({
    definition: otelJs,
    backend: OFFICIAL_PROFILE,
    signals: [signal],
    config: (endpoint) => ({
      ...officialBlock(signal, endpoint, PATIENT_MS),
      headers: { authorization: `Bearer ${SECRET}` },
    }),
    secrets: [SECRET],
    // Where a connection breaks, the exporters of the SDK try again themselves.
    requestsPerSend: 2,
    notApplicable,
  });
  for (const { name, run } of scenarios) test(name, run);
});

test('every socket fault in every phase ends well', async () => {
  const config = (endpoint: ContractEndpoint) => officialBlock('traces', endpoint, IMPATIENT_MS);
  const cells = await runFaultMatrix({ definition: otelJs, backend: OFFICIAL_PROFILE, signal: 'traces', config });
  expect(cells).toHaveLength(FAULT_CELLS);
}, 60_000);
