import { describe, expect, test } from '@jest/globals';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { endpointsOf } from '../src/config.ts';
import signoz, { type SignozConfig } from '../src/index.ts';

const CLOUD = { endpoint: 'https://ingest.eu.signoz.cloud:443', access_token: 'K' };

async function configure(
  block: Record<string, unknown>,
): Promise<{ config: SignozConfig; warnings: readonly string[] }> {
  const { config, warnings } = await configureExporter(signoz, block);
  return { config: config as SignozConfig, warnings };
}

describe('the configuration', () => {
  test('of the cloud may be a region and a key', async () => {
    const { config, warnings } = await configure({ region: 'us', ingestion_key: 'K' });
    expect(config.access_token?.reveal()).toBe('K');
    expect(warnings).toEqual([]);
  });

  test('of a self-hosted server may be empty, and has the defaults of the backend', async () => {
    const { config } = await configure({});
    expect(config).toMatchObject({
      batch_size: 1000,
      flush_interval: 10_000,
      timeout: 30_000,
      service_name: 'tfo-agent',
    });
  });

  test('of the cloud without key is refused, unless a header brings one', async () => {
    await expect(configure({ region: 'us' })).rejects.toThrow(/ingestion key/);
    await expect(
      configure({ ...CLOUD, access_token: '', headers: { 'Signoz-Ingestion-Key': 'K' } }),
    ).resolves.toBeDefined();
    await expect(
      configure({ ...CLOUD, access_token: '', headers: { Authorization: 'Basic eA==' } }),
    ).resolves.toBeDefined();
  });

  test.each([
    [{}, 'http://localhost:4318'],
    [{ protocol: 'grpc' }, 'http://localhost:4317'],
    [{ region: 'eu', access_token: 'K' }, 'https://ingest.eu.signoz.cloud:443'],
    [{ region: 'eu', access_token: 'K', endpoint: 'http://signoz:4318' }, 'http://signoz:4318'],
  ])('%j sends to %s', async (block, endpoint) => {
    expect(endpointsOf((await configure(block)).config).endpoint).toBe(endpoint);
  });

  test('of a region that is no name is refused', async () => {
    await expect(configure({ region: 'eu.evil/../', access_token: 'K' })).rejects.toThrow(/region/);
  });

  test('with a key for a remote host over http is warned about', async () => {
    expect((await configure({ endpoint: 'http://signoz.example:4318', access_token: 'K' })).warnings).toHaveLength(1);
    expect((await configure({ endpoint: 'http://localhost:4318', access_token: 'K' })).warnings).toEqual([]);
  });
});

describe('the block of the specification', () => {
  const text = `
integrations:
  signoz:
    enabled: true
    endpoint: "\${SIGNOZ_ENDPOINT:-http://localhost:4318}"
    access_token: "\${SIGNOZ_ACCESS_TOKEN}"
    # OTLP endpoints (auto-derived if not specified)
    metrics_endpoint: ""
    traces_endpoint: ""
    logs_endpoint: ""
    service_name: "tfo-agent"
    tls_skip_verify: false
    timeout: 30s
    batch_size: 1000
    flush_interval: 10s
    tags:
      source: tfo-agent
`;
  const resolve = (env: Record<string, string>) => resolveText(signoz, text, env);

  test('is taken verbatim, for every signal', async () => {
    const { config, warnings } = await resolve({ SIGNOZ_ACCESS_TOKEN: 'K' });
    expect(warnings).toEqual([]);
    expect(config.exporters.get('signoz')?.config).toMatchObject({
      endpoint: 'http://localhost:4318',
      batch_size: 1000,
    });
    expect(config.pipelines).toHaveLength(3);
  });

  test('names file, line and variable when the token is not set, and takes an empty one as none', async () => {
    await expect(resolve({})).rejects.toThrow(/telemetry\.yaml:6:\d+.*SIGNOZ_ACCESS_TOKEN/);
    await expect(resolve({ SIGNOZ_ACCESS_TOKEN: '' })).resolves.toBeDefined();
  });
});
