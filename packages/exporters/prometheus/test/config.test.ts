import { describe, expect, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import { resolveConfig } from '@telemetryflow/kernel';
import { configureExporter, onlyPlugin, resolveText } from '@telemetryflow/testkit';
import { otlpUrl } from '../src/endpoint.ts';
import { configOf } from './setup.ts';

const ENDPOINT = 'http://prometheus:9090/api/v1/write';

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configOf({ endpoint: ENDPOINT, ...block }).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const text = `integrations:
  prometheus:
    enabled: true
    endpoint: "http://prometheus:9090/api/v1/write"
    batch_size: 500
    flush_interval: 30s
    timeout: 30s
    external_labels:
      environment: production
`;
    const { config } = await resolveText(prometheus, text);
    expect(config.exporters.get('prometheus')?.config).toMatchObject({
      endpoint: ENDPOINT,
      batch_size: 500,
      flush_interval: 30_000,
      timeout: 30_000,
      external_labels: { environment: 'production' },
      protocol: '1.0',
      delta: 'accumulate',
    });
  });

  test('takes protocol versions without quotes', async () => {
    const text = `exporters:\n  prometheus:\n    endpoint: ${ENDPOINT}\n    protocol: 2.0\n`;
    const { config } = await resolveText(prometheus, text);
    expect(config.exporters.get('prometheus')?.config).toMatchObject({ protocol: '2.0' });
  });

  test('takes the names others use for it', async () => {
    for (const type of ['prometheus_remote_write', 'prometheusremotewrite']) {
      const source = { object: { exporters: { [type]: { endpoint: ENDPOINT } } } };
      const { config } = await resolveConfig([source], { plugins: onlyPlugin(prometheus), env: {} });
      expect([...config.exporters.values()].map((each) => each.definition)).toEqual([prometheus]);
    }
  });

  test('explains an address without scheme by the exporter that has it', async () => {
    expect(await problemsOf({ endpoint: '0.0.0.0:8889' })).toMatch(/no scheme.*scraped/s);
    expect(await problemsOf({ endpoint: 'grpc://host:1' })).toMatch(/grpc:\/\//);
    expect(await problemsOf({ endpoint: '' })).toMatch(/endpoint/);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['two ways to authenticate', { username: 'u', password: 'p', bearer_token: 't' }, /Basic and Bearer/],
    ['a user without password', { username: 'u' }, /without a password/],
    ['a password without user', { basic_auth: { password: 'p' } }, /without a username/],
    ...['Content-Encoding', 'Content-Type', 'X-Prometheus-Remote-Write-Version', 'User-Agent'].map(
      (name): [string, Record<string, unknown>, RegExp] => [
        `the header ${name}`,
        { headers: { [name]: 'x' } },
        new RegExp(`the exporter sets the header ${name} itself`),
      ],
    ),
    ['a label without name', { external_labels: { '...': 'x' } }, /no name for a label/],
    ['custom buckets by 1.0', { histograms: 'nhcb' }, /need remote write 2.0/],
    ['a CA file that is not there', { tls_ca_file: '/does/not/exist.pem' }, /exist\.pem/],
    ['gzip by remote write', { compression: 'gzip' }, /remote write demands snappy/],
    ['zstd over OTLP', { protocol: 'otlp', compression: 'zstd' }, /compression/],
    ['a content type over OTLP', { protocol: 'otlp', headers: { 'content-type': 'x' } }, /sets the header/],
    [
      'the remote write path of another receiver over OTLP',
      { protocol: 'otlp', endpoint: 'http://mimir/api/v1/push' },
      /does not tell where.*\/otlp\/v1\/metrics/s,
    ],
    ['an unknown key', { endpiont: 'x' }, /endpoint/],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('says which options have no effect over OTLP', async () => {
    const set = {
      target_info: false,
      scope_labels: false,
      histograms: 'nhcb',
      send_metadata: false,
      max_label_value_length: 2048,
    };
    const { warnings } = await configureExporter(prometheus, { endpoint: ENDPOINT, protocol: 'otlp', ...set });
    expect(warnings).toHaveLength(5);
    for (const warning of warnings) expect(warning).toMatch(/no effect with protocol: otlp/);
    expect((await configureExporter(prometheus, { endpoint: ENDPOINT, protocol: 'otlp' })).warnings).toEqual([]);
    expect((await configureExporter(prometheus, { endpoint: ENDPOINT, ...set, protocol: '2.0' })).warnings).toEqual([]);
  });

  test.each<[string, string | undefined]>([
    ['http://h:9090', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/api/v1/write', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/api/v1/write/', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/api/v1', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/api/v1/otlp', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['http://h:9090/api/v1/otlp/v1/metrics', 'http://h:9090/api/v1/otlp/v1/metrics'],
    ['https://h/prometheus', 'https://h/prometheus/api/v1/otlp/v1/metrics'],
    ['https://h/prometheus/api/v1/write?x=1', 'https://h/prometheus/api/v1/otlp/v1/metrics?x=1'],
    ['http://mimir:9009/otlp', 'http://mimir:9009/otlp/v1/metrics'],
    ['http://vm:8428/opentelemetry/v1/metrics', 'http://vm:8428/opentelemetry/v1/metrics'],
    ['http://mimir:9009/api/v1/push', undefined],
    ['http://thanos:19291/api/v1/receive', undefined],
    ['https://aps/workspaces/ws-1/api/v1/remote_write', undefined],
  ])('over OTLP %s is sent to %s', (endpoint, url) => {
    expect(otlpUrl(endpoint)).toBe(url);
  });

  test('never prints a secret', async () => {
    const message = await problemsOf({ username: '', password: 'geheim', bearer_token: 'geheim2' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
