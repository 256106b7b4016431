import { describe, expect, test } from '@jest/globals';
import { exporterContract, FAULT_CELLS, openobserveProfile, runFaultMatrix } from '@telemetryflow/testkit';
import openobserve from '../src/index.ts';

const PASSWORD = 'openobserve-s3cret';
const rules = { username: 'root@example.com', password: PASSWORD };

const options = {
  definition: openobserve,
  backend: openobserveProfile(rules),
  config: ({ url, caFile }: { readonly url: string; readonly caFile: string | undefined }) => ({
    endpoint: url,
    ...rules,
    ...(caFile !== undefined && { tls: { ca_file: caFile } }),
  }),
};
const notApplicable = {
  partialRetry: 'OpenObserve never asks for single items again',
  oversize: 'the limit is that of every OTLP exporter, proven for otlp_http',
};

describe('the exporter contract', () => {
  for (const { name, run } of exporterContract({ ...options, secrets: [PASSWORD], notApplicable })) test(name, run);
});

describe('the exporter contract with JSON records', () => {
  const scenarios = exporterContract({
    ...options,
    config: (at) => ({ ...options.config(at), logs_protocol: 'json', max_request_bytes: '20KiB' }),
    signals: ['logs'],
    secrets: [PASSWORD],
    oversize: (_signal, [record]) => [{ ...record, body: 'x'.repeat(30_000) }] as never,
    notApplicable: { partialRetry: notApplicable.partialRetry },
  });
  for (const { name, run } of scenarios) test(name, run);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix({ ...options, signal: 'logs' })).toHaveLength(FAULT_CELLS);
});
