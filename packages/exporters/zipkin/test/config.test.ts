import { describe, expect, test } from '@jest/globals';
import zipkin, { type ZipkinConfig } from '@telemetryflow/exporter-zipkin';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { healthUrl, spansUrl } from '../src/config.ts';

describe('configuration', () => {
  test('takes the block of the specification as it is', async () => {
    const text = `integrations:
  zipkin:
    enabled: true
    endpoint: "http://zipkin:9411/api/v2/spans"
    service_name: "tfo-agent"
    batch_size: 100
    timeout: 30s
`;
    const { config } = await resolveText(zipkin, text);
    expect(config.exporters.get('zipkin')?.config).toMatchObject({
      endpoint: 'http://zipkin:9411/api/v2/spans',
      service_name: 'tfo-agent',
      batch_size: 100,
      timeout: 30_000,
      flush_interval: 1000,
      format: 'json',
      dialect: 'zipkin',
      max_request_bytes: 5_000_000,
    });
  });

  test('needs nothing: Zipkin on this host is the default', async () => {
    const { config } = await configureExporter(zipkin, {});
    expect(spansUrl((config as ZipkinConfig).endpoint)).toBe('http://localhost:9411/api/v2/spans');
  });

  test.each([
    ['http://h:9411', 'http://h:9411/api/v2/spans'],
    ['http://h:9411/', 'http://h:9411/api/v2/spans'],
    ['http://h:9411/api/v2/spans', 'http://h:9411/api/v2/spans'],
    ['https://h/prefix/api/v2/spans?x=1', 'https://h/prefix/api/v2/spans?x=1'],
    ['https://h/spans', 'https://h/spans'],
  ])('sends %s to %s, and asks for the health at the root', (endpoint, url) => {
    expect(spansUrl(endpoint)).toBe(url);
    expect(healthUrl(endpoint)).toBe(`${new URL(endpoint).origin}/health`);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['the path twice', { endpoint: 'http://h/api/v2/spans/api/v2/spans' }, /stands there twice/],
    ['the first API', { endpoint: 'http://h/api/v1/spans' }, /API of Zipkin 1/],
    ['a user without password', { username: 'u' }, /without a password/],
    ['a password without user', { password: 'p' }, /without a username/],
    ['a reserved header', { headers: { 'Content-Type': 'x' } }, /sets the header Content-Type itself/],
    ['zstd', { compression: 'zstd' }, /no zstd/],
    ['a host name as own address', { local_endpoint: 'me:80' }, /no IP address/],
    ['tiny requests', { max_request_bytes: '100' }, /1 KiB at least/],
    ['an unknown format', { format: 'thrift' }, /format/],
    ['an unknown key', { dialekt: 'x' }, /dialect/],
  ])('refuses %s', async (_name, block, message) => {
    await expect(configureExporter(zipkin, block)).rejects.toThrow(message);
  });

  test('warns of a password that travels unencrypted, and never prints it', async () => {
    const block = { endpoint: 'http://zipkin:9411', username: 'u', password: 'geheim' };
    const { warnings } = await configureExporter(zipkin, block);
    expect(warnings.join()).toContain('unencrypted');
    expect(warnings.join()).not.toContain('geheim');
  });
});
