import { expect, test } from '@jest/globals';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  type GrpcAnswer,
  type GrpcRequest,
  otlpGrpcProfile,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import { decodeWithDefaults } from '../../../otlp/test/wire/oracle.ts';
import otlpGrpc from '../src/index.ts';

const SECRET = 'grpc-s3cret-token';

const options: ContractOptions<GrpcRequest, GrpcAnswer> = {
  definition: otlpGrpc,
  config: ({ url, caFile }) => ({
    endpoint: url,
    headers: { Authorization: `Bearer ${SECRET}` },
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
  // Judged by protobufjs and the official definitions: none of our own code says what is valid.
  backend: otlpGrpcProfile({ judge: decodeWithDefaults }),
  secrets: [SECRET],
  oversize,
  notApplicable: {
    partialRetry: 'OTLP never asks for single items again',
    faults: 'answers are HTTP/2 frames; oversized, malformed and missing ones are in transport.test.ts',
  },
};

/** An item with a string that no request of 4 MB holds. */
function oversize<S extends Signal>(signal: S, items: readonly RecordOf[S][]): readonly RecordOf[S][] {
  const long = 'x'.repeat(5_000_000);
  if (signal === 'metrics') {
    const [resourceMetrics] = items as readonly RecordOf['metrics'][];
    const scopeMetrics = resourceMetrics?.scopeMetrics.map((each) => ({
      ...each,
      metrics: each.metrics.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes: { ...point.attributes, long } })),
      })),
    }));
    return [{ ...resourceMetrics, scopeMetrics }] as unknown as readonly RecordOf[S][];
  }
  return items.map((item) => {
    const record = item as LogRecord;
    return { ...record, attributes: { ...record.attributes, long } } as unknown as RecordOf[S];
  });
}

for (const { name, run } of exporterContract(options)) test(name, run);

test('every socket fault in every phase ends well', async () => {
  const config: typeof options.config = (endpoint) => ({ ...options.config(endpoint), batch_size: 1 });
  const cells = await runFaultMatrix({ ...options, config, signal: 'logs' });
  expect(cells).toHaveLength(FAULT_CELLS);
});
