import { describe, expect, test } from '@jest/globals';
import { resolveConfig } from '@telemetryflow/kernel';
import { configureExporter } from '@telemetryflow/testkit';
import type { InstanaConfig } from '../src/config.ts';
import instana from '../src/index.ts';
import { signalsOf, targetOf } from '../src/target.ts';
import { BLOCK, BLUE } from './setup.ts';

const SPECIFICATION = `integrations:
  instana:
    enabled: true
    agent_key: "\${INSTANA_AGENT_KEY}"
    endpoint_url: "https://serverless-us-west-2.instana.io"
    zone: "us-west-2"
    service_name: "tfo-agent"
    host_id: "\${HOSTNAME}"
    tls_skip_verify: false
    timeout: 30s
    batch_size: 1000
    flush_interval: 10s
    tags:
      environment: production
`;

const plugins = { find: async () => instana, known: () => ['instana'] };
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

async function configOf(block: Readonly<Record<string, unknown>>): Promise<InstanaConfig> {
  return (await configureExporter(instana, block)).config as InstanaConfig;
}

async function problemsOf(block: Readonly<Record<string, unknown>>): Promise<string> {
  return configureExporter(instana, block).then(
    ({ warnings }) => warnings.join('\n'),
    (error: Error) => error.message,
  );
}

/** Route and URL of each signal. */
async function targetsOf(block: Readonly<Record<string, unknown>>): Promise<(readonly [string, string])[]> {
  const config = await configOf({ agent_key: 'K', ...block });
  return SIGNALS.map((signal) => {
    const { route, url } = targetOf(config, signal);
    return [route, url] as const;
  });
}

describe('the block of the specification', () => {
  const sources = [{ text: SPECIFICATION, name: 'telemetry.yaml' }];

  test('is taken as it is, with a word about the host that had to be guessed', async () => {
    const env = { INSTANA_AGENT_KEY: 'K', HOSTNAME: 'web-1' };
    const { config, warnings } = await resolveConfig(sources, { plugins, env });
    const decoded = config.exporters.get('instana')?.config as InstanaConfig;
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('guessed from the region: https://otlp-red-saas.instana.io:4318'),
    ]);
    expect(decoded).toMatchObject({
      zone: 'us-west-2',
      service_name: 'tfo-agent',
      host_id: 'web-1',
      timeout: 30_000,
      batch_size: 1000,
      flush_interval: 10_000,
      tls_skip_verify: false,
      protocol: 'auto',
    });
    expect(decoded.tags).toEqual({ environment: 'production' });
    expect(targetOf(decoded, 'traces')).toEqual({
      route: 'native',
      url: 'https://serverless-us-west-2.instana.io/traces',
      guessed: false,
    });
    const base = 'https://otlp-red-saas.instana.io:4318';
    expect(targetOf(decoded, 'metrics')).toEqual({ route: 'otlp', url: `${base}/v1/metrics`, guessed: true });
    expect(targetOf(decoded, 'logs')).toEqual({ route: 'otlp', url: `${base}/v1/logs`, guessed: true });
  });

  test('is refused without its key', async () => {
    await expect(resolveConfig(sources, { plugins, env: { INSTANA_AGENT_KEY: '' } })).rejects.toThrow(
      /nothing without an agent key/,
    );
  });
});

describe('by default,', () => {
  const acceptor = 'https://otlp-blue-saas.instana.io:4318';

  test.each<[string, (readonly [string, string])[]]>([
    [
      BLUE,
      [
        ['native', `${BLUE}/traces`],
        ['otlp', `${acceptor}/v1/metrics`],
        ['otlp', `${acceptor}/v1/logs`],
      ],
    ],
    [
      'https://ingress-blue-saas.instana.io',
      [
        ['native', `${BLUE}/traces`],
        ['otlp', `${acceptor}/v1/metrics`],
        ['otlp', `${acceptor}/v1/logs`],
      ],
    ],
    [
      'https://serverless-eu-west-1.instana.io/',
      [
        ['native', 'https://serverless-eu-west-1.instana.io/traces'],
        ['otlp', `${acceptor}/v1/metrics`],
        ['otlp', `${acceptor}/v1/logs`],
      ],
    ],
    [
      'https://serverless-ap-southeast-2.instana.io',
      [
        ['native', 'https://serverless-ap-southeast-2.instana.io/traces'],
        ['none', ''],
        ['none', ''],
      ],
    ],
    [
      'https://x.example/serverless/',
      [
        ['native', 'https://x.example/serverless/traces'],
        ['none', ''],
        ['none', ''],
      ],
    ],
    ['https://otlp-http.instana.example', otlpAt('https://otlp-http.instana.example')],
    ['https://otlp-blue-saas.instana.io:4318', otlpAt(acceptor)],
    ['https://gate.example:4318/base/', otlpAt('https://gate.example:4318/base')],
    ['http://localhost:42699', otlpAt('http://localhost:4318')],
    ['http://localhost', otlpAt('http://localhost:4318')],
    [
      'http://localhost:8080/prefix',
      [
        ['native', 'http://localhost:8080/prefix/traces'],
        ['none', ''],
        ['none', ''],
      ],
    ],
    ['http://10.0.0.7:42699', otlpAt('http://10.0.0.7:4318')],
    ['http://instana-agent.instana-agent.svc:42699', otlpAt('http://instana-agent.instana-agent.svc:4318')],
    ['http://localhost:4318', otlpAt('http://localhost:4318')],
  ])('the endpoint %s gives', async (endpoint_url, expected) => {
    expect(await targetsOf({ endpoint_url })).toEqual(expected);
  });

  test('snapshots of processes go beside the spans, also with protocol: native', async () => {
    const block = { endpoint_url: BLUE, metrics_format: 'plugins' };
    expect((await targetsOf(block))[1]).toEqual(['plugins', `${BLUE}/metrics`]);
    expect((await targetsOf({ ...block, metrics_endpoint: 'https://x/metrics' }))[1]).toEqual([
      'plugins',
      'https://x/metrics',
    ]);
    const config = await configOf({ ...block, agent_key: 'K', protocol: 'native' });
    expect(signalsOf(config)).toEqual(['traces', 'metrics']);
  });

  test.each([
    [{ endpoint_url: 'https://otlp-blue-saas.instana.io' }, 'nothing else takes plugins'],
    [{ endpoint_url: BLUE, metrics_endpoint: 'https://x/v1/metrics' }, 'does not belong to metrics_format'],
    [{ endpoint_url: BLUE, metrics_endpoint: 'https://x/in' }, 'does not belong to metrics_format'],
  ])('plugins to %j are refused', async (block, problem) => {
    expect(await problemsOf({ ...block, agent_key: 'K', metrics_format: 'plugins' })).toContain(problem);
  });

  test('an OTLP endpoint alone gets all signals', async () => {
    expect(await targetsOf({ otlp_endpoint: `${acceptor}/` })).toEqual(otlpAt(acceptor));
  });
});

function otlpAt(base: string): (readonly [string, string])[] {
  return SIGNALS.map((signal) => ['otlp', `${base}/v1/${signal}`] as const);
}

describe('the configuration can say otherwise:', () => {
  test('protocol otlp sends all signals to the OTLP acceptor', async () => {
    expect(await targetsOf({ endpoint_url: BLUE, protocol: 'otlp' })).toEqual(
      otlpAt('https://otlp-blue-saas.instana.io:4318'),
    );
  });

  test('protocol native sends spans and nothing else, whatever can be derived', async () => {
    for (const endpoint_url of [BLUE, 'https://x.example']) {
      const { config, warnings } = await configureExporter(instana, { ...BLOCK, endpoint_url, protocol: 'native' });
      expect(warnings).toEqual([]);
      expect(signalsOf(config as InstanaConfig)).toEqual(['traces']);
      expect(targetOf(config as InstanaConfig, 'traces').route).toBe('native');
    }
  });

  test('the URL of a signal is used as it is; its end tells the format of spans', async () => {
    const own = {
      traces_endpoint: 'https://a.example/x/v1/traces',
      metrics_endpoint: 'https://b.example/m',
      logs_endpoint: 'https://c.example/l',
    };
    expect(await targetsOf({ endpoint_url: BLUE, ...own })).toEqual([
      ['otlp', own.traces_endpoint],
      ['otlp', own.metrics_endpoint],
      ['otlp', own.logs_endpoint],
    ]);
    expect((await targetsOf({ endpoint_url: BLUE, traces_endpoint: 'https://a.example/x' }))[0]).toEqual([
      'native',
      'https://a.example/x',
    ]);
  });

  test.each([
    [{ agent_url: 'http://localhost:42699/' }, 'http://localhost:42699/com.instana.plugin.generic.event'],
    [{ agent_url: 'http://a:1', events_endpoint: 'http://b:2/e' }, 'http://b:2/e'],
  ])('logs as events go to the host agent of %j', async (own, url) => {
    const config = await configOf({ ...BLOCK, logs_mode: 'events', ...own });
    expect(targetOf(config, 'logs')).toEqual({ route: 'events', url, guessed: false });
    expect(signalsOf(config)).toEqual(SIGNALS);
  });

  test('signals can be off', async () => {
    expect(signalsOf(await configOf({ ...BLOCK, logs_mode: 'off' }))).toEqual(['traces', 'metrics']);
    expect(signalsOf(await configOf({ ...BLOCK, metrics: false, logs: { enabled: false } }))).toEqual(['traces']);
    const events = { protocol: 'native', logs_mode: 'events', agent_url: 'http://localhost:42699' };
    expect(signalsOf(await configOf({ ...BLOCK, ...events }))).toEqual(['traces', 'logs']);
  });

  test('a host agent needs no key', async () => {
    expect(await problemsOf({ endpoint_url: 'http://localhost:42699' })).toBe('');
    expect(await problemsOf({ endpoint_url: 'http://10.0.0.7:4318', agent_key: 'K' })).toBe('');
  });
});

describe('refused or warned about:', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['nothing to send to', { agent_key: 'K' }, /nothing says where to send traces, metrics, logs/],
    ['no key', { endpoint_url: BLUE }, /nothing without an agent key/],
    ['a key with a line break', { ...BLOCK, agent_key: 'a\nb' }, /a blank, a line break/],
    ['an unknown acceptor', { ...BLOCK, endpoint_url: 'https://x.example' }, /metrics and logs will be dropped/],
    ['the host of browsers', { ...BLOCK, endpoint_url: 'https://eum-blue-saas.instana.io' }, /browsers only/],
    ['the host of a unit', { ...BLOCK, endpoint_url: 'https://prod-acme.instana.io' }, /user interface/],
    ['the host of agents', { ...BLOCK, endpoint_url: 'https://ingress-red-saas.instana.io' }, /data of agents only/],
    ['a query', { ...BLOCK, endpoint_url: `${BLUE}?a=b` }, /has a query/],
    ['the path of an API', { ...BLOCK, endpoint_url: `${BLUE}/traces` }, /already names an API/],
    ['the path of an OTLP API', { ...BLOCK, otlp_endpoint: 'https://a.example/v1/metrics' }, /already names an API/],
    ['gRPC', { ...BLOCK, otlp_endpoint: 'https://otlp-blue-saas.instana.io:4317' }, /OTLP over gRPC/],
    ['the host for gRPC', { ...BLOCK, endpoint_url: 'https://otlp-grpc-blue-saas.instana.io' }, /OTLP over gRPC/],
    [
      'a path of another format',
      { ...BLOCK, protocol: 'native', traces_endpoint: 'https://a.example/v1/traces' },
      /does not belong to protocol: native/,
    ],
    ['events for nobody', { ...BLOCK, logs_mode: 'events' }, /only a host agent takes events/],
    ['an agent without events', { ...BLOCK, agent_url: 'http://localhost:42699' }, /no events are sent/],
    ['zstd', { ...BLOCK, compression: 'zstd' }, /no zstd/],
    ['a reserved header', { ...BLOCK, headers: { 'Content-Type': 'x' } }, /sets the header Content-Type itself/],
    ['a key over plain http', { ...BLOCK, endpoint_url: 'http://gate.example' }, /unencrypted/],
    ['an unknown key', { ...BLOCK, agent_keys: 'x' }, /agent_key/],
    ['a file that is not there', { ...BLOCK, tls: { ca_file: '/nonexistent.pem' } }, /nonexistent/],
  ])('%s', async (_name, block, message) => {
    expect(await problemsOf(block)).toMatch(message);
  });

  test('and no message holds the key', async () => {
    const message = await problemsOf({ agent_key: 'geheim x', endpoint_url: 'http://eum-blue-saas.instana.io' });
    expect(message).not.toBe('');
    expect(message).not.toContain('geheim');
  });
});
