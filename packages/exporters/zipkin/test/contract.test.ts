import { describe, expect, test } from '@jest/globals';
import zipkin from '@telemetryflow/exporter-zipkin';
import type { RecordOf, Signal, SpanRecord } from '@telemetryflow/otlp';
import { exporterContract, FAULT_CELLS, runFaultMatrix, ZIPKIN_PROFILE } from '@telemetryflow/testkit';

const PASSWORD = 'top-secret-password';

const options = {
  definition: zipkin,
  backend: ZIPKIN_PROFILE,
  config: ({ url, caFile }: { url: string; caFile: string | undefined }) => ({
    endpoint: url,
    username: 'proxy',
    password: PASSWORD,
    max_request_bytes: '1000000',
    ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
  }),
};

function oversize<S extends Signal>(_signal: S, records: readonly RecordOf[S][]): readonly RecordOf[S][] {
  return (records as readonly unknown[] as readonly SpanRecord[]).map((span) => ({
    ...span,
    attributes: { ...span.attributes, blob: 'x'.repeat(1_000_000) },
  })) as readonly unknown[] as readonly RecordOf[S][];
}

describe.each(['json', 'proto'])('the exporter contract in %s', (format) => {
  const scenarios = exporterContract({
    ...options,
    config: (at) => ({ ...options.config(at), format }),
    oversize,
    secrets: [PASSWORD],
    notApplicable: {
      partial: 'Zipkin takes all spans of a request, or none, and never says which was bad',
      partialRetry: 'Zipkin takes all spans of a request, or none',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...options, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
