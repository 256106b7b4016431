import { describe, expect, test } from '@jest/globals';
import { Secret } from '@telemetryflow/kernel';
import { configureExporter, resolveText } from '@telemetryflow/testkit';
import { authorizationOf } from '../src/authorization.ts';
import type { DynatraceConfig } from '../src/config.ts';
import { baseOf, isOneAgent, urlOf } from '../src/endpoint.ts';
import dynatrace from '../src/index.ts';
import { BLOCK } from './setup.ts';

const SPECIFICATION = `integrations:
  dynatrace:
    enabled: true
    api_token: "\${DYNATRACE_API_TOKEN}"
    environment_id: "\${DYNATRACE_ENV_ID}"
    environment_url: "https://\${DYNATRACE_ENV_ID}.live.dynatrace.com"
    # Optional: Override default endpoints
    # metrics_endpoint: "https://abc.live.dynatrace.com/api/v2/metrics/ingest"
    # logs_endpoint: "https://abc.live.dynatrace.com/api/v2/logs/ingest"
    # traces_endpoint: "https://abc.live.dynatrace.com/api/v2/otlp/v1/traces"
    tls_skip_verify: false
    timeout: 30s
    batch_size: 1000
    flush_interval: 10s
    tags:
      environment: production
`;

async function configOf(block: Readonly<Record<string, unknown>>): Promise<DynatraceConfig> {
  return (await configureExporter(dynatrace, block)).config as DynatraceConfig;
}

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configureExporter(dynatrace, block).then(
    ({ warnings }) => warnings.join('\n'),
    (error: Error) => error.message,
  );
}

describe('the block of the specification', () => {
  test('is taken as it is', async () => {
    const env = { DYNATRACE_API_TOKEN: 'dt0c01.A.B', DYNATRACE_ENV_ID: 'abc12345' };
    const { config, warnings } = await resolveText(dynatrace, SPECIFICATION, env);
    const decoded = config.exporters.get('dynatrace')?.config as DynatraceConfig;
    expect(warnings).toEqual([]);
    expect(decoded).toMatchObject({
      timeout: 30_000,
      batch_size: 1000,
      flush_interval: 10_000,
      tls_skip_verify: false,
    });
    expect(decoded.tags).toEqual({ environment: 'production' });
    expect(urlOf(decoded, 'metrics')).toBe('https://abc12345.live.dynatrace.com/api/v2/metrics/ingest');
    expect(urlOf(decoded, 'logs')).toBe('https://abc12345.live.dynatrace.com/api/v2/logs/ingest');
    expect(urlOf(decoded, 'traces')).toBe('https://abc12345.live.dynatrace.com/api/v2/otlp/v1/traces');
  });

  test('is refused while the variable of the environment is not set', async () => {
    const env = { DYNATRACE_API_TOKEN: 'dt0c01.A.B', DYNATRACE_ENV_ID: '' };
    await expect(resolveText(dynatrace, SPECIFICATION, env)).rejects.toThrow(/lacks the id of the environment/);
  });
});

describe('the base URL', () => {
  test.each([
    ['', 'abc', 'https://abc.live.dynatrace.com'],
    ['', '../evil?x', 'https://..%2Fevil%3Fx.live.dynatrace.com'],
    ['https://abc.live.dynatrace.com/', '', 'https://abc.live.dynatrace.com'],
    ['https://abc.live.apps.dynatrace.com', '', 'https://abc.live.dynatrace.com'],
    ['https://abc.apps.dynatrace.com/ui/apps', '', 'https://abc.live.dynatrace.com'],
    ['https://abc.sprint.apps.dynatracelabs.com', '', 'https://abc.sprint.dynatracelabs.com'],
    ['https://managed.example/e/abc', 'abc', 'https://managed.example/e/abc'],
    ['https://managed.example', 'abc', 'https://managed.example/e/abc'],
    ['https://gate.example:9999/', 'abc', 'https://gate.example:9999/e/abc'],
    ['https://gate.example:9999', '', 'https://gate.example:9999'],
    ['https://abc.live.dynatrace.com', 'abc', 'https://abc.live.dynatrace.com'],
  ])('of %j with the id %j is %s', (endpoint, id, base) => {
    expect(baseOf({ endpoint, environment_id: id })).toBe(base);
  });

  test('gives way to the URL of a signal', async () => {
    const own = 'http://localhost:14499/metrics/ingest';
    const config = await configOf({ ...BLOCK, metrics_endpoint: own, metrics_protocol: 'otlp', logs_protocol: 'otlp' });
    expect(urlOf(config, 'metrics')).toBe(own);
    expect(urlOf(config, 'logs')).toBe('https://abc12345.live.dynatrace.com/api/v2/otlp/v1/logs');
    expect(isOneAgent(own)).toBe(true);
    expect(isOneAgent('https://localhost:14499/metrics/ingest')).toBe(false);
  });
});

describe('the token', () => {
  test.each([
    ['dt0c01.A.B', 'auto', 'Api-Token dt0c01.A.B'],
    ['dt0s16.A.B', 'auto', 'Bearer dt0s16.A.B'],
    ['old-token', 'auto', 'Api-Token old-token'],
    ['dt0c01.A.B', 'bearer', 'Bearer dt0c01.A.B'],
    ['dt0s16.A.B', 'api-token', 'Api-Token dt0s16.A.B'],
    ['', 'auto', ''],
  ] as const)('%s with the scheme %s is sent as %j', (token, auth_scheme, header) => {
    expect(authorizationOf({ api_token: new Secret(token), auth_scheme })).toBe(header);
  });

  test('is not needed by a OneAgent on the same host', async () => {
    const at = 'http://localhost:14499';
    const block = { metrics_endpoint: `${at}/metrics/ingest`, logs_endpoint: `${at}/v2/logs/ingest` };
    expect(await problemsOf({ ...block, traces_endpoint: `${at}/otlp/v1/traces` })).toBe('');
    expect(await problemsOf({ ...block, traces: false })).toBe('');
    expect(await problemsOf(block)).toMatch(/which environment/);
  });
});

describe('refused or warned about:', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['nothing to send to', { api_token: 't' }, /nothing says which environment/],
    ['no token', { environment_id: 'abc' }, /takes nothing without a token/],
    ['a token with a line break', { environment_id: 'abc', api_token: 'a\nb' }, /a blank, a line break/],
    ['a host without its id', { ...BLOCK, environment_url: 'https://.live.dynatrace.com' }, /lacks the id/],
    ['a query', { ...BLOCK, environment_url: 'https://abc.live.dynatrace.com?a=b' }, /has a query/],
    ['a query of one signal', { ...BLOCK, logs_endpoint: 'https://a.example/x?a=b' }, /has a query/],
    ['the path of an API', { ...BLOCK, environment_url: 'https://m.example/e/a/api/v2/otlp' }, /already names an API/],
    ['a reserved header', { ...BLOCK, headers: { 'Content-Type': 'x' } }, /sets the header Content-Type itself/],
    ['zstd', { ...BLOCK, compression: 'zstd' }, /no zstd/],
    ['the host of the browser', { ...BLOCK, environment_url: 'https://abc.apps.dynatrace.com' }, /host for browsers/],
    ['plain http', { ...BLOCK, environment_url: 'http://gate.example:9999' }, /unencrypted/],
    ['an unknown key', { ...BLOCK, enviroment_id: 'x' }, /environment_id/],
  ])('%s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('and no message holds the token', async () => {
    const message = await problemsOf({
      ...BLOCK,
      api_token: 'geheim x',
      environment_url: 'http://.live.dynatrace.com',
    });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
