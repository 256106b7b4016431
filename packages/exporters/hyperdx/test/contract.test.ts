import { expect, test } from '@jest/globals';
import { exporterContract, FAULT_CELLS, hyperdxProfile, runFaultMatrix } from '@telemetryflow/testkit';
import hyperdx from '../src/index.ts';

const KEY = 'hyperdx-s3cret-key';

const options = {
  definition: hyperdx,
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    endpoint: url,
    api_key: KEY,
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  backend: hyperdxProfile({ authorization: KEY }),
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
