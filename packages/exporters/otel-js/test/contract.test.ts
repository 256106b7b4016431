/** The official OTLP/HTTP exporters as guests: what every exporter promises has to hold with them too. */
import { describe, expect, test } from '@jest/globals';
import {
  type ContractEndpoint,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
  type Scenario,
} from '@telemetryflow/testkit';
import otelJs from '../src/index.ts';
import { OFFICIAL_PROFILE, officialBlock } from './official.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const SECRET = 'guest-s3cret-token';
/** Where the backend answers: longer than a busy machine takes. */
const PATIENT_MS = 10_000;
/** Where an attempt has to time out, in real time: shorter than the pause before the exporter's own second attempt. */
const IMPATIENT_MS = 700;
/** The scenarios in which the backend leaves a request without an answer, or without its end. */
const UNANSWERED = /never answers|stops half-way|shutdown deadline has passed/;

const notApplicable = {
  partialRetry: 'OTLP never asks for single items again',
  throttle: 'the exporters of the SDK keep the delay to themselves',
  page: 'the exporters of the SDK take every 2xx for a success, and show no answer that is no OTLP',
  oversize: 'the encoder makes no bytes: it has no limit of its own',
};

describe.each(SIGNALS)('the exporter contract', (signal) => {
  const scenarios = (timeoutMs: number): Scenario[] =>
    exporterContract({
      definition: otelJs,
      backend: OFFICIAL_PROFILE,
      signals: [signal],
      config: (endpoint) => ({
        ...officialBlock(signal, endpoint, timeoutMs),
        headers: { authorization: `Bearer ${SECRET}` },
      }),
      secrets: [SECRET],
      // Where a connection breaks, the exporters of the SDK try again themselves.
      requestsPerSend: 2,
      notApplicable,
    });
  const impatient = scenarios(IMPATIENT_MS).filter(({ name }) => UNANSWERED.test(name));
  const patient = scenarios(PATIENT_MS).filter(({ name }) => !UNANSWERED.test(name));
  for (const { name, run } of [...patient, ...impatient]) test(name, run);
});

test('every socket fault in every phase ends well', async () => {
  const config = (endpoint: ContractEndpoint) => officialBlock('traces', endpoint, IMPATIENT_MS);
  const cells = await runFaultMatrix({ definition: otelJs, backend: OFFICIAL_PROFILE, signal: 'traces', config });
  expect(cells).toHaveLength(FAULT_CELLS);
});
