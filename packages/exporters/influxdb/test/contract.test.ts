import { describe, expect, test } from '@jest/globals';
import {
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  influxdbProfile,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import influxdb from '../src/index.ts';

const SECRET = 'influx-s3cret-token';

function options(version: 1 | 2 | 3, block: Readonly<Record<string, unknown>>): ContractOptions {
  return {
    definition: influxdb,
    config: ({ url, caFile }) => ({
      endpoint: url,
      version,
      ...block,
      ...(caFile !== undefined && { tls: { ca_file: caFile } }),
    }),
    backend: influxdbProfile({ version, database: 'telemetry' }),
    secrets: [SECRET],
    oversize: (_signal, records) =>
      records.map((record) => {
        const attributes = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`blob${i}`, 'x'.repeat(4096)]));
        const withBlobs = (points: readonly { attributes: object }[]) =>
          points.map((point) => ({ ...point, attributes: { ...point.attributes, ...attributes } }));
        const { resource, scopeMetrics } = record as unknown as {
          resource: object;
          scopeMetrics: readonly {
            scope: object;
            metrics: readonly { dataPoints: readonly { attributes: object }[] }[];
          }[];
        };
        const scopes = scopeMetrics.map(({ scope, metrics }) => ({
          scope,
          metrics: metrics.map((metric) => ({ ...metric, dataPoints: withBlobs(metric.dataPoints) })),
        }));
        return { resource, scopeMetrics: scopes } as unknown as typeof record;
      }),
    notApplicable: { partialRetry: 'InfluxDB never asks for single points again' },
  };
}

const cases: readonly (readonly [string, ContractOptions])[] = [
  ['InfluxDB 1', options(1, { database: 'telemetry', username: 'u', password: SECRET })],
  ['InfluxDB 2', options(2, { org: 'acme', bucket: 'telemetry', token: SECRET })],
  ['InfluxDB 3', options(3, { database: 'telemetry', token: SECRET })],
];

describe.each(cases)('%s', (_name, contract) => {
  for (const { name, run } of exporterContract(contract)) test(name, run);
});

test('survives every socket fault', async () => {
  const [[, contract] = ['', undefined]] = cases;
  if (contract === undefined) throw new Error('there is no case');
  expect(await runFaultMatrix({ ...contract, notApplicable: {} })).toHaveLength(FAULT_CELLS);
});
