import { describe, expect, test } from '@jest/globals';
import type { LogRecord } from '@telemetryflow/otlp';
import {
  APPLOGS_RECEIVER_PROFILE,
  APPLOGS_UPLOAD_PROFILE,
  type ContractEndpoint,
  exporterContract,
  FAULT_CELLS,
  MANAGEENGINE_GATEWAY_PROFILE,
  OPMANAGER_PROFILE,
  OTLP_PROFILE,
  otlpProfile,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';
import { alarming, RISING, rising } from './alarms.ts';

const KEY = 's3cret-api-key-of-32-characters-x';

const trusting = ({ caFile }: ContractEndpoint) => (caFile === undefined ? {} : { tls: { ca_file: caFile } });

const events = {
  backend: OPMANAGER_PROFILE,
  config: (at: ContractEndpoint) => ({
    base_url: at.url,
    api_key: KEY,
    api_key_in: 'header',
    max_events_per_minute: 100_000,
    metric_thresholds: [{ metric: RISING, op: 'gt', value: -1e300, severity: 2 }],
    // Given up one after the other, before they are too old.
    retry: { max_elapsed: '100s' },
    ...trusting(at),
  }),
};

describe.each([
  ['logs', alarming(manageengine)],
  ['metrics', rising(manageengine)],
] as const)('the exporter contract: OpManager, events of %s', (signal, definition) => {
  const scenarios = exporterContract({
    ...events,
    definition,
    signals: [signal],
    secrets: [KEY],
    notApplicable: {
      partial: 'an event is a request of its own',
      partialRetry: 'an event is a request of its own',
      tooLarge: 'an event is a request of its own, which cannot be cut',
      oversize: 'messages and entities are cut',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

const site24x7 = {
  definition: manageengine,
  config: (at: ContractEndpoint) => ({
    product: 'site24x7',
    otlp_endpoint: at.url,
    api_key: KEY,
    traces: true,
    // With it, the first request that is refused is sent twice: see otlp.test.ts.
    compression: 'none',
    ...trusting(at),
  }),
};

describe('the exporter contract: Site24x7, OTLP', () => {
  const scenarios = exporterContract({
    ...site24x7,
    backend: otlpProfile(({ headers }) => (headers['api-key'] === KEY ? undefined : { status: 401 })),
    secrets: [KEY],
    notApplicable: {
      partialRetry: 'OTLP never names items to send again',
      oversize: 'the limit is that of every OTLP exporter',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

const appLogs = (mode: 'applogs' | 'receiver') => ({
  definition: manageengine,
  backend: mode === 'applogs' ? APPLOGS_UPLOAD_PROFILE : APPLOGS_RECEIVER_PROFILE,
  signals: ['logs'] as const,
  config: (at: ContractEndpoint) => ({
    product: 'site24x7',
    logs_mode: mode,
    log_type: 'a-log-type',
    log_token: KEY,
    upload_domain: at.url,
    api_key: KEY,
    ...trusting(at),
  }),
});

describe.each(['applogs', 'receiver'] as const)('the exporter contract: Site24x7, %s', (mode) => {
  const scenarios = exporterContract({
    ...appLogs(mode),
    secrets: [KEY],
    oversize: (_signal, items) =>
      items.map((item) => ({ ...item, attributes: { ...(item as LogRecord).attributes, big: 'x'.repeat(1_000_001) } })),
    notApplicable: {
      partial: 'an array of records is taken or refused as a whole',
      partialRetry: 'an array of records is taken or refused as a whole',
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

const gateway = {
  definition: manageengine,
  backend: MANAGEENGINE_GATEWAY_PROFILE,
  config: (at: ContractEndpoint) => ({
    api_key: KEY,
    metrics_endpoint: `${at.url}/m`,
    logs_endpoint: `${at.url}/l`,
    ...trusting(at),
  }),
};

describe('the exporter contract: a gateway', () => {
  const scenarios = exporterContract({
    ...gateway,
    signals: ['metrics', 'logs'],
    secrets: [KEY],
    notApplicable: {
      partial: 'a gateway takes or refuses whole requests',
      partialRetry: 'a gateway takes or refuses whole requests',
      oversize: "a gateway is the user's own: no item is too large for it here",
    },
  });
  for (const { name, run } of scenarios) test(name, run);
});

describe('every socket fault', () => {
  test('is survived by OTLP', async () => {
    const faults = await runFaultMatrix({ ...site24x7, backend: OTLP_PROFILE, notApplicable: {} });
    expect(faults).toHaveLength(FAULT_CELLS);
  });

  test.each(['applogs', 'receiver'] as const)('is survived by %s', async (mode) => {
    const faults = await runFaultMatrix({ ...appLogs(mode), signal: 'logs', notApplicable: {} });
    expect(faults).toHaveLength(FAULT_CELLS);
  });

  test.each([
    ['logs', alarming(manageengine)],
    ['metrics', rising(manageengine)],
  ] as const)('is survived by events of %s', async (signal, definition) => {
    const faults = await runFaultMatrix({ ...events, definition, signal, notApplicable: {} });
    expect(faults).toHaveLength(FAULT_CELLS);
  });

  test.each(['metrics', 'logs'] as const)('is survived by %s to a gateway', async (signal) => {
    expect(await runFaultMatrix({ ...gateway, signal, notApplicable: {} })).toHaveLength(FAULT_CELLS);
  });
});
