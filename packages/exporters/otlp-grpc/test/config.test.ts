import { describe, expect, test } from '@jest/globals';
import { resolveText } from '@telemetryflow/testkit';
import otlpGrpc, { type OtlpGrpcConfig } from '../src/index.ts';

async function configure(yaml: string): Promise<{ config: OtlpGrpcConfig; warnings: string[] }> {
  const text = `exporters:\n  otlp_grpc:\n${yaml.replace(/^/gm, '    ')}`;
  const { config, warnings } = await resolveText(otlpGrpc, text);
  return {
    config: config.exporters.get('otlp_grpc')?.config as OtlpGrpcConfig,
    warnings: warnings.map(({ message }) => message),
  };
}

test('the keys of the Collector exporter are taken as they are', async () => {
  const { config, warnings } = await configure(`
endpoint: otelcol:4317
headers: { Authorization: Bearer abc, x-tenant: a }
compression: gzip
timeout: 10s
balancer_name: round_robin
authority: otel.example
keepalive: { time: 20s, timeout: 5s, permit_without_stream: true }
tls: { insecure: true, insecure_skip_verify: false, server_name_override: other.example }
retry_on_failure: { enabled: true, initial_interval: 1s, max_interval: 30s, max_elapsed_time: 5m, multiplier: 1.5, randomization_factor: 0.5 }
sending_queue: { enabled: true, num_consumers: 2, queue_size: 500 }
`);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    endpoint: 'otelcol:4317',
    protocol: 'grpc',
    encoding: 'proto',
    compression: 'gzip',
    timeout: 10_000,
    max_request_bytes: 4_000_000,
    balancer_name: 'round_robin',
    authority: 'otel.example',
    keepalive: { time: 20_000, timeout: 5000, permit_without_stream: true },
    tls: { insecure: true, skip_verify: false, server_name: 'other.example' },
    retry: { initial: 1000, max: 30_000, max_elapsed: 300_000 },
    queue: { num_consumers: 2, max_requests: 500 },
  });
  expect(config.headers?.['Authorization']?.reveal()).toBe('Bearer abc');
});

describe('the endpoint', () => {
  test.each([
    'localhost:4317',
    '"[::1]:4317"',
    'http://h:4317',
    'https://h:4317',
    'unix:///run/otel.sock',
    'dns:///h:4317',
  ])('may be %s', async (endpoint) => {
    const { warnings } = await configure(`endpoint: ${endpoint}`);
    expect(warnings).toEqual([]);
  });

  test('may be one per signal without a base, and is needed only for the signals that are on', async () => {
    await expect(configure('traces_endpoint: h:1\nmetrics: false\nlogs: { enabled: false }')).resolves.toBeDefined();
    await expect(configure('traces_endpoint: h:1\nmetrics: false')).rejects.toThrow(/no endpoint for logs/);
  });

  test('with a path is warned about: gRPC has none', async () => {
    const { warnings } = await configure('endpoint: http://127.0.0.1:4317/v1/traces');
    expect(warnings).toEqual([expect.stringContaining('gRPC has no paths')]);
  });
});

test('any certificate is taken with one warning', async () => {
  const { warnings } = await configure('endpoint: https://h:1\ntls_skip_verify: true');
  expect(warnings).toEqual([expect.stringContaining('not verified')]);
});

test.each([
  ['timeout: 3s', /telemetry\.yaml:\d+:\d+ .*no endpoint/],
  ['endpoint: localhost', /no gRPC endpoint.*host:port/s],
  ['endpoint: ftp://h:1', /no gRPC endpoint/],
  ['endpoint: https://h:1\ntls: { insecure: true }', /never called without TLS/],
  ['endpoint: h:1\nprotocol: http', /protocol.*http/s],
  ['endpoint: h:1\nencoding: json', /json/],
  ['endpoint: h:1\ncompression: zstd', /zstd/],
  ['endpoint: h:1\nproxy: http://p:1', /from the environment only/],
  ['endpoint: h:1\ntls: { ca_file: /no/such/file.pem }', /cannot read \/no\/such\/file\.pem/],
  ['endpoint: h:1\nheaders: { x-a: "a\\nb" }', /line break/],
  ['endpoint: h:1\nheaders: { x-a: "é" }', /metadata cannot carry/],
  ['endpoint: h:1\nheaders: { grpc-timeout: 1S }', /belong to the protocol/],
  ['endpoint: h:1\nheaders: { x!a: b }', /legal name of gRPC metadata/],
  ['endpoint: h:1\nheaders: { x-bin: "no base64!" }', /must be base64/],
  ['endpoint: h:1\nheaders: { Content-Type: text/plain }', /Content-Type/],
  ['endpoint: h:1\nkeepalive: { time: 20 }', /20/],
  ['endpoint: h:1\ntimeuot: 3s', /timeout/],
])('%p is refused', async (yaml, expected) => {
  await expect(configure(yaml)).rejects.toThrow(expected);
});

test('no value of a header is printed by the refusal of it', async () => {
  const refusal = await configure('endpoint: h:1\nheaders: { x-token: "s3crét" }').catch(String);
  expect(refusal).not.toContain('s3cr');
});
