import { describe, expect, test } from '@jest/globals';
import { resolveText } from '@telemetryflow/testkit';
import otlpHttp, { type OtlpHttpConfig } from '../src/index.ts';

async function configure(yaml: string): Promise<{ config: OtlpHttpConfig; warnings: string[] }> {
  const text = `exporters:\n  otlp_http:\n${yaml.replace(/^/gm, '    ')}`;
  const { config, warnings } = await resolveText(otlpHttp, text);
  return {
    config: config.exporters.get('otlp_http')?.config as OtlpHttpConfig,
    warnings: warnings.map(({ message }) => message),
  };
}

test('the keys of the Collector exporter are taken as they are', async () => {
  const { config, warnings } = await configure(`
endpoint: http://127.0.0.1:4318
traces_endpoint: http://127.0.0.1:4318/t
metrics_endpoint: ""
logs_endpoint: ""
headers: { Authorization: Bearer abc, x-tenant: a }
compression: gzip
encoding: proto
timeout: 10s
tls: { insecure: true, insecure_skip_verify: false, server_name_override: other.example }
retry_on_failure: { enabled: true, initial_interval: 1s, max_interval: 30s, max_elapsed_time: 5m, multiplier: 1.5, randomization_factor: 0.5 }
sending_queue: { enabled: true, num_consumers: 2, queue_size: 500 }
`);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    endpoint: 'http://127.0.0.1:4318',
    compression: 'gzip',
    timeout: 10_000,
    max_request_bytes: 4_000_000,
    tls: { insecure: true, skip_verify: false, server_name: 'other.example' },
    retry: { initial: 1000, max: 30_000, max_elapsed: 300_000 },
    queue: { num_consumers: 2, max_requests: 500 },
  });
  expect(config.headers?.['Authorization']?.reveal()).toBe('Bearer abc');
});

describe('the endpoint', () => {
  test('may be one per signal without a base', async () => {
    const all = ['traces', 'metrics', 'logs'].map((signal) => `${signal}_endpoint: http://h:1/${signal}`);
    await expect(configure(all.join('\n'))).resolves.toBeDefined();
  });

  test('is needed only for the signals that are on', async () => {
    const yaml = 'traces_endpoint: http://h:1/t\nmetrics: false\nlogs: { enabled: false }';
    await expect(configure(yaml)).resolves.toBeDefined();
    await expect(configure('traces_endpoint: http://h:1/t\nmetrics: false')).rejects.toThrow(/no usable URL for logs/);
  });

  test('that is missing is an error at the block', async () => {
    await expect(configure('timeout: 3s')).rejects.toThrow(/telemetry\.yaml:\d+:\d+ .*no usable URL/);
  });

  test('without scheme is an error at its place', async () => {
    await expect(configure('endpoint: localhost:4318')).rejects.toThrow(/telemetry\.yaml:3:15/);
  });

  test('that ends in the path of a signal is warned about', async () => {
    const { warnings } = await configure('endpoint: http://127.0.0.1:4318/v1/traces');
    expect(warnings).toEqual([expect.stringContaining('base URL')]);
  });
});

test.each([
  ['endpoint: https://h/\ntls: { insecure: true }', /never called without TLS/],
  ['endpoint: http://h/\nprotocol: grpc', /HTTP only/],
  ['endpoint: http://h/\nencoding: xml', /xml/],
  ['endpoint: http://h/\ntls: { ca_file: /no/such/file.pem }', /cannot read \/no\/such\/file\.pem/],
  ['endpoint: http://h/\nheaders: { x-a: "a\\nb" }', /line break/],
  ['endpoint: http://h/\ntimeuot: 3s', /timeout/],
])('%p is refused', async (yaml, expected) => {
  await expect(configure(yaml)).rejects.toThrow(expected);
});
