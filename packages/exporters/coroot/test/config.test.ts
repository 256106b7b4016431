import { describe, expect, test } from '@jest/globals';
import { enabledSignals } from '@telemetryflow/kernel';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { type CorootConfig, endpointsOf } from '../src/config.ts';
import coroot from '../src/index.ts';

const text = `
integrations:
  coroot:
    enabled: true
    endpoint: "\${COROOT_ENDPOINT:-http://localhost:8080}"
    api_key: "\${COROOT_API_KEY}"
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
  const resolve = (env: Record<string, string>) => resolveText(coroot, text, env);

  test('is taken verbatim, for every signal', async () => {
    const { config, warnings } = await resolve({ COROOT_API_KEY: 'K' });
    expect(warnings).toEqual([]);
    expect(config.exporters.get('coroot')?.config).toMatchObject({
      endpoint: 'http://localhost:8080',
      metrics_protocol: 'remote_write',
      batch_size: 100,
    });
    expect(config.pipelines).toHaveLength(3);
  });

  test('names file, line and variable when the key is not set, and takes an empty one as none', async () => {
    await expect(resolve({})).rejects.toThrow(/telemetry\.yaml:6:\d+.*COROOT_API_KEY/);
    await expect(resolve({ COROOT_API_KEY: '' })).resolves.toBeDefined();
  });
});

const configure = async (block: Record<string, unknown>) => {
  const { config, warnings } = await configureExporter(coroot, block);
  return { config: config as CorootConfig, warnings };
};

describe('where requests go over gRPC', () => {
  test.each([
    [{ endpoint: 'http://c:8080' }, 'http://c:4317', 'http://c:8080/v1/metrics'],
    [{ endpoint: 'http://c:8080/coroot/' }, 'http://c:4317', 'http://c:8080/coroot/v1/metrics'],
    [{ endpoint: 'http://c:4317' }, 'http://c:4317', 'http://c:8080/v1/metrics'],
    [{ endpoint: 'https://c:9999' }, 'https://c:9999', 'https://c:9999/v1/metrics'],
    [
      { endpoint: 'http://c:8080', metrics_endpoint: 'http://p/api/v1/write' },
      'http://c:4317',
      'http://p/api/v1/write',
    ],
  ])('%j: traces and logs to %s, metrics to %s', async (block, grpc, metrics) => {
    const { config, warnings } = await configure({ protocol: 'grpc', ...block });
    expect(warnings).toEqual([]);
    expect(endpointsOf(config)).toMatchObject({ endpoint: grpc, metrics_endpoint: metrics });
  });
});

describe('the check', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['JSON', { encoding: 'json' }, /400 to JSON/],
    ['JSON by protocol', { protocol: 'http/json' }, /400 to JSON/],
    ['OTLP metrics without a gateway', { metrics_protocol: 'otlp' }, /takes no OTLP metrics/],
    ['an unknown key', { apikey: 'x' }, /api_key/],
  ])('refuses %s', async (_what, block, message) => {
    await expect(configure(block)).rejects.toThrow(message);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a key over http to another machine', { endpoint: 'http://coroot:8080', api_key: 'K' }, /unencrypted/],
    ['a project', { project_id: 'p' }, /no effect/],
  ])('warns about %s', async (_what, block, warning) => {
    expect((await configure(block)).warnings).toEqual([expect.stringMatching(warning)]);
  });
});

test('metrics can be switched off, by either way', async () => {
  const on = async (block: Record<string, unknown>) => enabledSignals(coroot, (await configure(block)).config);
  expect(await on({})).toEqual(['traces', 'metrics', 'logs']);
  expect(await on({ metrics_protocol: 'off' })).toEqual(['traces', 'logs']);
  expect(await on({ metrics: false, logs: { enabled: false } })).toEqual(['traces']);
});
