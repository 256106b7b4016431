import { describe, expect, test } from '@jest/globals';
import elasticsearch from '@telemetryflow/exporter-elasticsearch';
import {
  ELASTICSEARCH_OTLP_PROFILE,
  ELASTICSEARCH_PROFILE,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
} from '@telemetryflow/testkit';

const options = {
  definition: elasticsearch,
  backend: ELASTICSEARCH_PROFILE,
  // Without a template there is nothing to ask the cluster for, so every request is a bulk request.
  config: ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
    endpoints: [url],
    template: 'off',
    traces: true,
    username: 'elastic',
    password: 'top-secret-password',
    ...(caFile === undefined ? {} : { tls_ca_file: caFile }),
  }),
};

describe('the exporter contract', () => {
  const scenarios = exporterContract({
    ...options,
    secrets: ['top-secret-password'],
    planted: ['elasticsearch.index', 'elasticsearch.document_id', 'data_stream.dataset', 'data_stream.namespace'],
    notApplicable: { oversize: 'the server alone has a limit, of a request, and answers 413' },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

const overOtlp = {
  definition: elasticsearch,
  backend: ELASTICSEARCH_OTLP_PROFILE,
  config: ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
    endpoints: [url],
    protocol: 'otlp',
    traces: true,
    api_key: 'top-secret-key',
    ...(caFile === undefined ? {} : { tls_ca_file: caFile }),
  }),
};

describe('the exporter contract over OTLP', () => {
  const scenarios = exporterContract({
    ...overOtlp,
    secrets: ['top-secret-key'],
    planted: ['elasticsearch.index', 'data_stream.dataset', 'data_stream.namespace'],
    notApplicable: {
      partialRetry: 'Elasticsearch acknowledges an OTLP request as a whole',
      oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

test.each([
  ['the bulk API', options],
  ['OTLP', overOtlp],
])('survives every socket fault over %s', async (_name, each) => {
  expect(await runFaultMatrix({ ...each, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
