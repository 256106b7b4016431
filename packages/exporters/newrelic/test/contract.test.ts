import { describe, expect, test } from '@jest/globals';
import {
  exporterContract,
  FAULT_CELLS,
  NEWRELIC_OTLP_PROFILE,
  NEWRELIC_PROFILE,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import newrelic from '../src/index.ts';

const KEY = 's3cret-license-key-of-forty-characters-x';

const config = ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
  endpoint: url,
  license_key: KEY,
  environment: 'production',
  ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
});

const WHOLE = {
  partial: 'New Relic takes or refuses whole requests, and validates items after its answer',
  partialRetry: 'New Relic never names items to send again',
};

const overApi = {
  definition: newrelic,
  backend: NEWRELIC_PROFILE,
  config: (at: Parameters<typeof config>[0]) => ({ ...config(at), protocol: 'api' }),
};

describe('the exporter contract over OTLP', () => {
  const scenarios = exporterContract({
    definition: newrelic,
    config,
    backend: NEWRELIC_OTLP_PROFILE,
    secrets: [KEY],
    notApplicable: { ...WHOLE, oversize: 'the limit is that of every OTLP exporter' },
  });
  for (const { name, run } of scenarios) test(name, run);
});

describe('the exporter contract over the JSON APIs', () => {
  const scenarios = exporterContract({
    ...overApi,
    secrets: [KEY],
    notApplicable: { ...WHOLE, oversize: 'values are cut; what remains too large is tested with the encoders' },
  });
  for (const { name, run } of scenarios) test(name, run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...overApi, notApplicable: WHOLE })).toHaveLength(FAULT_CELLS);
});
