import { describe, expect, test } from '@jest/globals';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  type GrpcAnswer,
  type GrpcRequest,
  otlpGrpcProfile,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import netdata from '../src/index.ts';

const SECRET = 'netdata-s3cret-token';

const { partial: _partial, ...backend } = otlpGrpcProfile({ signals: ['metrics'] });

const options: ContractOptions<GrpcRequest, GrpcAnswer> = {
  definition: netdata,
  config: ({ url, caFile }) => ({
    metrics_endpoint: url,
    headers: { Authorization: `Bearer ${SECRET}` },
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  backend,
  secrets: [SECRET],
  notApplicable: {
    partial: 'an Agent never sets partial_success for metrics',
    partialRetry: 'OTLP never asks for single items again',
    oversize: 'the limit of a request is that of every OTLP exporter',
    faults: 'answers are HTTP/2 frames, which the tests of otlp_grpc cover',
  },
};

describe('the exporter contract over OTLP', () => {
  for (const { name, run } of exporterContract(options)) test(name, run);
});

test('survives every socket fault', async () => {
  const config: typeof options.config = (endpoint) => ({ ...options.config(endpoint), batch_size: 1 });
  expect(await runFaultMatrix({ ...options, config })).toHaveLength(FAULT_CELLS);
});
