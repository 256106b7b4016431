import { test } from '@jest/globals';
import { exporterContract, OTLP_PROFILE } from '@telemetryflow/testkit';
import signoz from '../src/index.ts';

const KEY = 'signoz-s3cret-key';

const scenarios = exporterContract({
  definition: signoz,
  config: ({ url, caFile }) => ({
    endpoint: url,
    access_token: KEY,
    exponential_histograms: 'convert',
    log_body: 'wrap',
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  backend: OTLP_PROFILE,
  secrets: [KEY],
  notApplicable: {
    partialRetry: 'OTLP never asks for single items again',
    oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
  },
});
for (const { name, run } of scenarios) test(name, run);
