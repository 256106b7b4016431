import { describe, expect, test } from '@jest/globals';
import type { LogRecord, RecordOf, ResourceMetricsRecord, Signal } from '@telemetryflow/otlp';
import {
  CLOUDWATCH_LOGS_PROFILE,
  CLOUDWATCH_METRICS_PROFILE,
  CLOUDWATCH_OTLP_PROFILE,
  type ContractOptions,
  exporterContract,
  FAULT_CELLS,
  runFaultMatrix,
} from '@telemetryflow/testkit';
import cloudwatch from '../src/index.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const TOKEN = 'FwoGZXIvYXdzEXAMPLEsessionToken//';
const HEADER = 'gateway-s3cret';

/** Attributes are never cut: a record whose attributes alone are too large cannot be sent. */
function oversize<S extends Signal>(_signal: S, records: readonly RecordOf[S][]): readonly RecordOf[S][] {
  return records.map((record) => {
    const log = record as LogRecord;
    return { ...log, attributes: { ...log.attributes, blob: 'x'.repeat(1_100_000) } };
  }) as unknown as readonly RecordOf[S][];
}

const shared: Omit<ContractOptions, 'backend'> = {
  definition: cloudwatch,
  config: ({ url }) => ({
    region: 'us-east-1',
    endpoint_override: url,
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: SECRET,
    session_token: TOKEN,
    headers: { 'X-Gateway-Key': HEADER },
    log_group: '/contract/{service.name}',
    log_stream: '{host.name}',
    flush_interval: '1s',
    batch_size: 1000,
    dimensions: { resource: ['service.name'] },
  }),
  secrets: [SECRET, TOKEN, HEADER],
};

const metrics: ContractOptions = {
  ...shared,
  signals: ['metrics'],
  backend: CLOUDWATCH_METRICS_PROFILE,
  notApplicable: {
    partial: 'PutMetricData takes all datums of a request, or none',
    partialRetry: 'PutMetricData takes all datums of a request, or none',
    oversize: 'a point has 30 short dimensions at most: none exceeds a request',
  },
};

const logs: ContractOptions = {
  ...shared,
  signals: ['logs'],
  backend: CLOUDWATCH_LOGS_PROFILE,
  oversize,
  notApplicable: {
    partial: 'PutLogEvents refuses events at either end of a request only: proven in send-logs.test.ts',
    partialRetry: 'PutLogEvents never names events to send again',
  },
};

describe('metrics', () => {
  for (const { name, run } of exporterContract(metrics)) test(name, run);
});

describe('logs', () => {
  for (const { name, run } of exporterContract(logs)) test(name, run);
});

/** All three signals, signed; the profile checks each signature. */
const otlp: ContractOptions = {
  ...shared,
  config: (at) => ({ ...shared.config(at), traces: true, metrics_protocol: 'otlp', logs_protocol: 'otlp' }),
  backend: CLOUDWATCH_OTLP_PROFILE,
  planted: ['service.name', 'host.name'],
  oversize: (signal, records) => (signal === 'metrics' ? longPoint(records) : longRecord(records)),
  notApplicable: { partialRetry: 'OTLP never asks for single items again' },
};

const BLOB = { blob: 'x'.repeat(1_100_000) };

function longRecord<R>(records: readonly R[]): readonly R[] {
  return records.map((record) => {
    const long = record as { readonly attributes: object };
    return { ...record, attributes: { ...long.attributes, ...BLOB } };
  });
}

function longPoint<R>(records: readonly R[]): readonly R[] {
  return (records as unknown as readonly ResourceMetricsRecord[]).map((record) => ({
    ...record,
    scopeMetrics: record.scopeMetrics.map(({ scope, metrics: all }) => ({
      scope,
      metrics: all.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({ ...point, attributes: { ...point.attributes, ...BLOB } })),
      })),
    })),
  })) as unknown as readonly R[];
}

describe('over OTLP', () => {
  for (const { name, run } of exporterContract(otlp)) test(name, run);
});

test.each([metrics, logs, { ...otlp, signals: ['traces'] } satisfies ContractOptions])(
  'every socket fault in every phase ends well',
  async (options) => {
    const cells = await runFaultMatrix({
      ...options,
      ...(options.signals?.[0] && { signal: options.signals[0] }),
      notApplicable: { ...options.notApplicable, tls: 'certificates are trusted through NODE_EXTRA_CA_CERTS alone' },
    });
    expect(cells).toHaveLength(FAULT_CELLS);
    expect(cells.some(({ outcome }) => outcome === 'retried')).toBe(true);
  },
);
