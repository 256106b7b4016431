import { describe, expect, test } from '@jest/globals';
import loki from '@telemetryflow/exporter-loki';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { targetOf } from '../src/config.ts';
import { configOf } from './setup.ts';

const ENDPOINT = 'http://loki:3100/loki/api/v1/push';

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configOf({ endpoint: ENDPOINT, ...block }).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const text = `integrations:
  loki:
    enabled: true
    endpoint: "http://loki:3100/loki/api/v1/push"
    tenant_id: ""
    batch_size: 100
    flush_interval: 5s
    labels:
      job: tfo-agent
`;
    const { config } = await resolveText(loki, text);
    expect(config.exporters.get('loki')?.config).toMatchObject({
      endpoint: ENDPOINT,
      batch_size: 100,
      flush_interval: 5000,
      labels: { job: 'tfo-agent' },
      max_batch_bytes: 1_048_576,
      max_line_bytes: 262_144,
      max_age: 604_800_000,
      protocol: 'push',
    });
  });

  test.each([
    ['http://h:3100', 'http://h:3100/loki/api/v1/push', 'http://h:3100/ready'],
    ['http://h:3100/', 'http://h:3100/loki/api/v1/push', 'http://h:3100/ready'],
    [ENDPOINT, ENDPOINT, 'http://loki:3100/ready'],
    ['https://h/prefix', 'https://h/prefix/loki/api/v1/push', 'https://h/prefix/ready'],
    ['https://h/insert/loki/api/v1/push?x=1', 'https://h/insert/loki/api/v1/push?x=1', 'https://h/insert/ready'],
    ['https://h/custom/push', 'https://h/custom/push', 'https://h/custom/ready'],
    ['https://h/otlp', 'https://h/otlp/v1/logs', 'https://h/ready'],
    ['https://h/a/otlp/v1/logs', 'https://h/a/otlp/v1/logs', 'https://h/a/ready'],
  ])('sends %s to %s', (endpoint, url, readyUrl) => {
    const protocol = endpoint.includes('otlp') ? 'otlp' : 'push';
    expect(targetOf({ endpoint, protocol: 'push' })).toEqual({ url, readyUrl, protocol });
  });

  test('sends to the OTLP endpoint of a push URL when told', () => {
    expect(targetOf({ endpoint: ENDPOINT, protocol: 'otlp' })?.url).toBe('http://loki:3100/otlp/v1/logs');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['two ways to authenticate', { username: 'u', password: 'p', bearer_token: 't' }, /Basic and Bearer/],
    ['a user without password', { username: 'u' }, /without a password/],
    ['a reserved header', { headers: { 'Content-Type': 'x' } }, /sets the header Content-Type itself/],
    ['a label that is none', { labels: { 'service.name': 'x' } }, /no name for a label/],
    ['a reserved label', { labels: { __name__: 'x' } }, /no name for a label/],
    ['a promoted attribute without a name', { label_attributes: ['ü'] }, /leaves no name/],
    ['several tenants', { tenant_id: 'a|b' }, /no such tenant/],
    ['zstd for pushes', { compression: 'zstd' }, /no zstd/],
    ['the old API', { endpoint: 'http://h/api/prom/push' }, /Loki 0\.x/],
    ['lines longer than pushes', { max_batch_bytes: '100KiB' }, /longest line/],
    ['an unknown key', { endpiont: 'x' }, /endpoint/],
  ])('refuses %s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('says which options have no effect over OTLP', async () => {
    const set = { level_label: true, clamp_future: true, one_stream_per_push: true, label_attributes: ['a'] };
    const { warnings } = await configureExporter(loki, {
      endpoint: 'http://h/otlp',
      structured_metadata: 'off',
      ...set,
    });
    expect(warnings).toHaveLength(5);
    for (const warning of warnings) expect(warning).toMatch(/no effect with OTLP/);
    expect((await configureExporter(loki, { endpoint: 'http://h/otlp' })).warnings).toEqual([]);
    expect((await configureExporter(loki, { endpoint: 'http://h', ...set })).warnings).toEqual([]);
  });

  test('never prints a secret', async () => {
    const message = await problemsOf({ username: '', password: 'geheim', bearer_token: 'geheim2' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
