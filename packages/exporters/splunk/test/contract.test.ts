import { describe, expect, test } from '@jest/globals';
import splunk from '@telemetryflow/exporter-splunk';
import { exporterContract, FAULT_CELLS, runFaultMatrix, SPLUNK_PROFILE } from '@telemetryflow/testkit';

const TOKEN = '11111111-aaaa-bbbb-cccc-0123456789ab';

const options = {
  definition: splunk,
  backend: SPLUNK_PROFILE,
  config: ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
    endpoint: url,
    token: TOKEN,
    traces: true,
    ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
  }),
};

describe('the exporter contract', () => {
  const scenarios = exporterContract({
    ...options,
    secrets: [TOKEN],
    planted: ['com.splunk.index', 'com.splunk.source', 'com.splunk.sourcetype'],
    notApplicable: {
      partial: 'Splunk refuses a request as a whole and names one event: delivery.test.ts covers it',
      partialRetry: 'Splunk never names events to send again',
      oversize: 'the limit of the server is not known: a longer event is sent alone',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...options, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
