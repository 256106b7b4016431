import { describe, expect, test } from '@jest/globals';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import type { JaegerConfig } from '../src/config.ts';
import jaeger from '../src/index.ts';
import { routeOf } from '../src/route.ts';
import { settingsOf } from '../src/settings.ts';

const SPEC = 'http://jaeger:14268/api/traces';
const configure = async (block: Record<string, unknown>) => {
  const { config, warnings } = await configureExporter(jaeger, block);
  return { config: config as JaegerConfig, warnings };
};

describe('the block of the specification', () => {
  const text = `
integrations:
  jaeger:
    enabled: true
    endpoint: "${SPEC}"
    protocol: grpc  # grpc, http/thrift
    service_name: "tfo-agent"
    batch_size: 100
`;

  test('is taken verbatim, with one warning that names both ports', async () => {
    const { config, warnings } = await resolveText(jaeger, text);
    expect(warnings.map(({ message }) => message)).toEqual([
      `${SPEC} speaks Thrift, not gRPC: gRPC goes to http://jaeger:14250, and where nothing answers there, Thrift to the endpoint as it is`,
    ]);
    expect(config.exporters.get('jaeger')?.config).toMatchObject({
      endpoint: SPEC,
      protocol: 'grpc',
      service_name: 'tfo-agent',
      batch_size: 100,
      flush_interval: 1000,
      timeout: 30_000,
    });
    expect(config.pipelines).toHaveLength(1);
  });
});

describe('the route', () => {
  test.each<[Record<string, unknown>, object]>([
    [{}, { wire: 'otlp/http', url: 'http://localhost:4318/v1/traces' }],
    [{ protocol: 'otlp' }, { wire: 'otlp/http', url: 'http://localhost:4318/v1/traces' }],
    [{ protocol: 'otlp/grpc' }, { wire: 'otlp/grpc', url: 'http://localhost:4317' }],
    [{ protocol: 'grpc' }, { wire: 'grpc', url: 'http://localhost:14250' }],
    [{ protocol: 'thrift' }, { wire: 'http/thrift', url: 'http://localhost:14268/api/traces' }],
    [{ endpoint: 'http://j:4317' }, { wire: 'otlp/grpc' }],
    [{ endpoint: 'http://j:4318' }, { wire: 'otlp/http', url: 'http://j:4318/v1/traces' }],
    [{ endpoint: 'http://j:14250' }, { wire: 'grpc', url: 'http://j:14250' }],
    [{ endpoint: SPEC }, { wire: 'http/thrift', url: SPEC }],
    [
      { endpoint: 'https://jaeger.example/otlp/v1/traces' },
      { wire: 'otlp/http', url: 'https://jaeger.example/otlp/v1/traces' },
    ],
    [{ collector_endpoint: 'http://j:14268/' }, { wire: 'http/thrift', url: 'http://j:14268/api/traces' }],
    [{ endpoint: 'http://j:9999/own/path?x=1', protocol: 'http/thrift' }, { url: 'http://j:9999/own/path?x=1' }],
    [
      { endpoint: SPEC, protocol: 'grpc' },
      { wire: 'grpc', url: 'http://jaeger:14250', fallback: SPEC },
    ],
    [
      { endpoint: 'https://j/api/traces/', protocol: 'grpc' },
      { url: 'https://j:14250', fallback: 'https://j/api/traces/' },
    ],
    [
      { endpoint: SPEC, protocol: 'grpc', grpc_endpoint: 'other:443' },
      { url: 'http://other:443', fallback: SPEC },
    ],
    [{ endpoint: 'https://j', protocol: 'grpc', grpc_endpoint: 'j:14250' }, { url: 'https://j:14250' }],
    [{ protocol: 'grpc', grpc_endpoint: 'https://[::1]:14250' }, { url: 'https://[::1]:14250' }],
    [
      { endpoint: 'http://j:14250', protocol: 'http/thrift' },
      { wire: 'http/thrift', url: 'http://j:14268/api/traces' },
    ],
  ])('of %j', async (block, route) => {
    expect(routeOf((await configure(block)).config)).toMatchObject(route);
  });

  test('decides about compression and size where they are not set', async () => {
    const settings = async (block: Record<string, unknown>) => {
      const { compression, max_request_bytes } = settingsOf((await configure(block)).config);
      return { compression, max_request_bytes };
    };
    expect(await settings({})).toEqual({ compression: 'gzip', max_request_bytes: 4_000_000 });
    expect(await settings({ protocol: 'thrift' })).toEqual({ compression: 'none', max_request_bytes: 4_000_000 });
    expect(await settings({ protocol: 'grpc' })).toEqual({ compression: 'none', max_request_bytes: 3_800_000 });
    expect(await settings({ protocol: 'grpc', compression: true, max_request_bytes: '1KiB' })).toEqual({
      compression: true,
      max_request_bytes: 1024,
    });
  });
});

describe('the check', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['the agent', { agent_host: 'localhost', agent_port: 6831 }, /discontinued/],
    ['a user without password', { username: 'u' }, /without a password/],
    ['a password without user', { password: 'p' }, /without a username/],
    ['an endpoint that is no URL', { endpoint: 'jaeger:14250' }, /endpoint/],
    ['a tenant that would end the header', { tenant: 'a\r\nx: y' }, /tenant/],
    ['a gRPC endpoint with a path', { grpc_endpoint: 'http://h/%2e%2e/x' }, /grpc_endpoint/],
    ['a header that breaks the request', { headers: { a: 'b\nc' } }, /line break/],
    ['zstd', { compression: 'zstd' }, /compression/],
    ['an unknown protocol', { protocol: 'udp' }, /protocol/],
  ])('refuses %s', async (_what, block, message) => {
    await expect(configure(block)).rejects.toThrow(message);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['Thrift at the port of gRPC', { endpoint: 'http://j:14250', protocol: 'http/thrift' }, /14250 speaks gRPC/],
    [
      'a password over http to another machine',
      { endpoint: 'http://j:4318', username: 'u', password: 'p' },
      /unencrypted/,
    ],
  ])('warns about %s', async (_what, block, warning) => {
    expect((await configure(block)).warnings).toEqual([expect.stringMatching(warning)]);
  });
});
