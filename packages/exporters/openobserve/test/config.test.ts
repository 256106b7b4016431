import { describe, expect, test } from '@jest/globals';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { endpointsOf, logsFormat, type OpenobserveConfig, streamOf } from '../src/config.ts';
import openobserve from '../src/index.ts';

const text = `
integrations:
  openobserve:
    enabled: true
    endpoint: "\${OPENOBSERVE_ENDPOINT:-http://localhost:5080}"
    username: "\${OPENOBSERVE_USERNAME}"
    password: "\${OPENOBSERVE_PASSWORD}"
    organization: "\${OPENOBSERVE_ORG:-default}"
    stream_name: "\${OPENOBSERVE_STREAM:-default}"
    # OTLP endpoints (auto-derived if not specified)
    metrics_endpoint: ""
    traces_endpoint: ""
    logs_endpoint: ""
    tls_skip_verify: false
    timeout: 30s
    batch_size: 100
    flush_interval: 10s
    tags:
      source: tfo-agent
`;

describe('the block of the specification', () => {
  const resolve = (env: Record<string, string>) => resolveText(openobserve, text, env);

  test('is taken verbatim, for every signal', async () => {
    const { config, warnings } = await resolve({ OPENOBSERVE_USERNAME: 'u@x', OPENOBSERVE_PASSWORD: 'p' });
    expect(warnings).toEqual([]);
    expect(config.exporters.get('openobserve')?.config).toMatchObject({
      endpoint: 'http://localhost:5080',
      organization: 'default',
      stream_name: 'default',
      batch_size: 100,
      max_age: 18_000_000,
      logs_protocol: 'otlp',
    });
    expect(config.pipelines).toHaveLength(3);
  });

  test('names the variables of the credentials when they are not set', async () => {
    await expect(resolve({ OPENOBSERVE_PASSWORD: 'p' })).rejects.toThrow(/telemetry\.yaml:6:\d+.*OPENOBSERVE_USERNAME/);
    await expect(resolve({ OPENOBSERVE_USERNAME: 'u' })).rejects.toThrow(/telemetry\.yaml:7:\d+.*OPENOBSERVE_PASSWORD/);
  });
});

const BLOCK = { username: 'u@x', password: 'p' };
const configure = async (block: Record<string, unknown>) => {
  const { config, warnings } = await configureExporter(openobserve, { ...BLOCK, ...block });
  return { config: config as OpenobserveConfig, warnings };
};

describe('where requests go', () => {
  test.each<[Record<string, unknown>, string]>([
    [{}, 'http://localhost:5080/api/default'],
    [{ endpoint: 'http://h:5080///' }, 'http://h:5080/api/default'],
    [{ endpoint: 'https://h/base', organization: 'acme' }, 'https://h/base/api/acme'],
    [{ endpoint: 'https://api.openobserve.ai/api/acme_1/' }, 'https://api.openobserve.ai/api/acme_1'],
    [{ organization: 'a/../b c%2f' }, 'http://localhost:5080/api/a%2F..%2Fb%20c%252f'],
    [{ protocol: 'grpc' }, 'http://localhost:5081'],
    [{ protocol: 'grpc', endpoint: 'http://h:5081/api/acme' }, 'http://h:5081'],
  ])('%j: below %s', async (block, endpoint) => {
    expect(endpointsOf((await configure(block)).config).endpoint).toBe(endpoint);
  });

  test('JSON records of logs go to the stream in the path, whatever it is called', async () => {
    const { config } = await configure({ logs_protocol: 'json', logs_stream: '../../x\u0020y' });
    expect(endpointsOf(config).logs_endpoint).toBe('http://localhost:5080/api/default/..%2F..%2Fx%20y/_json');
  });

  test.each([
    [{}, 'otlp'],
    [{ logs_protocol: 'json' }, 'json'],
    [{ logs_endpoint: 'http://h/api/o/s/_json' }, 'json'],
    [{ logs_endpoint: 'http://h/api/o/s/_multi?x=1' }, 'ndjson'],
    [{ logs_endpoint: 'http://h/api/o/v1/logs', logs_protocol: 'json' }, 'otlp'],
  ])('%j: logs as %s', async (block, format) => {
    const { config } = await configure(block);
    expect(logsFormat(config)).toBe(format);
    if ('logs_endpoint' in block) expect(endpointsOf(config).logs_endpoint).toBe(block.logs_endpoint);
  });

  test('a stream may be set per signal, and metrics have none', async () => {
    const { config } = await configure({ stream_name: 's', traces_stream: 't' });
    expect((['logs', 'traces', 'metrics'] as const).map((signal) => streamOf(config, signal))).toEqual(['s', 't', '']);
  });
});

describe('the check', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no user', { username: '' }, /"username" is required/],
    ['no password', { password: '' }, /"password" is required/],
    ['a user with a colon', { username: 'a:b' }, /colon/],
    ['an organization that steps out of the path', { organization: '..' }, /is no name/],
    ['the same pasted into the endpoint', { endpoint: 'http://h/api/%2e%2e' }, /is no name/],
    ['a stream that steps out of the path', { logs_protocol: 'json', logs_stream: '..' }, /is no name/],
    ['a stream that would end the header', { stream_name: 'a\r\nx: y' }, /stream_name/],
    ['JSON records over gRPC', { protocol: 'grpc', logs_protocol: 'json' }, /over HTTP only/],
    ['an unknown key', { organisation: 'x' }, /organization/],
  ])('refuses %s', async (_what, block, message) => {
    await expect(configure(block)).rejects.toThrow(message);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a password over http to another machine', { endpoint: 'http://o2:5080' }, /unencrypted/],
    ['the HTTP port for gRPC', { protocol: 'grpc', endpoint: 'https://o2:5080' }, /HTTP port/],
  ])('warns about %s', async (_what, block, warning) => {
    expect((await configure(block)).warnings).toEqual([expect.stringMatching(warning)]);
  });
});
