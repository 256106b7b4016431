import { describe, expect, test } from '@jest/globals';
import type { LogRecord, RecordOf, Signal } from '@telemetryflow/otlp';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  OTLP_PROFILE,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import otlpHttp from '../src/index.ts';

const SECRET = 'otlp-s3cret-token';

function contract(block: Readonly<Record<string, unknown>>): ContractOptions {
  return {
    definition: otlpHttp,
    config: ({ url, caFile }) => ({
      endpoint: url,
      headers: { Authorization: `Bearer ${SECRET}` },
      ...(caFile !== undefined && { tls: { ca_file: caFile } }),
      ...block,
    }),
    backend: OTLP_PROFILE,
    secrets: [SECRET],
    oversize,
    notApplicable: { partialRetry: 'OTLP never asks for single items again' },
  };
}

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

describe('protobuf', () => {
  for (const { name, run } of exporterContract(contract({}))) test(name, run);
});

describe('JSON', () => {
  for (const { name, run } of exporterContract({ ...contract({ encoding: 'json' }), signals: ['logs'] }))
    test(name, run);
});

test('every socket fault in every phase ends well', async () => {
  const cells = await runFaultMatrix({ ...contract({ batch_size: 1 }), signal: 'logs' });
  expect(cells).toHaveLength(FAULT_CELLS);
});
