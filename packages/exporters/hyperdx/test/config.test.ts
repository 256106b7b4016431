import { describe, expect, test } from '@jest/globals';
import type { Secret } from '@telemetryflow/kernel';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import hyperdx, { type HyperdxConfig } from '../src/index.ts';

const text = `
integrations:
  hyperdx:
    enabled: true
    endpoint: "\${HYPERDX_ENDPOINT:-https://in-otel.hyperdx.io}"
    api_key: "\${HYPERDX_API_KEY}"
    # OTLP endpoints (auto-derived if not specified)
    metrics_endpoint: ""
    traces_endpoint: ""
    logs_endpoint: ""
    service_name: "tfo-agent"
    tls_skip_verify: false
    timeout: 30s
    batch_size: 100
    flush_interval: 10s
    tags:
      source: tfo-agent
`;

describe('the block of the specification', () => {
  const resolve = (env: Record<string, string>) => resolveText(hyperdx, text, env);

  test('is taken verbatim, for every signal', async () => {
    const { config, warnings } = await resolve({ HYPERDX_API_KEY: 'K' });
    expect(warnings).toEqual([]);
    expect(config.exporters.get('hyperdx')?.config).toMatchObject({
      endpoint: 'https://in-otel.hyperdx.io',
      batch_size: 100,
      flush_interval: 10_000,
      timeout: 30_000,
    });
    expect(config.pipelines).toHaveLength(3);
  });

  test('names file, line and variable when the key is not set', async () => {
    await expect(resolve({})).rejects.toThrow(/telemetry\.yaml:6:\d+.*HYPERDX_API_KEY/);
  });

  test('takes an empty key as none, which suits a local server and not the cloud', async () => {
    await expect(resolve({ HYPERDX_API_KEY: '', HYPERDX_ENDPOINT: 'http://localhost:4318' })).resolves.toBeDefined();
    await expect(resolve({ HYPERDX_API_KEY: '' })).rejects.toThrow(/ingestion API key/);
  });
});

describe('the configuration', () => {
  const configure = (block: Record<string, unknown>) => configureExporter(hyperdx, block);

  test('has the defaults of the backend', async () => {
    const { config } = await configure({ api_key: 'K' });
    expect(config).toMatchObject({
      endpoint: 'https://in-otel.hyperdx.io',
      service_name: 'tfo-agent',
      batch_size: 1000,
      flush_interval: 10_000,
      timeout: 30_000,
      compression: 'gzip',
    });
    expect(((config as HyperdxConfig).api_key as Secret).reveal()).toBe('K');
  });

  test('takes a header instead of the key', async () => {
    await expect(configure({ headers: { Authorization: 'K' } })).resolves.toBeDefined();
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['of a key over http to another machine', { endpoint: 'http://clickstack:4318', api_key: 'K' }, /unencrypted/],
    ['of the port of the user interface', { endpoint: 'http://localhost:8080' }, /user interface/],
    ['of an endpoint that ends in a path of OTLP', { endpoint: 'http://localhost:4318/v1/logs' }, /base URL/],
  ])('warns %s', async (_what, block, warning) => {
    expect((await configure(block)).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test('refuses a scheme that is no word', async () => {
    await expect(configure({ api_key: 'K', auth_scheme: 'Bearer\r\nx: y' })).rejects.toThrow(/auth_scheme/);
  });
});
