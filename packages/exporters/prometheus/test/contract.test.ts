import { describe, expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  prometheusOtlpProfile,
  prometheusProfile,
  runFaultMatrix,
} from '@telemetryflow/testkit';

const PASSWORD = 'top-secret-password';
const authorization = `Basic ${Buffer.from(`writer:${PASSWORD}`).toString('base64')}`;

function contract(protocol: '1.0' | '2.0'): ContractOptions {
  return {
    definition: prometheus,
    config: ({ url, caFile }) => ({
      endpoint: url,
      protocol,
      username: 'writer',
      password: PASSWORD,
      // The stale markers are one more request at the end, which carries no items.
      stale_on_shutdown: false,
      ...(caFile !== undefined && { tls: { ca_file: caFile } }),
    }),
    backend: prometheusProfile({ authorization }),
    secrets: [PASSWORD],
    oversize: (_signal, item) =>
      (item as readonly ResourceMetricsRecord[]).map((record) => ({
        ...record,
        resource: { attributes: { ...record.resource.attributes, 'service.name': 'x'.repeat(3_100_000) } },
      })) as never,
    notApplicable: {
      partial:
        protocol === '1.0'
          ? 'remote write 1.0 takes or refuses whole requests'
          : 'the Written headers count samples, not data points: classify.test.ts',
      partialRetry: 'remote write never names samples to send again',
    },
  };
}

describe.each(['1.0', '2.0'] as const)('the exporter contract for remote write %s', (protocol) => {
  for (const { name, run } of exporterContract(contract(protocol))) test(name, run);
});

const otlp: ContractOptions = {
  ...contract('1.0'),
  config: (at) => ({ ...contract('1.0').config(at), protocol: 'otlp' }),
  backend: prometheusOtlpProfile({ authorization }),
  notApplicable: {
    partial: 'Prometheus takes or refuses whole requests',
    partialRetry: 'Prometheus never names points to send again',
  },
};

describe('the exporter contract for OTLP', () => {
  for (const { name, run } of exporterContract(otlp)) test(name, run);
});

test('survives every socket fault over OTLP', async () => {
  expect(await runFaultMatrix(otlp)).toHaveLength(FAULT_CELLS);
});

test('survives every socket fault', async () => {
  expect(await runFaultMatrix(contract('1.0'))).toHaveLength(FAULT_CELLS);
});
