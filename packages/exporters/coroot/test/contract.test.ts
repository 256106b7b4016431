import { describe, expect, test } from '@jest/globals';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  corootGrpcProfile,
  corootProfile,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import coroot from '../src/index.ts';

const KEY = 'coroot-s3cret-key';

const options = {
  definition: coroot,
  backend: corootProfile({ apiKey: KEY }),
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    endpoint: url,
    api_key: KEY,
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
};
const notApplicable = {
  partial: 'Coroot never refuses a part of a request',
  partialRetry: 'Coroot never asks for single items again',
};

describe('the exporter contract for OTLP', () => {
  const scenarios = exporterContract({
    ...options,
    signals: ['traces', 'logs'],
    secrets: [KEY],
    notApplicable: { ...notApplicable, oversize: 'the limit is that of every OTLP exporter, proven for otlp_http' },
  });
  for (const { name, run } of scenarios) test(name, run);
});

describe('the exporter contract for OTLP over gRPC', () => {
  const scenarios = exporterContract({
    ...options,
    backend: corootGrpcProfile({ apiKey: KEY }),
    config: (endpoint) => ({ ...options.config(endpoint), protocol: 'grpc', metrics: false }),
    signals: ['traces', 'logs'],
    secrets: [KEY],
    notApplicable: {
      ...notApplicable,
      throttle: 'Coroot never says when to come back',
      tooLarge: 'its gRPC server has no limit of size',
      oversize: 'the limit is that of every OTLP exporter, proven for otlp_grpc',
      faults: 'answers are HTTP/2 frames, which the tests of otlp_grpc cover',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

describe('the exporter contract for remote write', () => {
  const scenarios = exporterContract({
    ...options,
    signals: ['metrics'],
    secrets: [KEY],
    oversize: (_signal, item) =>
      (item as readonly ResourceMetricsRecord[]).map((record) => ({
        ...record,
        resource: { attributes: { ...record.resource.attributes, 'service.name': 'x'.repeat(2_100_000) } },
      })) as never,
    notApplicable,
  });
  for (const { name, run } of scenarios) test(name, run);
});

test.each(['traces', 'metrics'] as const)('%s survive every socket fault', async (signal) => {
  expect(await runFaultMatrix({ ...options, signal })).toHaveLength(FAULT_CELLS);
});
