import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configFromEnv } from '../src/index.ts';

const exporters = (variables: Record<string, string>) => configFromEnv(variables).config['exporters'];
const pipelines = (variables: Record<string, string>) =>
  (configFromEnv(variables).config['service'] as { readonly pipelines: unknown }).pipelines;

test('without variables everything goes to OTLP on this machine', () => {
  expect(configFromEnv({})).toEqual({
    config: {
      exporters: { otlp_http: { endpoint: 'http://localhost:4318' } },
      service: {
        pipelines: {
          traces: { exporters: ['otlp_http'] },
          metrics: { exporters: ['otlp_http'] },
          logs: { exporters: ['otlp_http'] },
        },
      },
    },
    options: {},
    disabled: false,
    unconverted: [],
  });
});

describe('endpoints', () => {
  test('the shared one is a base, that of a signal a whole URL', () => {
    expect(
      exporters({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com/base',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://logs.example.com/ingest',
      }),
    ).toEqual({
      otlp_http: { endpoint: 'https://otlp.example.com/base', logs: false },
      'otlp_http/logs': { logs_endpoint: 'https://logs.example.com/ingest', traces: false, metrics: false },
    });
  });

  test('over gRPC both are a server', () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(exporters(grpc)).toEqual({ otlp_grpc: { endpoint: 'http://localhost:4317' } });
    expect(
      exporters({ ...grpc, OTEL_EXPORTER_OTLP_ENDPOINT: 'otlp:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }),
    ).toEqual({ otlp_grpc: { endpoint: 'otlp:4317', tls: { insecure: true } } });
    expect(
      exporters({ ...grpc, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }),
    ).toEqual({ otlp_grpc: { endpoint: 'https://otlp:4317' } });
  });
});

test('headers are percent-decoded, and those of a signal win', () => {
  expect(
    exporters({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a%3Db, x-tenant = one ,broken, bad=%zz',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=two',
    }),
  ).toMatchObject({
    otlp_http: { headers: { authorization: 'Bearer a=b', 'x-tenant': 'two', bad: '%zz' } },
    'otlp_http/metrics': { headers: { authorization: 'Bearer a=b', 'x-tenant': 'one', bad: '%zz' } },
  });
});

test('protocol, timeout, compression and certificates', () => {
  expect(
    exporters({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/cert.pem',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    }),
  ).toEqual({
    otlp_http: {
      endpoint: 'http://localhost:4318',
      encoding: 'json',
      timeout: '1500ms',
      compression: 'none',
      tls: { ca_file: '/ca.pem', cert_file: '/cert.pem', key_file: '/key.pem' },
      metrics: false,
    },
    otlp_grpc: {
      endpoint: 'http://localhost:4317',
      timeout: '1500ms',
      compression: 'none',
      tls: { ca_file: '/ca.pem', cert_file: '/cert.pem', key_file: '/key.pem' },
      traces: false,
      logs: false,
    },
  });
});

test('exporters by signal: otlp, console and none, one or several', () => {
  expect(
    pipelines({ OTEL_TRACES_EXPORTER: 'console,otlp', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: ' console ' }),
  ).toEqual({ traces: { exporters: ['debug', 'otlp_http'] }, logs: { exporters: ['debug'] } });
});

test('service name and resource attributes fill what the telemetry lacks', () => {
  const attributes = 'service.name=shop,deployment.environment=test%2C1';
  const filled = { service_name: 'shop', tags: { 'deployment.environment': 'test,1' } };
  expect(exporters({ OTEL_RESOURCE_ATTRIBUTES: attributes })).toMatchObject({ otlp_http: filled });
  expect(exporters({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'cart' })).toMatchObject({
    otlp_http: { ...filled, service_name: 'cart' },
  });
});

test('no value of a variable is too odd', () => {
  const names = ['ENDPOINT', 'HEADERS', 'PROTOCOL', 'TIMEOUT', 'COMPRESSION', 'INSECURE', 'LOGS_ENDPOINT'];
  const variables = fc.record(
    Object.fromEntries(
      [...names.map((name) => `OTEL_EXPORTER_OTLP_${name}`), 'OTEL_LOGS_EXPORTER', 'OTEL_RESOURCE_ATTRIBUTES'].map(
        (name) => [name, fc.string({ unit: 'binary' })],
      ),
    ),
    { requiredKeys: [] },
  );
  fc.assert(fc.property(variables, (given) => expect(configFromEnv(given).config).toHaveProperty('exporters')));
});

test('what has no counterpart is listed, and an empty variable is none', () => {
  const { unconverted } = configFromEnv({
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/xml',
    OTEL_BSP_MAX_QUEUE_SIZE: '100',
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    OTEL_BLRP_SCHEDULE_DELAY: '',
    OTEL_EXPORTER_OTLP_ENDPOINT: ' ',
  });
  expect([...new Set(unconverted.map(({ path }) => path))]).toEqual([
    'OTEL_TRACES_EXPORTER',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_BSP_MAX_QUEUE_SIZE',
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  ]);
  expect(unconverted[0]?.reason).toBe('there is no exporter "zipkin"; otlp, console and none are known');
});
