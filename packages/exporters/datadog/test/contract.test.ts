import { describe, expect, test } from '@jest/globals';
import datadog from '@telemetryflow/exporter-datadog';
import type { LogRecord, RecordOf, Signal, SpanRecord } from '@telemetryflow/otlp';
import {
  type ContractEndpoint,
  type ContractOptions,
  DATADOG_AGENT_PROFILE,
  DATADOG_OTLP_PROFILE,
  DATADOG_PROFILE,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import { KEY } from './setup.ts';

function config({ url, caFile }: ContractEndpoint) {
  return {
    api_key: KEY,
    endpoint: url,
    hostname: '',
    headers: { 'X-Gateway-Key': 'gateway-s3cret' },
    metrics: { flush_interval: '1s' },
    apm: { enabled: true },
    flush_interval: '1s',
    batch_size: 1000,
    ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
  };
}

/** Attributes are never cut: an entry whose attributes alone are too large cannot be sent. */
function oversize<S extends Signal>(_signal: S, records: readonly RecordOf[S][]): readonly RecordOf[S][] {
  return records.map((record) => {
    const entry = record as LogRecord;
    return { ...entry, attributes: { ...entry.attributes, blob: 'x'.repeat(1_100_000) } };
  }) as unknown as readonly RecordOf[S][];
}

const shared = { definition: datadog, config, secrets: [KEY, 'gateway-s3cret'] } as const;
const partialRetry = 'Datadog never names items to send again';

const logs: ContractOptions = {
  ...shared,
  signals: ['logs'],
  backend: DATADOG_PROFILE,
  oversize,
  notApplicable: { partialRetry },
};

const metrics: ContractOptions = {
  ...shared,
  signals: ['metrics'],
  backend: DATADOG_PROFILE,
  notApplicable: { partialRetry, oversize: 'tags are cut at 200 characters: a point has to have thousands of them' },
};

const { partial: _partial, ...otlpBackend } = DATADOG_OTLP_PROFILE;
const otlp: ContractOptions = {
  ...shared,
  config: (endpoint) => ({ ...config(endpoint), protocol: 'otlp' }),
  backend: otlpBackend,
  notApplicable: {
    partialRetry,
    partial: 'partial success is read by the code of all OTLP exporters, and tested there',
    oversize: 'the limit is that of all OTLP exporters',
  },
};

const whole = 'an Agent takes or refuses a request as a whole';
const agent: ContractOptions = {
  ...shared,
  config: (endpoint) => ({ ...config(endpoint), apm: { enabled: true, protocol: 'agent_v04' } }),
  signals: ['traces'],
  backend: DATADOG_AGENT_PROFILE,
  oversize: (_signal, records) =>
    (records as readonly unknown[] as readonly SpanRecord[]).map((span) => ({
      ...span,
      attributes: { ...span.attributes, blob: 'x'.repeat(9_000_000) },
    })) as readonly unknown[] as never,
  notApplicable: { partialRetry: whole, partial: whole, auth: 'an Agent asks for no key' },
};

describe.each([
  ['metrics', metrics],
  ['logs', logs],
  ['OTLP', otlp],
  ["an Agent's own intake", agent],
] as const)('the exporter contract, %s', (_name, options) => {
  for (const { name, run } of exporterContract(options)) test(name, run);
});

test.each([
  ['metrics', metrics],
  ['logs', logs],
  ['traces', otlp],
  ['traces', agent],
] as const)('%s survive every socket fault', async (signal, options) => {
  const cells = await runFaultMatrix({ ...options, signal, notApplicable: {} });
  expect(cells).toHaveLength(FAULT_CELLS);
  expect(cells.some(({ outcome }) => outcome === 'retried')).toBe(true);
});
