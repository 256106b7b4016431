import { describe, expect, test } from '@jest/globals';
import loki from '@telemetryflow/exporter-loki';
import { exporterContract, FAULT_CELLS, LOKI_PROFILE, OTLP_PROFILE, runFaultMatrix } from '@telemetryflow/testkit';

const push = {
  definition: loki,
  backend: LOKI_PROFILE,
  config: ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
    endpoint: url,
    username: '4711',
    password: 'top-secret-password',
    tenant_attribute: 'tenant',
    ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
  }),
};

describe('the exporter contract', () => {
  const scenarios = exporterContract({
    ...push,
    secrets: ['top-secret-password'],
    planted: ['tenant'],
    notApplicable: {
      partialRetry: 'Loki never names entries to send again',
      oversize: 'long lines are cut, and metadata is trimmed: every record fits',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

describe('the exporter contract over OTLP', () => {
  const { partial: _partial, ...backend } = OTLP_PROFILE;
  const scenarios = exporterContract({
    ...push,
    config: (at) => ({ ...push.config(at), protocol: 'otlp' }),
    backend,
    secrets: ['top-secret-password'],
    planted: ['tenant'],
    notApplicable: {
      partial: 'Loki answers 400 with a text to partly refused OTLP, which the push scenarios cover',
      partialRetry: 'Loki never names entries to send again',
      oversize: 'the limit is that of all OTLP exporters',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...push, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
