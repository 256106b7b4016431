import { expect, test } from '@jest/globals';
import { exporterContract, FAULT_CELLS, runFaultMatrix, signozProfile } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

const KEY = 'signoz-s3cret-key';

const options = {
  definition: signoz,
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    endpoint: url,
    access_token: KEY,
    exponential_histograms: 'convert',
    log_body: 'wrap',
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  backend: signozProfile({ key: KEY }),
};

const scenarios = exporterContract({
  ...options,
  secrets: [KEY],
  notApplicable: {
    partialRetry: 'OTLP never asks for single items again',
    oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
  },
});
for (const { name, run } of scenarios) test(name, run);

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...options, signal: 'logs' })).toHaveLength(FAULT_CELLS);
});
